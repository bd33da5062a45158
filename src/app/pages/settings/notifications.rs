//! How the reader is told: about which topic by which way, in which language, and when not.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::app::components::{Button, Choice, Field, Form, Look, Select};
use crate::app::paths;
use crate::domain::preference::{Preferences, Quiet, Topic, Ways};
use crate::domain::words::Language;
use crate::rpc::messages::Choose;

/// The form; for staff of a marketplace also the way to what did not arrive.
pub fn section(chosen: Preferences, dead: Option<usize>) -> impl IntoView {
    let languages = Language::ALL.map(|language| (language.code().to_owned(), language.name().to_owned())).to_vec();
    let clock = |minute| Some(Quiet::clock(minute)).filter(|_| chosen.quiet != Quiet::default());
    let (from, to) = (clock(chosen.quiet.from), clock(chosen.quiet.to));
    let topics: Vec<_> = chosen.ways.into_iter().map(|(topic, ways)| ways_of(topic, ways)).collect();
    let operators = dead.map(|count| {
        let words = match count {
            0 => "What is sent, and what did not arrive".to_owned(),
            1 => "One message did not arrive".to_owned(),
            many => format!("{many} messages did not arrive"),
        };
        view! {
            <p>
                <a class="link" href=paths::messages()>
                    {words}
                </a>
            </p>
        }
    });
    view! {
        <section id="notifications">
            <header>
                <h2>"Notifications"</h2>
                <p>"What you are told, and how. Money and security are always told by mail."</p>
                {operators}
            </header>
            <Form id="notify" call=Choose::PATH class="form">
                <div>{topics}</div>
                <div class="fields">
                    <Select
                        name="language"
                        label="Language"
                        options=languages
                        value=chosen.language.code().to_owned()
                        hint="Of mails and text messages."
                    />
                    <Field
                        name="quiet_from"
                        label="Quiet from"
                        kind="time"
                        value=from
                        optional=true
                        hint="What can wait comes afterwards."
                    />
                    <Field name="quiet_to" label="Quiet until" kind="time" value=to optional=true />
                </div>
                <div>
                    <Button look=Look::Main>"Save"</Button>
                </div>
            </Form>
        </section>
    }
}

fn ways_of(topic: Topic, ways: Ways) -> impl IntoView {
    let (name, about) = topic.words();
    let code = topic.code();
    let chosen = (!topic.always_told()).then(|| {
        view! {
            <Choice name=format!("email.{code}") value="on" label="Mail" checked=ways.email />
            <Choice name=format!("app.{code}") value="on" label="On the screen" checked=ways.app />
        }
    });
    let always = topic.always_told().then(|| view! { <small>"always by mail and on the screen"</small> });
    let text = (topic != Topic::Security).then(|| {
        view! { <Choice name=format!("sms.{code}") value="on" label="Text message" checked=ways.sms /> }
    });
    view! {
        <div class="ways" role="group" aria-label=name>
            <span>
                {name} " " <small>{about}</small>
            </span>
            <div>{always} {chosen} {text}</div>
        </div>
    }
}
