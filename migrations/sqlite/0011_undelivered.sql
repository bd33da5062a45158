-- Messages that wait or were given up are listed at the command line, whosever they are.
create index messages_open on messages (created_at, id) where state in ('pending', 'dead');
