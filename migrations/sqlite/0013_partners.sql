-- One row is the bank account of a provider as a partner's system sent it: where its part is to be paid out. `sealed` holds
-- the number of the account.
create table provider_accounts (
    provider_id blob not null primary key,
    marketplace_id blob not null,
    currency text not null,
    bank_code text not null,
    nip_code text not null,
    bank_name text not null,
    account_name text not null,
    sealed blob not null,
    email text not null,
    external_id text not null,
    created_at integer not null,
    constraint provider_accounts_provider_id_fkey foreign key (provider_id, marketplace_id)
        references providers (id, marketplace_id)
) strict;

create index provider_accounts_of_marketplace on provider_accounts (marketplace_id, provider_id);

-- One row is a project that a partner's system opened by name; its milestones are the order of the same seller that bears
-- its number as the shop's own, `P-17`.
create table projects (
    id blob not null primary key,
    marketplace_id blob not null,
    seller_id blob not null,
    no integer not null,
    name text not null,
    description text not null,
    customer_email text not null,
    customer_phone text not null,
    created_at integer not null,
    updated_at integer not null,
    constraint projects_marketplace_id_no_key unique (marketplace_id, no),
    constraint projects_seller_id_fkey foreign key (seller_id, marketplace_id) references sellers (id, marketplace_id)
) strict;

create index projects_of_seller on projects (seller_id, no);
