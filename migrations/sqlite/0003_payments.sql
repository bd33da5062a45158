-- One row is a buyer's attempt to pay an order. It is written before the gateway is asked, under the key by which the
-- gateway is asked (`id`), so that an answer that never comes leaves it unknown: an order has one unknown attempt at most.
-- Of the card no more than the last four digits is kept.
create table payment_attempts (
    id blob not null primary key,
    order_id blob not null,
    gateway text not null,
    amount_minor integer not null,
    currency text not null,
    card_last4 text not null,
    state text not null,
    reason text not null,
    created_at integer not null,
    updated_at integer not null,
    constraint payment_attempts_order_id_fkey foreign key (order_id) references orders (id),
    constraint payment_attempts_state_check check (state in ('unknown', 'held', 'returned', 'declined')),
    constraint payment_attempts_card_last4_check check (length(card_last4) <= 4)
) strict;

create unique index payment_attempts_open on payment_attempts (order_id) where state = 'unknown';
create index payment_attempts_of_order on payment_attempts (order_id, created_at, id);
create index payment_attempts_unknown on payment_attempts (created_at, id) where state = 'unknown';

-- A payment that a gateway tells of again under another name of the telling is found by its own number.
create index gateway_callbacks_of_payment on gateway_callbacks (gateway, payment_ref, kind);

-- One row is a call that the sandbox gateway makes, or has made: its own books, for it has no others. `body` is what it
-- says, signed when it is sent.
create table sandbox_calls (
    id blob not null primary key,
    attempt_id blob not null,
    body text not null,
    due_at integer not null,
    sent_at integer
) strict;

create index sandbox_calls_due on sandbox_calls (due_at, id) where sent_at is null;
create index sandbox_calls_of_attempt on sandbox_calls (attempt_id, id);
