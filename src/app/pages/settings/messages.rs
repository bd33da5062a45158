//! What operators see of messages: those that did not arrive, and what each kind says in each language.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::app::components::{Button, Empty, Form, Head, Look, PageTitle, Table, Time};
use crate::app::drawn::Draw;
use crate::app::frame::{Page, Setting, page};
use crate::app::here::Here;
use crate::app::paths;
use crate::domain::error::Error;
use crate::domain::letter::{DeadLetter, Preview};
use crate::domain::notice::Channel;
use crate::domain::time::Moment;
use crate::domain::words::Language;
use crate::format::Reading;
use crate::rpc::account;
use crate::rpc::messages::{self, SendAgain};

struct Model {
    language: Language,
    dead: Vec<DeadLetter>,
    previews: Vec<Preview>,
    time_zone: String,
}

async fn load(language: Language) -> Result<Model, Error> {
    let dead = messages::dead().await?;
    let previews = messages::previews(language).await?;
    let time_zone = account::profile().await?.time_zone;
    Ok(Model { language, dead, previews, time_zone })
}

/// Two sections: what did not arrive, and previews.
pub fn messages(here: &Here) -> Page {
    let asked = here.query("language").unwrap_or_default();
    let language = Language::from_code(asked).unwrap_or_default();
    page(Setting::SETTINGS, load(language), |model: Model| {
        let latest = model.dead.iter().map(|letter| letter.at).max().unwrap_or(Moment::NEVER);
        let reading = Reading::new(&model.time_zone, latest);
        view! {
            <PageTitle text="Messages · Holdfast" />
            <header>
                <p>
                    <a href=paths::settings()>"Settings"</a>
                </p>
                <h1>"Messages"</h1>
            </header>
            <section>
                <header>
                    <h2>"Did not arrive"</h2>
                    <p>"Given up, with the reason. What was mended can be sent again."</p>
                </header>
                {dead(model.dead, &reading)}
            </section>
            <section>
                <header>
                    <h2>"What is sent"</h2>
                    <p>"Each message about a made-up order, to each party that gets it."</p>
                    {languages(model.language)}
                </header>
                <div>{model.previews.into_iter().map(|shown| preview(shown, model.language)).collect_view()}</div>
            </section>
        }
    })
}

fn languages(chosen: Language) -> impl IntoView {
    let links = Language::ALL.into_iter().map(move |language| {
        let href = paths::with_query(&paths::messages(), &[("language", language.code())]);
        let current = (language == chosen).then_some("page");
        view! {
            <a class="link" href=href lang=language.code() aria-current=current>
                {language.name()}
            </a>
        }
    });
    view! { <p class="row-of">{links.collect_view()}</p> }
}

fn dead(letters: Vec<DeadLetter>, reading: &Reading) -> impl IntoView + use<> {
    if letters.is_empty() {
        return view! {
            <Empty title="Everything arrived">
                <p>"Messages that cannot be brought to whom they are for are shown here."</p>
            </Empty>
        }
        .drawn();
    }
    let rows: Vec<_> = letters.into_iter().map(|letter| row(letter, reading)).collect();
    view! {
        <Table
            label="Messages that did not arrive"
            heads=vec![Head::Text("Message"), Head::Text("To"), Head::Text("Why"), Head::Text("Owed"), Head::Actions]
        >
            {rows}
        </Table>
    }
    .drawn()
}

fn row(letter: DeadLetter, reading: &Reading) -> impl IntoView + use<> {
    let at = reading.stamp(letter.at).map(|at| view! { <Time at=at /> });
    let id = letter.id.to_string();
    let heard = format!(" to {}", letter.to);
    let way = match letter.channel {
        Channel::Email => "mail",
        Channel::Sms => "text message",
    };
    let order = (!letter.reference.is_empty()).then(|| {
        let href = format!("{}/{}", paths::orders(), letter.reference);
        view! {
            <a class="link" href=href>
                {letter.reference.clone()}
            </a>
        }
    });
    view! {
        <tr>
            <td>
                {letter.kind.replace('_', " ")} " " <small class="quiet">"by " {way}</small> " " {order}
            </td>
            <td>{letter.to}</td>
            <td>{letter.reason}</td>
            <td>{at}</td>
            <td class="number">
                <Form id=format!("again-{id}") call=SendAgain::PATH class="" hidden=vec![("message", id)]>
                    <Button look=Look::Small>"Send again"<span class="heard">{heard}</span></Button>
                </Form>
            </td>
        </tr>
    }
}

/// One message. Only its own words are in its language.
fn preview(shown: Preview, language: Language) -> impl IntoView {
    let lang = language.code();
    let parts = if shown.segments == 1 { "1 part".to_owned() } else { format!("{} parts", shown.segments) };
    view! {
        <details>
            <summary>
                <span lang=lang>{shown.subject}</span> " " <small class="quiet">"to " {shown.to.word()}</small>
            </summary>
            <div class="panel stack">
                {shown.paragraphs.into_iter().map(|text| view! { <p lang=lang>{text}</p> }).collect_view()}
                <p>
                    <small class="quiet">"Text message, " {parts} ": "</small>
                    <span lang=lang>{shown.text}</span>
                </p>
            </div>
        </details>
    }
}
