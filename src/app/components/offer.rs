//! One thing a reader can do, with its consequence in money before it is pressed.

use leptos::prelude::*;

use crate::app::drawn::Inside;

/// A card that unfolds into its form; on one page only one of them is open at a time.
#[component]
pub fn Offer(
    /// Its name on the page, to which links and keys lead.
    #[prop(into)]
    id: String,
    /// The words on it.
    #[prop(into)]
    label: String,
    /// What it does to the money, in a sentence.
    #[prop(optional, into)]
    consequence: Option<String>,
    /// Whether it is the one that most readers want.
    #[prop(optional)]
    main: bool,
    /// Whether it is only a link among the lesser offers.
    #[prop(optional)]
    lesser: bool,
    /// The single key that unfolds it.
    #[prop(optional_no_strip)]
    key: Option<&'static str>,
    /// Whether it is unfolded from the start, as after an error.
    #[prop(optional)]
    open: bool,
    /// The form inside.
    children: Inside,
) -> impl IntoView {
    let class = match (lesser, main) {
        (true, _) => None,
        (false, true) => Some("offer main"),
        (false, false) => Some("offer"),
    };
    view! {
        <details id=id class=class name="offer" open=open>
            <summary class=lesser.then_some("link") data-key=key>
                {label}
                {consequence.filter(|_| !lesser).map(|words| view! { <small>{words}</small> })}
            </summary>
            {children.draw()}
        </details>
    }
}
