-- `made_with` is the key that made this one, when no person did: what was made with a key goes with it.
alter table api_keys add column made_with uuid constraint api_keys_made_with_fkey references api_keys (id);

create index api_keys_of_key on api_keys (made_with) where made_with is not null;

-- What an export is written as: lines of text, or a spreadsheet whose parts are its cells until it is packed.
alter table exports add column format text not null default 'csv'
    constraint exports_format_check check (format in ('csv', 'xlsx'));
