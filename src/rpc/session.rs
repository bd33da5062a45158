//! Who is looking, and who answers.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Which program and which database answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// The program's version.
    pub version: String,
    /// The database's name and version.
    pub database: String,
}

/// Says which program and which database answer.
#[server(prefix = "/rpc", endpoint = "session/about")]
pub async fn about() -> Result<Program, ServerFnError> {
    let state = expect_context::<crate::server::state::AppState>();
    let database = state.database_version().await?;
    Ok(Program { version: env!("CARGO_PKG_VERSION").to_owned(), database })
}
