//! A folder in which somebody types command lines: the built program, with its database and key where the defaults say.

use std::{
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use super::server::forget_settings;

/// A folder in which the program runs.
pub struct Room {
    pub folder: PathBuf,
}

impl Room {
    pub fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("holdfast_room_{name}_{}", std::process::id()));
        std::fs::create_dir_all(folder.join("site")).expect("the folder for temporary files can be written");
        Self { folder }
    }

    /// The program with these arguments, and nobody who types.
    pub fn program(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
        command.args(line.split_whitespace()).current_dir(&self.folder).stdin(Stdio::null());
        forget_settings(&mut command);
        command
    }

    /// Runs it to its end, with these variables set.
    pub fn run(&self, line: &str, set: &[(&str, &str)]) -> Output {
        self.program(line).envs(set.iter().copied()).output().expect("the program starts")
    }

    /// Insists on success, and gives what was printed.
    #[track_caller]
    pub fn succeeds(&self, line: &str) -> String {
        let done = self.run(line, &[]);
        assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("it prints text")
    }

    /// Insists on failure with exit code 1 or 2, and gives what was said.
    #[track_caller]
    pub fn fails(&self, line: &str, because: &str) -> String {
        self.fails_with(line, &[], because)
    }

    /// The same, with these variables set.
    #[track_caller]
    pub fn fails_with(&self, line: &str, set: &[(&str, &str)], because: &str) -> String {
        let done = self.run(line, set);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(matches!(done.status.code(), Some(1 | 2)) && said.contains(because), "{line}: {said}");
        said
    }

    /// Does to the database what no command does.
    pub fn spoil(&self, statement: &str) {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.folder.join("data/holdfast.db"));
        let spoil = async {
            let mut own = sqlx::ConnectOptions::connect(&options).await.expect("the database opens");
            let statement = sqlx::AssertSqlSafe(statement.to_owned());
            sqlx::query(statement).execute(&mut own).await.expect("it is SQL");
            sqlx::Connection::close(own).await.expect("it closes");
        };
        tokio::runtime::Runtime::new().expect("a runtime starts").block_on(spoil);
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
