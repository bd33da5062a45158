-- One row is a view of the list that a person keeps under a name, for one hat (the key of a membership, '' for their own
-- purchases). `query` holds the parameters of its address as JSON.
create table saved_views (
    id blob not null primary key,
    user_id blob not null,
    hat text not null,
    name text not null,
    query text not null,
    created_at integer not null,
    constraint saved_views_user_id_fkey foreign key (user_id) references users (id),
    constraint saved_views_user_id_hat_name_key unique (user_id, hat, name)
) strict;

create index saved_views_in_order on saved_views (user_id, hat, created_at, id);
