-- One row is an order as folding its events gives it: `state` is the whole of it as JSON, the other columns are what lists
-- ask for. `stage`, `turn` and the two times follow from the state; `urgent_at` sorts a desk (open orders by the day that
-- comes next, then those that are over, newest first), `deadline_at` is when the clock acts.
create table orders (
    id uuid not null primary key,
    reference text collate "C" not null,
    marketplace_id uuid not null,
    seller_id uuid not null,
    buyer_id uuid not null,
    provider_id uuid,
    channel text not null,
    external_ref text,
    currency text not null,
    title text not null,
    seller_name text not null,
    buyer_name text not null,
    task text not null,
    total_minor bigint not null,
    held_minor bigint not null,
    status text not null,
    stage text not null,
    turn bigint not null,
    urgent_at bigint not null,
    deadline_at bigint not null,
    version bigint not null,
    placed_at bigint not null,
    updated_at bigint not null,
    state text not null,
    constraint orders_reference_key unique (reference),
    constraint orders_seller_id_channel_external_ref_key unique (seller_id, channel, external_ref),
    constraint orders_marketplace_id_fkey foreign key (marketplace_id) references marketplaces (id),
    constraint orders_seller_id_fkey foreign key (seller_id, marketplace_id) references sellers (id, marketplace_id),
    constraint orders_buyer_id_fkey foreign key (buyer_id) references users (id),
    constraint orders_held_minor_check check (held_minor >= 0),
    constraint orders_stage_check check (stage in ('open', 'disputed', 'done'))
);

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
    order_id uuid not null,
    seq bigint not null,
    at bigint not null,
    kind text not null,
    actor text not null,
    body text not null,
    hash bytea not null,
    constraint events_pkey primary key (order_id, seq),
    constraint events_order_id_fkey foreign key (order_id) references orders (id) deferrable initially deferred,
    constraint events_hash_check check (length(hash) = 32)
);

-- One row is a balanced movement of money: two or more entries that sum to zero. A correction is a posting that reverses
-- another one, once.
create table postings (
    id uuid not null primary key,
    marketplace_id uuid not null,
    order_id uuid,
    event_seq bigint,
    kind text not null,
    currency text not null,
    at bigint not null,
    reverses uuid,
    constraint postings_reverses_key unique (reverses),
    constraint postings_order_id_event_seq_fkey foreign key (order_id, event_seq) references events (order_id, seq)
        deferrable initially deferred,
    constraint postings_reverses_fkey foreign key (reverses) references postings (id)
);

create index postings_of_order on postings (order_id, event_seq, id);
create index postings_of_marketplace on postings (marketplace_id, at, id);

-- One row is a line of a posting. Debits are positive, credits negative.
create table entries (
    posting_id uuid not null,
    line_no bigint not null,
    account text collate "C" not null,
    currency text not null,
    amount_minor bigint not null,
    constraint entries_pkey primary key (posting_id, line_no),
    constraint entries_posting_id_fkey foreign key (posting_id) references postings (id) deferrable initially deferred,
    constraint entries_amount_minor_check check (amount_minor <> 0)
);

create index entries_by_account on entries (account, currency, posting_id);

-- One row is the running sum of an account that is held or owed: negative, as it is a liability. Escrow is never below
-- nothing: a trigger stands behind the rules (a check would already look at the row that an upsert proposes).
create table balances (
    account text collate "C" not null,
    currency text not null,
    balance_minor bigint not null,
    constraint balances_pkey primary key (account, currency)
);

-- One row counts the orders of a marketplace, seller, buyer or provider by status and turn, so that tabs show their
-- counts without counting. A marketplace's counts are spread over slots, so that its orders do not wait for each other.
create table order_counts (
    owner_id uuid not null,
    status text not null,
    turn bigint not null,
    slot bigint not null,
    orders bigint not null,
    constraint order_counts_pkey primary key (owner_id, status, turn, slot)
);

-- One row is a word by which an order is found: reference, the shop's number, names, address, phone, tracking, items.
create table order_terms (
    marketplace_id uuid not null,
    term text collate "C" not null,
    order_id uuid not null,
    constraint order_terms_pkey primary key (marketplace_id, term, order_id),
    constraint order_terms_order_id_fkey foreign key (order_id) references orders (id) deferrable initially deferred
);

create index order_terms_of_order on order_terms (order_id, term);

-- One row is a command that was carried out, with its answer: sent again under the same key, it is answered, not repeated.
create table idempotency (
    caller text not null,
    operation text not null,
    key text not null,
    fingerprint bytea not null,
    answer text not null,
    at bigint not null,
    constraint idempotency_pkey primary key (caller, operation, key)
);

create index idempotency_by_age on idempotency (at);

-- One row is what a payment gateway told us, stored once; it may arrive twice, late or out of order.
create table gateway_callbacks (
    gateway text not null,
    callback_id text not null,
    order_id uuid not null,
    kind text not null,
    amount_minor bigint not null,
    payment_ref text not null,
    received_at bigint not null,
    outcome text not null,
    constraint gateway_callbacks_pkey primary key (gateway, callback_id)
);

-- One row is an order that an import refused, with the reason; it is not tried again.
create table import_refusals (
    marketplace_id uuid not null,
    channel text not null,
    external_ref text not null,
    reason text not null,
    detail text not null,
    at bigint not null,
    constraint import_refusals_pkey primary key (marketplace_id, channel, external_ref)
);

-- The timeline and the ledger only grow.
create function only_grows() returns trigger language plpgsql as $$
begin
    raise exception '% only grows', tg_table_name using errcode = 'restrict_violation';
end
$$;

create trigger events_no_change before update or delete on events for each row execute function only_grows();
create trigger postings_no_change before update or delete on postings for each row execute function only_grows();
create trigger entries_no_change before update or delete on entries for each row execute function only_grows();

-- The entries of a posting sum to zero when the transaction that wrote them commits.
create function posting_sums_to_zero() returns trigger language plpgsql as $$
begin
    if (select sum(amount_minor) from entries where posting_id = new.posting_id) <> 0 then
        raise exception 'posting % does not sum to zero', new.posting_id using errcode = 'check_violation';
    end if;
    return null;
end
$$;

create constraint trigger entries_sum_to_zero after insert on entries
    deferrable initially deferred for each row execute function posting_sums_to_zero();

-- Escrow is never below nothing.
create function escrow_is_held() returns trigger language plpgsql as $$
begin
    raise exception 'more than is held would leave %', new.account
        using errcode = 'check_violation', constraint = 'balances_escrow_check';
end
$$;

create trigger balances_escrow after insert or update on balances for each row
    when (new.balance_minor > 0 and new.account like 'liabilities:escrow:%') execute function escrow_is_held();
