//! What components write, where a reader's work or safety hangs on it.

use std::collections::HashSet;

use leptos::prelude::*;

use super::{Button, Field, Form, MoneyBar, PageTitle, Part, Select, StatusBadge, TextArea, Title, look};
use crate::domain::error::{Error, FieldError, FormAnswer, Kind};
use crate::domain::money::Money;
use crate::domain::order::status::Status;

fn drawn<V: IntoView>(view: impl FnOnce() -> V) -> String {
    let owner = Owner::new();
    owner.with(|| view().into_view().to_html())
}

fn refused(typed: &[(&str, &str)]) -> FormAnswer {
    let typed = typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let error = Error::field("text", "Say why, please.");
    FormAnswer { call: "orders/act".to_owned(), error, typed }
}

fn reject_form() -> impl IntoView {
    view! {
        <Form id="reject" call="/rpc/orders/act" hidden=vec![("verb", "reject".to_owned())]>
            <Field name="amount" label="Amount" value="1".to_owned() />
            <Select
                name="code"
                label="Reason"
                options=vec![("damaged".into(), "Damaged".into()), ("other".into(), "Other".into())]
            />
            <TextArea name="text" label="What is wrong?" />
            <Field name="password" label="Password" kind="password" />
            <Button>"Reject"</Button>
        </Form>
    }
}

#[test]
fn a_refused_form_keeps_what_was_typed_and_says_what_is_wrong_beside_its_field() {
    let typed = [("verb", "reject"), ("amount", "12.50"), ("code", "other"), ("password", "hunter2")];
    let html = drawn(|| {
        provide_context(refused(&typed));
        reject_form()
    });
    assert!(html.contains("role=\"alert\""), "{html}");
    assert!(html.contains("value=\"12.50\""), "{html}");
    assert!(html.contains("aria-describedby=\"reject-text-wrong\""), "{html}");
    assert!(html.contains("id=\"reject-text-wrong\""), "{html}");
    assert!(html.contains("What is wrong? Say why, please."), "which field is wrong is said as well: {html}");
    assert_eq!(html.matches("autofocus").count(), 1, "{html}");
    let chosen = html.find("value=\"other\" selected").is_some();
    assert!(chosen, "{html}");
    assert!(!html.contains("hunter2"), "a password is never sent back: {html}");
}

/// What stands before the place that has the focus.
fn before_focus(error: Error) -> String {
    let answer = FormAnswer { error, ..refused(&[("verb", "reject")]) };
    let html = drawn(|| {
        provide_context(answer);
        reject_form()
    });
    assert_eq!(html.matches("autofocus").count(), 1, "{html}");
    html.split("autofocus").next().map(str::to_owned).unwrap_or_default()
}

#[test]
fn the_focus_goes_to_the_first_wrong_field_on_the_page_else_to_what_is_said() {
    let wrong = |field: &str| FieldError { field: field.to_owned(), message: "Not so.".to_owned() };
    let last = |html: &str| html.rsplit('<').next().unwrap_or_default().to_owned();
    let focused = before_focus(Error::fields(vec![wrong("text"), wrong("amount")]));
    assert!(last(&focused).contains("reject-amount"), "whatever was looked at first: {focused}");
    for error in [Error::new(Kind::TooMany, "too_many", "A little slower."), Error::fields(vec![wrong("not_drawn")])] {
        let focused = before_focus(error);
        assert!(last(&focused).contains("role=\"alert\""), "{focused}");
    }
}

#[test]
fn another_form_that_calls_the_same_function_stays_as_it_was() {
    let html = drawn(|| {
        provide_context(refused(&[("verb", "accept"), ("amount", "12.50")]));
        reject_form()
    });
    assert!(!html.contains("role=\"alert\""), "{html}");
    assert!(html.contains("value=\"1\""), "{html}");
}

#[test]
fn what_was_typed_is_text_and_nothing_else() {
    let hostile = "\"></textarea><script>alert('&lt;')</script>";
    let html = drawn(|| {
        provide_context(refused(&[("verb", "reject"), ("amount", hostile), ("text", hostile)]));
        reject_form()
    });
    assert!(!html.contains("<script"), "{html}");
    assert_eq!(html.matches("</textarea").count(), 1, "{html}");
    assert!(html.contains("alert('&amp;lt;')"), "{html}");
}

#[test]
fn a_page_title_reaches_the_document() {
    let title = Title::default();
    drawn(|| {
        provide_context(title.clone());
        view! { <PageTitle text="</title><b> & more" /> }
    });
    assert_eq!(title.text(), "</title><b> & more");
    assert_eq!(drawn(|| view! { <title>{title.text()}</title> }), "<title>&lt;/title&gt;&lt;b&gt; &amp; more</title>");
}

#[test]
fn every_status_has_a_look_of_its_own_and_its_word() {
    let looks: HashSet<&str> = Status::ALL.into_iter().map(look).collect();
    assert_eq!(looks.len(), Status::ALL.len());
    for status in Status::ALL {
        let html = drawn(|| view! { <StatusBadge status=status /> });
        assert!(html.contains(status.label()), "{html}");
    }
}

#[test]
fn the_bar_shows_each_part_that_is_something_and_names_every_part() {
    let naira = |minor| Money::new(minor, "NGN".parse().expect("a currency"));
    let part = |label: &str, minor| Part { label: label.to_owned(), amount: naira(minor) };
    let parts = vec![part("To Ada", 4_650_000), part("Courier", 0), part("Fee", 1)];
    let html = drawn(|| view! { <MoneyBar parts=parts total_label="Held" total=naira(4_650_001) /> });
    assert_eq!(html.matches("<rect").count(), 2, "however small it is: {html}");
    assert_eq!(html.matches("<dt>").count(), 4, "{html}");
    assert!(html.contains("46,500.01"), "{html}");
}
