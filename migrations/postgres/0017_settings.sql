-- One row is what the program keeps of the whole database under a name, such as the fingerprint of the server's key: what that
-- key sealed and signed here is of no use to another one.
create table settings (
    name text not null constraint settings_pkey primary key,
    value text not null
);
