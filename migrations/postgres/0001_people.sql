-- One row is an operator's shop of shops; everything that belongs to it says so, and nothing leaks between two of them.
create table marketplaces (
    id uuid not null primary key,
    name text collate "C" not null,
    currency text not null,
    time_zone text not null,
    terms text not null default '{}',
    created_at bigint not null,
    constraint marketplaces_currency_check check (length(currency) = 3)
);

-- One row is a shop in a marketplace; `terms` overrides the marketplace's where it says something.
create table sellers (
    id uuid not null primary key,
    marketplace_id uuid not null,
    name text collate "C" not null,
    external_id text,
    terms text not null default '{}',
    created_at bigint not null,
    constraint sellers_marketplace_id_fkey foreign key (marketplace_id) references marketplaces (id),
    constraint sellers_marketplace_id_external_id_key unique (marketplace_id, external_id),
    constraint sellers_id_marketplace_id_key unique (id, marketplace_id)
);

create index sellers_by_name on sellers (marketplace_id, name, id);

-- One row is a courier or another service provider: of the marketplace, or of one seller alone.
create table providers (
    id uuid not null primary key,
    marketplace_id uuid not null,
    seller_id uuid,
    name text collate "C" not null,
    phone text not null default '',
    created_at bigint not null,
    constraint providers_marketplace_id_fkey foreign key (marketplace_id) references marketplaces (id),
    constraint providers_seller_id_fkey foreign key (seller_id, marketplace_id) references sellers (id, marketplace_id),
    constraint providers_id_marketplace_id_key unique (id, marketplace_id)
);

create index providers_by_name on providers (marketplace_id, name, id);

-- One row is a person: who can sign in (a password hash is there only after the address was confirmed by a mailed link
-- or set by hand), or who was named as the buyer of an order and has not yet (no hash).
create table users (
    id uuid not null primary key,
    email text not null,
    name text collate "C" not null,
    phone text not null default '',
    password_hash text not null default '',
    time_zone text not null default 'UTC',
    created_at bigint not null,
    updated_at bigint not null,
    constraint users_email_key unique (email)
);

-- One row is a place where somebody has a role: a marketplace, one of its sellers, or one of its providers.
create table memberships (
    id uuid not null primary key,
    user_id uuid not null,
    marketplace_id uuid not null,
    seller_id uuid,
    provider_id uuid,
    role text not null,
    created_at bigint not null,
    constraint memberships_user_id_fkey foreign key (user_id) references users (id),
    constraint memberships_marketplace_id_fkey foreign key (marketplace_id) references marketplaces (id),
    constraint memberships_seller_id_fkey foreign key (seller_id, marketplace_id) references sellers (id, marketplace_id),
    constraint memberships_provider_id_fkey
        foreign key (provider_id, marketplace_id) references providers (id, marketplace_id),
    constraint memberships_role_check check (
        (role in ('support', 'dispute_manager', 'finance', 'admin') and seller_id is null and provider_id is null)
        or (role in ('owner', 'shipping', 'read_only') and seller_id is not null and provider_id is null)
        or (role = 'courier' and seller_id is null and provider_id is not null)
    )
);

create unique index memberships_once
    on memberships (user_id, marketplace_id, coalesce(seller_id, '00000000-0000-0000-0000-000000000000'), coalesce(provider_id, '00000000-0000-0000-0000-000000000000'));
create index memberships_by_place on memberships (marketplace_id, seller_id, provider_id, id);

-- One row is a browser that is signed in. The cookie's value is not in it, only its SHA-256; `hat` is the key of the
-- membership that is worn ('' for one's own purchases);
-- `proved_at` is when the password was last typed in it.
create table sessions (
    id uuid not null primary key,
    token_hash bytea not null,
    user_id uuid not null,
    hat text not null default '',
    device text not null default '',
    address text not null default '',
    created_at bigint not null,
    last_seen_at bigint not null,
    proved_at bigint not null,
    expires_at bigint not null,
    constraint sessions_token_hash_key unique (token_hash),
    constraint sessions_token_hash_check check (length(token_hash) = 32),
    constraint sessions_user_id_fkey foreign key (user_id) references users (id)
);

create index sessions_by_user on sessions (user_id, last_seen_at, id);
create index sessions_by_expiry on sessions (expires_at, id);

-- One row is an address that asked to sign up and has yet to open the mailed link. A marketplace's name and currency
-- are there when it is to be founded; the password is chosen behind the link, by whoever reads that mailbox.
create table signups (
    id uuid not null primary key,
    email text not null,
    name text collate "C" not null,
    time_zone text not null,
    marketplace_name text not null default '',
    currency text not null default '',
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint not null default 0
);

create index signups_by_expiry on signups (expires_at, id);

-- One row is a mailed link that sets a new password, once.
create table resets (
    id uuid not null primary key,
    user_id uuid not null,
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint not null default 0,
    constraint resets_user_id_fkey foreign key (user_id) references users (id)
);

create index resets_by_user on resets (user_id, created_at, id);

-- One row is a mailed invitation to join the staff of a marketplace, a seller or a provider.
create table invitations (
    id uuid not null primary key,
    marketplace_id uuid not null,
    seller_id uuid,
    provider_id uuid,
    role text not null,
    email text not null,
    invited_by uuid not null,
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint not null default 0,
    constraint invitations_marketplace_id_fkey foreign key (marketplace_id) references marketplaces (id),
    constraint invitations_seller_id_fkey foreign key (seller_id, marketplace_id) references sellers (id, marketplace_id),
    constraint invitations_provider_id_fkey
        foreign key (provider_id, marketplace_id) references providers (id, marketplace_id),
    constraint invitations_invited_by_fkey foreign key (invited_by) references users (id)
);

create index invitations_by_place on invitations (marketplace_id, created_at, id);

-- One row counts the attempts of one kind by one account or address within a window of time.
create table throttle (
    key text not null primary key,
    window_start bigint not null,
    count bigint not null
);

-- One row is something that somebody did to people, rights, money or doors; rows are only ever added.
create table audit (
    id uuid not null primary key,
    at bigint not null,
    kind text not null,
    user_id uuid,
    marketplace_id uuid,
    address text not null default '',
    detail text not null default '{}'
);

create index audit_by_user on audit (user_id, at, id);
create index audit_by_marketplace on audit (marketplace_id, at, id);

create function audit_only_grows() returns trigger language plpgsql as $$
begin
    raise exception '% only grows', tg_table_name using errcode = 'restrict_violation';
end
$$;

create trigger audit_only_grows before update or delete or truncate on audit
    for each statement execute function audit_only_grows();

-- One row is a message that is owed to somebody, written in the transaction that owes it. `payload` holds what the words
-- are made of and never a secret: links are signed when the message is sent. `order_id` has no foreign key, for the
-- orders come with the next migration.
create table messages (
    id uuid not null primary key,
    order_id uuid,
    event_seq bigint,
    marketplace_id uuid,
    recipient_user uuid,
    to_address text not null,
    channel text not null,
    kind text not null,
    payload text not null default '{}',
    state text not null default 'pending',
    attempts bigint not null default 0,
    due_at bigint not null,
    lease_until bigint not null default 0,
    created_at bigint not null,
    constraint messages_marketplace_id_fkey foreign key (marketplace_id) references marketplaces (id),
    constraint messages_recipient_user_fkey foreign key (recipient_user) references users (id),
    constraint messages_channel_check check (channel in ('email', 'sms')),
    constraint messages_state_check check (state in ('pending', 'sent', 'dead'))
);

create index messages_due on messages (due_at, id) where state = 'pending';
create index messages_by_order on messages (order_id, event_seq, id);
create index messages_newest on messages (created_at, id);
