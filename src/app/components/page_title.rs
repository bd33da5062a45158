//! The title of the page: the content knows it, and the head of the document shows it.

use std::sync::{Arc, Mutex, PoisonError};

use leptos::prelude::*;

use crate::{domain::error::FormAnswer, islands::NOT_DONE};

/// Where a page writes its title for the document, which lays it into the context.
#[derive(Debug, Clone, Default)]
pub struct Title(Arc<Mutex<String>>);

impl Title {
    /// What was written last.
    pub fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The words in the browser's tab and history; what people typed may stand in them. The title is the first that listeners
/// hear of a page, so it says when the page is there because a form was refused.
#[component]
pub fn PageTitle(
    /// The words.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    if let Some(Title(title)) = use_context::<Title>() {
        let refused = use_context::<FormAnswer>().is_some();
        *title.lock().unwrap_or_else(PoisonError::into_inner) =
            if refused { format!("{NOT_DONE}{text}") } else { text };
    }
}
