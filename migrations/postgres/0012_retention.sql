-- What nobody needs any more is cleared away by its age: these find it.
create index messages_to_clear on messages (created_at, id) where to_address <> '' and state in ('sent', 'muted', 'dead');
create index webhook_deliveries_by_age on webhook_deliveries (created_at, endpoint_id, event_id) where state <> 'pending';
create index inbox_read_by_age on inbox (at, user_id, order_id, event_seq) where read_at is not null;

-- When a person was erased; 0 for everybody else. The row stays, for orders, timelines and audit name its id.
alter table users add column erased_at bigint not null default 0;

create index files_by_person on files (uploaded_by) where uploaded_by is not null;
