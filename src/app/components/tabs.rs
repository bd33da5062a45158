//! Links that choose what a list shows, with their counts.

use leptos::prelude::*;

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab {
    /// Its name.
    pub label: String,
    /// How many there are, as it is read.
    pub count: Option<String>,
    /// Where it leads.
    pub href: String,
    /// Whether it is what is shown now.
    pub current: bool,
}

/// The row of choices at the head of a list.
#[component]
pub fn Tabs(
    /// What is chosen here, for listeners.
    #[prop(into)]
    label: String,
    /// The choices.
    tabs: Vec<Tab>,
) -> impl IntoView {
    view! {
        <nav class="tabs" aria-label=label>
            {tabs
                .into_iter()
                .map(|tab| {
                    view! {
                        <a href=tab.href aria-current=tab.current.then_some("page")>
                            {tab.label}
                            {tab.count.map(|count| view! { " "<b>{count}</b> })}
                        </a>
                    }
                })
                .collect_view()}
        </nav>
    }
}

/// A small choice: a way to sort, or a filter that is on and can be taken off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chip {
    /// Its name.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// Whether it is chosen now.
    pub current: bool,
}

/// A row of small choices; what else belongs on that row comes as children.
#[component]
pub fn Chips(
    /// The choices.
    chips: Vec<Chip>,
    /// What else stands on the row.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="chips">
            {chips
                .into_iter()
                .map(|chip| {
                    view! {
                        <a class="chip" href=chip.href aria-current=chip.current.then_some("true")>
                            {chip.label}
                        </a>
                    }
                })
                .collect_view()} {children.map(|children| children())}
        </div>
    }
}
