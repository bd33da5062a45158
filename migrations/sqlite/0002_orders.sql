-- One row is an order as folding its events gives it: `state` is the whole of it as JSON, the other columns are what lists
-- ask for. `stage`, `turn` and the two times follow from the state; `urgent_at` sorts a desk (open orders by the day that
-- comes next, then those that are over, newest first), `deadline_at` is when the clock acts.
create table orders (
    id blob not null primary key,
    reference text not null,
    marketplace_id blob not null,
    seller_id blob not null,
    buyer_id blob not null,
    provider_id blob,
    channel text not null,
    external_ref text,
    currency text not null,
    title text not null,
    seller_name text not null,
    buyer_name text not null,
    task text not null,
    total_minor integer not null,
    held_minor integer not null,
    status text not null,
    stage text not null,
    turn integer not null,
    urgent_at integer not null,
    deadline_at integer not null,
    version integer not null,
    placed_at integer not null,
    updated_at integer not null,
    state text not null,
    constraint orders_reference_key unique (reference),
    constraint orders_seller_id_channel_external_ref_key unique (seller_id, channel, external_ref),
    constraint orders_marketplace_id_fkey foreign key (marketplace_id) references marketplaces (id),
    constraint orders_seller_id_fkey foreign key (seller_id, marketplace_id) references sellers (id, marketplace_id),
    constraint orders_buyer_id_fkey foreign key (buyer_id) references users (id),
    constraint orders_held_minor_check check (held_minor >= 0),
    constraint orders_stage_check check (stage in ('open', 'disputed', 'done'))
) strict;

create index orders_desk_of_marketplace on orders (marketplace_id, urgent_at, id);
create index orders_stage_of_marketplace on orders (marketplace_id, stage, urgent_at, id);
create index orders_status_of_marketplace on orders (marketplace_id, status, urgent_at, id);
create index orders_turn_of_marketplace on orders (marketplace_id, urgent_at, id) where (turn & 8) <> 0;
create index orders_newest_of_marketplace on orders (marketplace_id, placed_at, id);
create index orders_amount_of_marketplace on orders (marketplace_id, total_minor, id);
create index orders_desk_of_seller on orders (seller_id, urgent_at, id);
create index orders_stage_of_seller on orders (seller_id, stage, urgent_at, id);
create index orders_status_of_seller on orders (seller_id, status, urgent_at, id);
create index orders_turn_of_seller on orders (seller_id, urgent_at, id) where (turn & 2) <> 0;
create index orders_newest_of_seller on orders (seller_id, placed_at, id);
create index orders_amount_of_seller on orders (seller_id, total_minor, id);
create index orders_desk_of_buyer on orders (buyer_id, urgent_at, id);
create index orders_desk_of_provider on orders (provider_id, urgent_at, id) where provider_id is not null;
create index orders_due on orders (deadline_at, id) where stage <> 'done';

-- One row is an event of an order's timeline. `actor` and `body` are the JSON texts that the hash covers, with the hash
-- before it; rows are only ever added.
create table events (
    order_id blob not null,
    seq integer not null,
    at integer not null,
    kind text not null,
    actor text not null,
    body text not null,
    hash blob not null,
    constraint events_pkey primary key (order_id, seq),
    constraint events_order_id_fkey foreign key (order_id) references orders (id) deferrable initially deferred,
    constraint events_hash_check check (length(hash) = 32)
) strict, without rowid;

create trigger events_no_update before update on events
begin
    select raise(abort, 'the timeline only grows');
end;

create trigger events_no_delete before delete on events
begin
    select raise(abort, 'the timeline only grows');
end;

-- One row is a balanced movement of money: two or more entries that sum to zero. A correction is a posting that reverses
-- another one, once.
create table postings (
    id blob not null primary key,
    marketplace_id blob not null,
    order_id blob,
    event_seq integer,
    kind text not null,
    currency text not null,
    at integer not null,
    reverses blob,
    constraint postings_reverses_key unique (reverses),
    constraint postings_order_id_event_seq_fkey foreign key (order_id, event_seq) references events (order_id, seq)
        deferrable initially deferred,
    constraint postings_reverses_fkey foreign key (reverses) references postings (id)
) strict;

create index postings_of_order on postings (order_id, event_seq, id);
create index postings_of_marketplace on postings (marketplace_id, at, id);

create trigger postings_no_update before update on postings
begin
    select raise(abort, 'the ledger only grows');
end;

create trigger postings_no_delete before delete on postings
begin
    select raise(abort, 'the ledger only grows');
end;

-- One row is a line of a posting. Debits are positive, credits negative.
create table entries (
    posting_id blob not null,
    line_no integer not null,
    account text not null,
    currency text not null,
    amount_minor integer not null,
    constraint entries_pkey primary key (posting_id, line_no),
    constraint entries_posting_id_fkey foreign key (posting_id) references postings (id) deferrable initially deferred,
    constraint entries_amount_minor_check check (amount_minor <> 0)
) strict, without rowid;

create index entries_by_account on entries (account, currency, posting_id);

create trigger entries_no_update before update on entries
begin
    select raise(abort, 'the ledger only grows');
end;

create trigger entries_no_delete before delete on entries
begin
    select raise(abort, 'the ledger only grows');
end;

-- One row is the running sum of an account that is held or owed: negative, as it is a liability. Escrow is never below
-- nothing: a trigger stands behind the rules (a check would already look at the row that an upsert proposes).
create table balances (
    account text not null,
    currency text not null,
    balance_minor integer not null,
    constraint balances_pkey primary key (account, currency)
) strict, without rowid;

create trigger balances_escrow_on_insert after insert on balances
when new.balance_minor > 0 and new.account like 'liabilities:escrow:%'
begin
    select raise(abort, 'CHECK constraint failed: balances_escrow_check');
end;

create trigger balances_escrow_on_update after update on balances
when new.balance_minor > 0 and new.account like 'liabilities:escrow:%'
begin
    select raise(abort, 'CHECK constraint failed: balances_escrow_check');
end;

-- One row counts the orders of a marketplace, seller, buyer or provider by status and turn, so that tabs show their
-- counts without counting. A marketplace's counts are spread over slots, so that its orders do not wait for each other.
create table order_counts (
    owner_id blob not null,
    status text not null,
    turn integer not null,
    slot integer not null,
    orders integer not null,
    constraint order_counts_pkey primary key (owner_id, status, turn, slot)
) strict, without rowid;

-- One row is a word by which an order is found: reference, the shop's number, names, address, phone, tracking, items.
create table order_terms (
    marketplace_id blob not null,
    term text not null,
    order_id blob not null,
    constraint order_terms_pkey primary key (marketplace_id, term, order_id),
    constraint order_terms_order_id_fkey foreign key (order_id) references orders (id) deferrable initially deferred
) strict, without rowid;

create index order_terms_of_order on order_terms (order_id, term);

-- One row is a command that was carried out, with its answer: sent again under the same key, it is answered, not repeated.
create table idempotency (
    caller text not null,
    operation text not null,
    key text not null,
    fingerprint blob not null,
    answer text not null,
    at integer not null,
    constraint idempotency_pkey primary key (caller, operation, key)
) strict, without rowid;

create index idempotency_by_age on idempotency (at);

-- One row is what a payment gateway told us, stored once; it may arrive twice, late or out of order.
create table gateway_callbacks (
    gateway text not null,
    callback_id text not null,
    order_id blob not null,
    kind text not null,
    amount_minor integer not null,
    payment_ref text not null,
    received_at integer not null,
    outcome text not null,
    constraint gateway_callbacks_pkey primary key (gateway, callback_id)
) strict, without rowid;

-- One row is an order that an import refused, with the reason; it is not tried again.
create table import_refusals (
    marketplace_id blob not null,
    channel text not null,
    external_ref text not null,
    reason text not null,
    detail text not null,
    at integer not null,
    constraint import_refusals_pkey primary key (marketplace_id, channel, external_ref)
) strict, without rowid;
