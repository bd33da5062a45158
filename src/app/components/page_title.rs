//! The title of the page: the content knows it, and the head of the document shows it.

use std::sync::{Arc, Mutex, PoisonError};

use leptos::prelude::*;

/// Where a page writes its title for the document, which lays it into the context.
#[derive(Debug, Clone, Default)]
pub struct Title(Arc<Mutex<String>>);

impl Title {
    /// What was written last.
    pub fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The words in the browser's tab and history; what people typed may stand in them.
#[component]
pub fn PageTitle(
    /// The words.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    if let Some(Title(title)) = use_context::<Title>() {
        *title.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }
}
