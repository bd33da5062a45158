//! What can be pressed: a button that sends its form, and a link that looks like one.

use leptos::prelude::*;

use crate::app::drawn::Inside;

/// How much a button asks to be pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Look {
    /// The one thing that most readers came for.
    Main,
    /// Something else that can be done.
    #[default]
    Normal,
    /// What cannot be undone and takes something away.
    Grave,
    /// As quiet as a link.
    Plain,
    /// Small, beside other text.
    Small,
}

impl Look {
    /// The classes that draw it.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Main => "button main",
            Self::Normal => "button",
            Self::Grave => "button grave",
            Self::Plain => "button plain",
            Self::Small => "button small",
        }
    }
}

/// Sends the form around it, with its own name and value when it has them.
#[component]
pub fn Button(
    /// How much it asks to be pressed.
    #[prop(optional)]
    look: Look,
    /// The field that says which button was pressed.
    #[prop(optional, into)]
    name: Option<String>,
    /// What that field says.
    #[prop(optional, into)]
    value: Option<String>,
    /// What is on it.
    children: Inside,
) -> impl IntoView {
    view! {
        <button class=look.class() name=name value=value>
            {children.draw()}
        </button>
    }
}

/// Leads somewhere, with the weight of a button.
#[component]
pub fn ButtonLink(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// How much it asks to be pressed.
    #[prop(optional)]
    look: Look,
    /// What is on it.
    children: Inside,
) -> impl IntoView {
    view! {
        <a class=look.class() href=href>
            {children.draw()}
        </a>
    }
}
