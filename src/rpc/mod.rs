//! Server functions, typed and thin: each names its path, calls the server once inside its body, and nothing more.

use std::{fmt, sync::Arc};

use leptos::prelude::use_context;

use crate::domain::error::Error;

pub mod account;
pub mod answers;
pub mod couriers;
pub mod inbox;
pub mod keys;
pub mod mailbox;
pub mod messages;
pub mod orders;
pub mod payments;
pub mod sellers;
pub mod session;
pub mod terms;
pub mod theme;
pub mod webhooks;

/// Lets a page that is being drawn say what HTTP status its answer has. In the browser it does nothing.
#[derive(Clone)]
pub struct PageStatus(Arc<dyn Fn(u16) + Send + Sync>);

impl PageStatus {
    /// A way to set the status, which the server lays into the context of each page.
    pub fn new(set: impl Fn(u16) + Send + Sync + 'static) -> Self {
        Self(Arc::new(set))
    }

    /// Sets the status of the page that is being drawn to what this error means.
    pub fn of(error: &Error) {
        if let Some(Self(set)) = use_context::<Self>() {
            set(error.kind.status());
        }
    }
}

impl fmt::Debug for PageStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageStatus")
    }
}
