//! A form that posts to the page it stands on, says what was wrong with it, and keeps what was typed.

use std::sync::{Arc, Mutex, PoisonError};

use leptos::{context::Provider, prelude::*};

use crate::app::drawn::{Draw, Inside};
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
    /// The labels of its wrong fields, as far as they are drawn.
    shown: Arc<Mutex<Vec<String>>>,
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

    /// What is wrong with a field.
    pub fn wrong(&self, field: &str) -> Option<String> {
        Some(self.error.as_ref()?.for_field(field)?.to_owned())
    }

    /// Notes that a wrong field with this label is drawn. Says whether it is the first on the page: that one takes the focus,
    /// in whatever order the fields were checked.
    pub fn show_wrong(&self, label: &str) -> bool {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.push(label.to_owned());
        shown.len() == 1
    }

    /// What is said above the fields once they are drawn, and whether it takes the focus, for no field does. Of one wrong field it is
    /// said which, for what is wrong with it may be true of several.
    fn said(&self) -> Option<(String, bool)> {
        // That somebody else was first is said above what has changed, by the page that shows it.
        let error = self.error.as_ref().filter(|error| error.code != "version_conflict")?;
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let message = match (shown.as_slice(), error.fields.as_slice()) {
            // What the whole form is refused for says more than what to do with the field.
            (_, [only]) if error.message != only.message && error.code != "invalid_fields" => error.message.clone(),
            ([label], [only]) if label.ends_with('?') => format!("{label} {}", only.message),
            ([label], [only]) => format!("{label}: {}", only.message),
            _ => error.message.clone(),
        };
        Some((message, shown.is_empty()))
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
        shown: Arc::default(),
    };
    // The fields come first: they say which of them has the focus.
    let inside = view! { <Provider value=context.clone()>{children.draw()}</Provider> }.drawn();
    let alert = context.said().map(|(message, takes_focus)| {
        view! {
            <p class="alert" role="alert" tabindex="-1" autofocus=takes_focus>
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
            {inside}
        </form>
    }
}
