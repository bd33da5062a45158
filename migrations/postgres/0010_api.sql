-- One row is a key with which a program acts for a marketplace, for one of its sellers, or for what a person bought (no
-- marketplace). Of the key itself only its hash is kept, and its beginning, by which people know it. `permissions` are
-- bits; the key never may more than its maker may at that moment. `mode` is `live` or `test`.
create table api_keys (
    id uuid not null primary key,
    marketplace_id uuid,
    seller_id uuid,
    name text not null,
    prefix text not null,
    hash bytea not null,
    permissions bigint not null,
    mode text not null,
    created_by uuid not null,
    created_at bigint not null,
    expires_at bigint,
    revoked_at bigint,
    last_used_at bigint,
    constraint api_keys_hash_key unique (hash),
    constraint api_keys_marketplace_id_fkey foreign key (marketplace_id) references marketplaces (id),
    constraint api_keys_seller_id_fkey foreign key (seller_id, marketplace_id) references sellers (id, marketplace_id),
    constraint api_keys_created_by_fkey foreign key (created_by) references users (id),
    constraint api_keys_mode_check check (mode in ('live', 'test'))
);

create index api_keys_of_place on api_keys (marketplace_id, seller_id, id);
create index api_keys_of_maker on api_keys (created_by, id) where marketplace_id is null;

-- One row is a call that a program made with a key: what it asked for and what it was answered. `route` is the address
-- with its variable parts unnamed, `what` the order or thing that it named.
create table api_calls (
    id uuid not null primary key,
    key_id uuid not null,
    at bigint not null,
    method text not null,
    route text not null,
    what text not null,
    status bigint not null,
    code text not null,
    address text not null,
    request_id text not null,
    took_us bigint not null,
    constraint api_calls_key_id_fkey foreign key (key_id) references api_keys (id)
);

create index api_calls_of_key on api_calls (key_id, at, id);
create index api_calls_by_age on api_calls (at, id);

-- One row is a list that is being written as a file: for whom, narrowed by what (JSON), and how far it has come.
-- `after` is the last row that stands in a part; a lease that has ended is taken by whoever comes next.
create table exports (
    id uuid not null primary key,
    key_id uuid not null,
    filter text not null,
    state text not null default 'pending',
    rows_done bigint not null default 0,
    parts bigint not null default 0,
    after text not null default '',
    error text not null default '',
    lease_until bigint not null default 0,
    created_at bigint not null,
    finished_at bigint,
    expires_at bigint not null,
    constraint exports_key_id_fkey foreign key (key_id) references api_keys (id),
    constraint exports_state_check check (state in ('pending', 'done', 'failed'))
);

create index exports_of_key on exports (key_id, created_at, id);
create index exports_due on exports (created_at, id) where state = 'pending';
create index exports_by_age on exports (expires_at, id);

-- One row is some lines of such a file; the parts in their order are the file.
create table export_parts (
    export_id uuid not null,
    no bigint not null,
    content text not null,
    constraint export_parts_pkey primary key (export_id, no),
    constraint export_parts_export_id_fkey foreign key (export_id) references exports (id)
);

-- One row is a bank to which a marketplace pays out; `nip_code` is the number under which interbank transfers know it.
create table banks (
    marketplace_id uuid not null,
    code text collate "C" not null,
    nip_code text not null default '',
    name text not null,
    constraint banks_pkey primary key (marketplace_id, code),
    constraint banks_marketplace_id_fkey foreign key (marketplace_id) references marketplaces (id)
);
