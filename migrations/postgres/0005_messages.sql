-- Messages get the states that sending needs: a row that an event owes to a party is `spread` into one row for each
-- person and way (`parent_id` names it), and each of those ends `sent`, visibly `dead`, or `muted` by the person's own
-- wish. `queue` says who works on a row that is pending: `spread`, `email` or `sms`; a claim moves `due_at` to the end
-- of its lease. Nothing that was owed before loses its meaning.
alter table messages
    add column party text not null default '',
    add column parent_id uuid,
    add column queue text not null default '',
    add column last_error text not null default '',
    add column sent_at bigint not null default 0,
    add column provider_ref text not null default '',
    add constraint messages_parent_id_fkey foreign key (parent_id) references messages (id) deferrable initially deferred,
    drop constraint messages_state_check,
    add constraint messages_state_check check (state in ('pending', 'spread', 'sent', 'dead', 'muted'));

update messages set party = coalesce(payload::jsonb ->> 'to', ''),
    queue = case when order_id is null then channel else 'spread' end;

alter table messages
    alter column queue drop default,
    add constraint messages_queue_check check (queue in ('spread', 'email', 'sms'));

drop index messages_due;
create index messages_due on messages (queue, due_at, id) where state = 'pending';
create index messages_of_parent on messages (parent_id, id) where parent_id is not null;
create index messages_dead on messages (marketplace_id, created_at, id) where state = 'dead';

-- The language in which a person reads mails, and the minutes of the day between which nothing that can wait comes to
-- them; equal means never.
alter table users
    add column locale text not null default 'en' constraint users_locale_check check (locale in ('en', 'fr', 'pt')),
    add column quiet_from bigint not null default 0
        constraint users_quiet_from_check check (quiet_from between 0 and 1439),
    add column quiet_to bigint not null default 0
        constraint users_quiet_to_check check (quiet_to between 0 and 1439);

-- One row is how a person wants to be told about one topic; without it the usual ways hold.
create table notification_settings (
    user_id uuid not null,
    topic text collate "C" not null,
    email bigint not null,
    sms bigint not null,
    app bigint not null,
    constraint notification_settings_pkey primary key (user_id, topic),
    constraint notification_settings_user_id_fkey foreign key (user_id) references users (id),
    constraint notification_settings_ways_check check (email in (0, 1) and sms in (0, 1) and app in (0, 1))
);

-- When whoever has the turn is reminded next; the greatest number means never. It is not part of what the events say.
alter table orders add column remind_at bigint not null default 9223372036854775807;

create index orders_to_remind on orders (remind_at, id) where stage <> 'done' and remind_at < 9223372036854775807;
