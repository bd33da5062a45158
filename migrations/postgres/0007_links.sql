-- One row is a code of six digits with which a buyer without an account answers by link, once. The digits follow from the
-- server's key and `id` and stand nowhere; `event_seq` is the event whose message bore them, nothing for one that was
-- asked for. `used_at` is 0 until it was used.
create table answer_codes (
    id uuid not null primary key,
    order_id uuid not null,
    event_seq bigint,
    created_at bigint not null,
    expires_at bigint not null,
    attempts bigint not null default 0,
    used_at bigint not null default 0,
    constraint answer_codes_order_id_fkey foreign key (order_id) references orders (id),
    constraint answer_codes_attempts_check check (attempts between 0 and 5)
);

create index answer_codes_of_order on answer_codes (order_id, created_at, id);
create index answer_codes_by_end on answer_codes (expires_at, id);

-- One row is a link for a delivery person without an account: it opens one attempt at one delivery of an order, until that
-- attempt is over, the time has passed or another link took its place. `revoked_at` is 0 until then.
create table courier_links (
    id uuid not null primary key,
    order_id uuid not null,
    delivery bigint not null,
    attempt bigint not null,
    made_by uuid not null,
    created_at bigint not null,
    expires_at bigint not null,
    revoked_at bigint not null default 0,
    constraint courier_links_order_id_fkey foreign key (order_id) references orders (id),
    constraint courier_links_made_by_fkey foreign key (made_by) references users (id)
);

create index courier_links_of_order on courier_links (order_id, delivery, created_at, id);
create index courier_links_by_end on courier_links (expires_at, id);

-- One row is a photo or a signature that belongs to an order; the events that it proves name it. What the camera wrote
-- about itself and the place was taken out of `content`. A row is never changed, but may be erased: the timeline then
-- says that the picture is not kept any more.
create table files (
    id uuid not null primary key,
    order_id uuid not null,
    kind text not null,
    media_type text not null,
    size_bytes bigint not null,
    width_pixels bigint not null,
    height_pixels bigint not null,
    content bytea not null,
    uploaded_party text not null,
    uploaded_by uuid,
    created_at bigint not null,
    constraint files_order_id_fkey foreign key (order_id) references orders (id),
    constraint files_kind_check check (kind in ('photo', 'signature')),
    constraint files_media_type_check check (media_type in ('image/jpeg', 'image/png', 'image/webp')),
    constraint files_content_check check (length(content) = size_bytes and size_bytes between 1 and 5242880)
);

create index files_of_order on files (order_id, created_at, id);

create function files_stay() returns trigger language plpgsql as $$
begin
    raise exception 'files are never changed';
end;
$$;

create trigger files_no_update before update on files for each row execute function files_stay();

-- One row says where an order goes and who may take it: personal data, which can be erased and so stands in no event.
-- Texts that nobody has given are empty.
create table recipients (
    order_id uuid not null primary key,
    name text not null,
    phone text not null,
    address text not null,
    note text not null,
    other_name text not null,
    other_phone text not null,
    updated_at bigint not null,
    constraint recipients_order_id_fkey foreign key (order_id) references orders (id)
);
