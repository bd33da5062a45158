-- Messages get the states that sending needs: a row that an event owes to a party is `spread` into one row for each
-- person and way (`parent_id` names it), and each of those ends `sent`, visibly `dead`, or `muted` by the person's own
-- wish. `queue` says who works on a row that is pending: `spread`, `email` or `sms`; a claim moves `due_at` to the end
-- of its lease. Nothing that was owed before loses its meaning; a check cannot be altered, so the table is made anew.
create table messages_new (
    id blob not null primary key,
    order_id blob,
    event_seq integer,
    marketplace_id blob,
    party text not null default '',
    parent_id blob,
    recipient_user blob,
    to_address text not null,
    channel text not null,
    queue text not null,
    kind text not null,
    payload text not null default '{}',
    state text not null default 'pending',
    attempts integer not null default 0,
    due_at integer not null,
    lease_until integer not null default 0,
    last_error text not null default '',
    sent_at integer not null default 0,
    provider_ref text not null default '',
    created_at integer not null,
    constraint messages_marketplace_id_fkey foreign key (marketplace_id) references marketplaces (id),
    constraint messages_recipient_user_fkey foreign key (recipient_user) references users (id),
    constraint messages_parent_id_fkey foreign key (parent_id) references messages_new (id) deferrable initially deferred,
    constraint messages_channel_check check (channel in ('email', 'sms')),
    constraint messages_queue_check check (queue in ('spread', 'email', 'sms')),
    constraint messages_state_check check (state in ('pending', 'spread', 'sent', 'dead', 'muted'))
) strict;

insert into messages_new (id, order_id, event_seq, marketplace_id, party, recipient_user, to_address, channel, queue,
    kind, payload, state, attempts, due_at, lease_until, created_at)
select id, order_id, event_seq, marketplace_id, coalesce(json_extract(payload, '$.to'), ''), recipient_user, to_address,
    channel, case when order_id is null then channel else 'spread' end, kind, payload, state, attempts, due_at,
    lease_until, created_at
from messages;

drop table messages;
alter table messages_new rename to messages;

create index messages_due on messages (queue, due_at, id) where state = 'pending';
create index messages_by_order on messages (order_id, event_seq, id);
create index messages_newest on messages (created_at, id);
create index messages_of_parent on messages (parent_id, id) where parent_id is not null;
create index messages_dead on messages (marketplace_id, created_at, id) where state = 'dead';

-- The language in which a person reads mails, and the minutes of the day between which nothing that can wait comes to
-- them; equal means never.
alter table users add column locale text not null default 'en'
    constraint users_locale_check check (locale in ('en', 'fr', 'pt'));
alter table users add column quiet_from integer not null default 0
    constraint users_quiet_from_check check (quiet_from between 0 and 1439);
alter table users add column quiet_to integer not null default 0
    constraint users_quiet_to_check check (quiet_to between 0 and 1439);

-- One row is how a person wants to be told about one topic; without it the usual ways hold.
create table notification_settings (
    user_id blob not null,
    topic text not null,
    email integer not null,
    sms integer not null,
    app integer not null,
    constraint notification_settings_pkey primary key (user_id, topic),
    constraint notification_settings_user_id_fkey foreign key (user_id) references users (id),
    constraint notification_settings_ways_check check (email in (0, 1) and sms in (0, 1) and app in (0, 1))
) strict, without rowid;

-- When whoever has the turn is reminded next; the greatest number means never. It is not part of what the events say.
alter table orders add column remind_at integer not null default 9223372036854775807;

create index orders_to_remind on orders (remind_at, id) where stage <> 'done' and remind_at < 9223372036854775807;
