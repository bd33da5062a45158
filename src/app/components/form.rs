//! A form that posts to the page it stands on, says what was wrong with it, and keeps what was typed.

use leptos::{context::Provider, prelude::*};

use crate::app::drawn::Inside;
use crate::domain::error::{Error, FormAnswer};

/// What the fields of a form must know of it: its name on the page, and what came of sending it.
#[derive(Debug, Clone, Default)]
pub struct FormContext {
    /// The form's name on the page, with which the names of its fields begin.
    pub id: String,
    /// Why it was refused.
    pub error: Option<Error>,
    /// What was typed, when it was refused.
    pub typed: Option<Vec<(String, String)>>,
}

impl FormContext {
    /// The name of a field on the page.
    pub fn field_id(&self, field: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        format!("{}-{}", self.id, field.chars().map(plain).collect::<String>())
    }

    /// What was typed into a field, when the form was refused.
    pub fn typed(&self, field: &str) -> Option<String> {
        let typed = self.typed.as_ref()?;
        Some(typed.iter().find(|(name, _)| name == field).map(|(_, value)| value.clone()).unwrap_or_default())
    }

    /// Whether a box with this value was ticked, when the form was refused.
    pub fn ticked(&self, field: &str, value: &str) -> Option<bool> {
        let typed = self.typed.as_ref()?;
        Some(typed.iter().any(|(name, typed)| name == field && typed == value))
    }

    /// What is wrong with a field, and whether it is the first one that is wrong.
    pub fn wrong(&self, field: &str) -> Option<(String, bool)> {
        let error = self.error.as_ref()?;
        let message = error.for_field(field)?.to_owned();
        Some((message, error.fields.first().is_some_and(|first| first.field == field)))
    }
}

/// The answer that the server gave to this very form, told apart from others that call the same function by what it hides.
fn answer_to(call: &str, hidden: &[(&'static str, String)]) -> Option<FormAnswer> {
    use_context::<FormAnswer>().filter(|answer| {
        answer.call == call
            && hidden
                .iter()
                .all(|(name, value)| answer.typed.iter().any(|(typed, text)| typed == name && text == value))
    })
}

/// Whether this form was sent and refused: then what it is folded into must stand open.
pub fn was_refused(call: &str, hidden: &[(&'static str, String)]) -> bool {
    answer_to(trimmed(call), hidden).is_some()
}

fn trimmed(call: &str) -> &str {
    call.trim_start_matches("/rpc/")
}

/// Draws fields as they stand in the form of this name before anything was sent.
pub fn inside<V: IntoView>(form: &str, fields: impl FnOnce() -> V) -> V {
    provide_context(FormContext { id: form.to_owned(), ..FormContext::default() });
    fields()
}

/// A form whose fields find their values and errors by themselves.
#[component]
pub fn Form(
    /// Its name on the page.
    #[prop(into)]
    id: String,
    /// The address of the server function that it calls.
    call: &'static str,
    /// Fields that are not shown and tell this form apart from others that call the same function.
    #[prop(optional)]
    hidden: Vec<(&'static str, String)>,
    /// Fields that are not shown and are new each time the page is drawn: keys and versions.
    #[prop(optional)]
    fresh: Vec<(&'static str, String)>,
    /// Whether files travel with it.
    #[prop(optional)]
    files: bool,
    /// How it is drawn.
    #[prop(default = "form")]
    class: &'static str,
    /// Fields and buttons.
    children: Inside,
) -> impl IntoView {
    let call = trimmed(call);
    let answer = answer_to(call, &hidden);
    let context = FormContext {
        id: id.clone(),
        error: answer.as_ref().map(|answer| answer.error.clone()),
        typed: answer.map(|answer| answer.typed),
    };
    // That somebody else was first is said above what has changed, by the page that shows it. Which fields are wrong
    // stands beside them, and the first of them has the focus.
    let said_here = context.error.as_ref().filter(|error| error.code != "version_conflict");
    let alert = said_here.map(|error| {
        let message = error.message.clone();
        view! {
            <p class="alert" role="alert">
                {message}
            </p>
        }
    });
    view! {
        <form id=id class=class method="post" enctype=files.then_some("multipart/form-data") novalidate>
            <input type="hidden" name="_call" value=call />
            {hidden
                .into_iter()
                .chain(fresh)
                .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
                .collect_view()}
            {alert}
            <Provider value=context>{children.draw()}</Provider>
        </form>
    }
}
