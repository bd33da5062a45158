//! What a database of this version is made of: its tables, and the triggers that keep rows from being changed.

use sqlx::sqlite::SqlitePoolOptions;

use super::{Conn, Error, On, open::SQLITE_MIGRATIONS};

/// A table or trigger, and on which table it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, holdfast_macros::Row)]
struct Part {
    kind: String,
    name: String,
    on_table: String,
    text: String,
}

/// The text of a trigger counts, for one that does nothing is as good as none; that of a table is changed by migrations.
const LIST_SQLITE_PARTS: &str = "select type as kind, name, tbl_name as on_table,
    case when type = 'trigger' then sql else '' end as text
from sqlite_schema where type in ('table', 'trigger') and name not like 'sqlite%' order by type, name";

/// Of the triggers, those that are not switched off.
const LIST_POSTGRES_PARTS: &str =
    "select 'table' as kind, c.relname::text as name, c.relname::text as on_table, '' as text
from pg_class c where c.relkind = 'r' and c.relnamespace = (select oid from pg_namespace where nspname = current_schema())
union all
select 'trigger', t.tgname::text, c.relname::text, '' from pg_trigger t join pg_class c on c.oid = t.tgrelid
where not t.tgisinternal and t.tgenabled in ('O', 'A') and c.relnamespace = (select oid from pg_namespace where nspname = current_schema())
order by 1, 2, 3";

/// The triggers on PostgreSQL, where they are others than on SQLite.
const POSTGRES_TRIGGERS: [(&str, &str); 7] = [
    ("audit_only_grows", "audit"),
    ("balances_escrow", "balances"),
    ("entries_no_change", "entries"),
    ("entries_sum_to_zero", "entries"),
    ("events_no_change", "events"),
    ("files_no_update", "files"),
    ("postings_no_change", "postings"),
];

/// The first table or trigger of this version that the database lacks. What must be there is what the migrations make of an
/// empty database.
pub async fn find_missing(conn: &mut dyn Conn) -> Result<Option<String>, Error> {
    // One connection, for each would have a memory of its own.
    let empty = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await?;
    SQLITE_MIGRATIONS.run(&empty).await?;
    let mut wanted: Vec<Part> = sqlx::query_as(LIST_SQLITE_PARTS).fetch_all(&empty).await?;
    let there: Vec<Part> = match conn.on() {
        On::Sqlite(own) => sqlx::query_as(LIST_SQLITE_PARTS).fetch_all(own).await?,
        On::Postgres(own) => {
            // Both have the same tables.
            wanted.retain(|part| part.kind == "table");
            wanted.extend(POSTGRES_TRIGGERS.map(|(name, on_table)| Part {
                kind: "trigger".to_owned(),
                name: name.to_owned(),
                on_table: on_table.to_owned(),
                text: String::new(),
            }));
            sqlx::query_as(LIST_POSTGRES_PARTS).fetch_all(own).await?
        }
    };
    let missing = wanted.into_iter().find(|part| !there.contains(part));
    Ok(missing.map(|Part { kind, name, on_table, .. }| format!("the {kind} {name} of {on_table}")))
}
