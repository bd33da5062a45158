-- One row tells a person of one event of an order that concerns them. `hat` is the key of the membership under which they
-- see that order ('' for their own purchases); `read_at` is there once they have looked.
create table inbox (
    user_id blob not null,
    order_id blob not null,
    event_seq integer not null,
    hat text not null,
    at integer not null,
    read_at integer,
    constraint inbox_pkey primary key (user_id, order_id, event_seq),
    constraint inbox_user_id_fkey foreign key (user_id) references users (id),
    constraint inbox_order_id_event_seq_fkey foreign key (order_id, event_seq) references events (order_id, seq)
        deferrable initially deferred
) strict;

create index inbox_newest on inbox (user_id, at, order_id, event_seq);
create index inbox_unread on inbox (user_id, order_id) where read_at is null;
create index inbox_by_age on inbox (at, user_id);

-- Open pages are told of orders by when they changed.
create index orders_changed on orders (updated_at, id);
