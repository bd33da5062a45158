-- One row is an address that is told of what happens to the orders of a marketplace, or of one of its sellers. `events`
-- holds the wanted types between spaces, or nothing for all of them; `owed_since` is since when deliveries are owed
-- under the present state and filter. A removed one stays for the sake of its log. `failing_since` is when the first of
-- the failures came that no success has followed.
create table webhook_endpoints (
    id blob not null primary key,
    marketplace_id blob not null,
    seller_id blob,
    url text not null,
    description text not null,
    events text not null,
    form text not null,
    state text not null,
    reason text not null default '',
    owed_since integer not null,
    failing_since integer,
    last_failed_at integer not null default 0,
    tested_at integer,
    test_status integer not null default 0,
    test_took_ms integer not null default 0,
    test_error text not null default '',
    created_by blob not null,
    created_at integer not null,
    updated_at integer not null,
    constraint webhook_endpoints_marketplace_id_fkey foreign key (marketplace_id) references marketplaces (id),
    constraint webhook_endpoints_seller_id_fkey foreign key (seller_id, marketplace_id) references sellers (id, marketplace_id),
    constraint webhook_endpoints_created_by_fkey foreign key (created_by) references users (id),
    constraint webhook_endpoints_form_check check (form in ('standard', 'atarapay')),
    constraint webhook_endpoints_state_check check (state in ('on', 'off', 'disabled', 'removed'))
) strict;

create index webhook_endpoints_of_place on webhook_endpoints (marketplace_id, seller_id, id);

-- One row is a key under which an endpoint's deliveries are signed, sealed; the one without an end is the present one,
-- another is valid until `expires_at` after it was replaced.
create table webhook_secrets (
    id blob not null primary key,
    endpoint_id blob not null,
    sealed blob not null,
    created_at integer not null,
    expires_at integer,
    constraint webhook_secrets_endpoint_id_fkey foreign key (endpoint_id) references webhook_endpoints (id)
) strict;

create index webhook_secrets_of_endpoint on webhook_secrets (endpoint_id, created_at, id);

-- One row is an event that an endpoint is told of, written in the transaction of the event. `event_id` sorts by time and
-- is the same for all endpoints. `body` is what is sent, written down at the first attempt so that every other one sends
-- the same bytes. `series_from` is how many attempts had been made when it was sent again by hand: the waits begin anew.
create table webhook_deliveries (
    endpoint_id blob not null,
    order_id blob not null,
    event_seq integer not null,
    event_id blob not null,
    kind text not null,
    state text not null,
    attempts integer not null default 0,
    series_from integer not null default 0,
    due_at integer not null,
    lease_until integer not null default 0,
    body text,
    last_status integer not null default 0,
    last_error text not null default '',
    created_at integer not null,
    constraint webhook_deliveries_pkey primary key (endpoint_id, order_id, event_seq),
    constraint webhook_deliveries_endpoint_id_event_id_key unique (endpoint_id, event_id),
    constraint webhook_deliveries_endpoint_id_fkey foreign key (endpoint_id) references webhook_endpoints (id),
    constraint webhook_deliveries_order_id_event_seq_fkey foreign key (order_id, event_seq) references events (order_id, seq)
        deferrable initially deferred,
    constraint webhook_deliveries_state_check check (state in ('pending', 'delivered', 'dead', 'skipped'))
) strict;

create index webhook_deliveries_due on webhook_deliveries (endpoint_id, due_at, event_id) where state = 'pending';
create index webhook_deliveries_log on webhook_deliveries (endpoint_id, created_at, event_id);
create index webhook_deliveries_dead on webhook_deliveries (endpoint_id, created_at, event_id) where state = 'dead';
create index webhook_deliveries_of_order on webhook_deliveries (order_id, event_seq, endpoint_id);

-- One row is an attempt to deliver, with the status that came back (0 when nothing did) and never what else did.
create table webhook_attempts (
    endpoint_id blob not null,
    event_id blob not null,
    no integer not null,
    at integer not null,
    took_ms integer not null,
    status integer not null,
    error text not null,
    constraint webhook_attempts_pkey primary key (endpoint_id, event_id, no),
    constraint webhook_attempts_endpoint_id_event_id_fkey
        foreign key (endpoint_id, event_id) references webhook_deliveries (endpoint_id, event_id)
) strict, without rowid;
