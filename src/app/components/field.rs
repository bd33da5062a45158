//! Fields with their label, hint and error; inside a [`Form`](super::Form) they keep what was typed.

use leptos::prelude::*;

use crate::app::components::FormContext;
use crate::app::drawn::{Draw, Drawn};

/// What every kind of field needs around its control.
struct Surroundings {
    id: String,
    value: Option<String>,
    wrong: Option<String>,
    first_wrong: bool,
    described_by: Option<String>,
}

impl Surroundings {
    /// Finds what was typed and what is wrong with it; without a refused form the page's own value stands.
    fn of(name: &str, label: &str, value: Option<String>, has_hint: bool) -> Self {
        let form = use_context::<FormContext>().unwrap_or_default();
        let id = form.field_id(name);
        let wrong = form.wrong(name);
        let first_wrong = wrong.is_some() && form.show_wrong(label);
        let notes: Vec<String> = [(has_hint, "hint"), (wrong.is_some(), "wrong")]
            .into_iter()
            .filter(|(there, _)| *there)
            .map(|(_, note)| format!("{id}-{note}"))
            .collect();
        Self {
            value: form.typed(name).or(value),
            wrong,
            first_wrong,
            described_by: (!notes.is_empty()).then(|| notes.join(" ")),
            id,
        }
    }

    fn invalid(&self) -> Option<&'static str> {
        self.wrong.as_ref().map(|_| "true")
    }
}

/// Label above, hint and error below.
fn framed(
    id: &str,
    label: String,
    required: bool,
    hint: Option<String>,
    wrong: Option<String>,
    control: impl IntoView + 'static,
) -> Drawn {
    let (hint_id, wrong_id) = (format!("{id}-hint"), format!("{id}-wrong"));
    view! {
        <div class="field">
            <label for=id.to_owned()>
                {label} {(!required).then(|| view! { " "<span class="optional">"(optional)"</span> })}
            </label>
            {control}
            {hint
                .map(|hint| {
                    view! {
                        <span class="hint" id=hint_id>
                            {hint}
                        </span>
                    }
                })}
            {wrong
                .map(|wrong| {
                    view! {
                        <span class="wrong" id=wrong_id>
                            {wrong}
                        </span>
                    }
                })}
        </div>
    }
    .drawn()
}

/// One line of text, a number, a date, an address, a password.
#[component]
pub fn Field(
    /// The name under which it is sent.
    #[prop(into)]
    name: String,
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// The type of the input.
    #[prop(default = "text")]
    kind: &'static str,
    /// What stands in it before anything is typed.
    #[prop(optional_no_strip, into)]
    value: Option<String>,
    /// How to fill it in.
    #[prop(optional, into)]
    hint: Option<String>,
    /// The same, where some of several fields have one.
    #[prop(optional_no_strip, into)]
    note: Option<String>,
    /// What stands before it, as a currency does before an amount; amounts are set to the right.
    #[prop(optional_no_strip, into)]
    affix: Option<String>,
    /// Whether it may stay empty.
    #[prop(optional)]
    optional: bool,
    /// What the browser may fill in.
    #[prop(optional)]
    autocomplete: Option<&'static str>,
    /// Which keyboard a phone shows.
    #[prop(optional)]
    inputmode: Option<&'static str>,
    /// How many characters fit.
    #[prop(optional)]
    maxlength: Option<u32>,
) -> impl IntoView {
    let hint = hint.or(note);
    let around = Surroundings::of(&name, &label, value, hint.is_some());
    let (id, invalid, secret) = (around.id.clone(), around.invalid(), kind == "password");
    let class = if affix.is_some() || kind == "number" { "input number" } else { "input" };
    let input = view! {
        <input
            class=class
            id=id
            name=name
            type=kind
            value=around.value.filter(|_| !secret)
            required=!optional
            autofocus=around.first_wrong
            autocomplete=autocomplete
            inputmode=inputmode
            maxlength=maxlength
            aria-invalid=invalid
            aria-describedby=around.described_by
        />
    };
    let control = match affix {
        Some(affix) => view! {
            <div class="affix">
                <span aria-hidden="true">{affix}</span>
                {input}
            </div>
        }
        .drawn(),
        None => input.drawn(),
    };
    framed(&around.id, label, !optional, hint, around.wrong, control)
}

/// A text as it may stand between the tags of a text area, which the framework writes there as it is. A browser drops one
/// line break right after the first tag, so that one of our own keeps those that were typed.
fn written_inside(text: &str) -> String {
    format!("\n{}", text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

/// Several lines of text.
#[component]
pub fn TextArea(
    /// The name under which it is sent.
    #[prop(into)]
    name: String,
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// What stands in it before anything is typed.
    #[prop(optional_no_strip, into)]
    value: Option<String>,
    /// How to fill it in.
    #[prop(optional, into)]
    hint: Option<String>,
    /// Whether it may stay empty.
    #[prop(optional)]
    optional: bool,
    /// How many characters fit.
    #[prop(optional)]
    maxlength: Option<u32>,
) -> impl IntoView {
    let around = Surroundings::of(&name, &label, value, hint.is_some());
    let (id, invalid) = (around.id.clone(), around.invalid());
    let text = around.value.as_deref().map(written_inside);
    let control = view! {
        <textarea
            class="input"
            id=id
            name=name
            rows="3"
            required=!optional
            autofocus=around.first_wrong
            maxlength=maxlength
            aria-invalid=invalid
            aria-describedby=around.described_by
        >
            {text}
        </textarea>
    };
    framed(&around.id, label, !optional, hint, around.wrong, control)
}

/// One of several.
#[component]
pub fn Select(
    /// The name under which it is sent.
    #[prop(into)]
    name: String,
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// Value and words of each choice.
    options: Vec<(String, String)>,
    /// What is chosen before anything is.
    #[prop(optional_no_strip, into)]
    value: Option<String>,
    /// How to choose.
    #[prop(optional, into)]
    hint: Option<String>,
    /// The same, where some of several fields have one.
    #[prop(optional_no_strip, into)]
    note: Option<String>,
    /// Whether the empty choice is one.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let hint = hint.or(note);
    let around = Surroundings::of(&name, &label, value, hint.is_some());
    let (id, invalid, chosen) = (around.id.clone(), around.invalid(), around.value.unwrap_or_default());
    let options = options
        .into_iter()
        .map(|(value, words)| {
            let selected = value == chosen;
            view! {
                <option value=value selected=selected>
                    {words}
                </option>
            }
        })
        .collect_view();
    let control = view! {
        <select
            class="input"
            id=id
            name=name
            autofocus=around.first_wrong
            aria-invalid=invalid
            aria-describedby=around.described_by
        >
            {options}
        </select>
    };
    framed(&around.id, label, !optional, hint, around.wrong, control)
}

/// Pictures to choose, or to take with a phone. What was chosen must be chosen again when a form is refused.
#[component]
pub fn Files(
    /// The name under which they are sent.
    #[prop(into)]
    name: String,
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// How to choose.
    #[prop(optional, into)]
    hint: Option<String>,
    /// Whether several can be chosen.
    #[prop(optional)]
    multiple: bool,
    /// Whether none need be chosen.
    #[prop(optional)]
    optional: bool,
    /// Whether a phone opens its camera at once.
    #[prop(optional)]
    camera: bool,
) -> impl IntoView {
    let around = Surroundings::of(&name, &label, None, hint.is_some());
    let (id, invalid) = (around.id.clone(), around.invalid());
    let control = view! {
        <input
            class="input"
            id=id
            name=name
            type="file"
            accept="image/jpeg,image/png,image/webp"
            capture=camera.then_some("environment")
            multiple=multiple
            required=!optional
            autofocus=around.first_wrong
            aria-invalid=invalid
            aria-describedby=around.described_by
        />
    };
    framed(&around.id, label, !optional, hint, around.wrong, control)
}

/// A box to tick, or one of several of which one counts.
#[component]
pub fn Choice(
    /// The name under which it is sent.
    #[prop(into)]
    name: String,
    /// What is sent when it is ticked.
    #[prop(into)]
    value: String,
    /// What it means.
    #[prop(into)]
    label: String,
    /// `checkbox` or `radio`.
    #[prop(default = "checkbox")]
    kind: &'static str,
    /// Whether it is ticked before anything is.
    #[prop(optional)]
    checked: bool,
    /// Whether it has the focus, as the first of several that are wrong.
    #[prop(optional)]
    autofocus: bool,
    /// What stands at the end of its line, as an amount does.
    #[prop(optional_no_strip, into)]
    end: Option<String>,
) -> impl IntoView {
    let form = use_context::<FormContext>().unwrap_or_default();
    let checked = form.ticked(&name, &value).unwrap_or(checked);
    view! {
        <label class="choice">
            <input type=kind name=name value=value checked=checked autofocus=autofocus />
            {label}
            {end.map(|end| view! { <span class="end">{end}</span> })}
        </label>
    }
}
