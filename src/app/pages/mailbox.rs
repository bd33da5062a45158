//! The local mailbox of a demo installation: every message that is owed, as the mail that it would be.

use leptos::prelude::*;

use crate::app::components::{ButtonLink, Empty, Look, PageTitle, Time};
use crate::app::frame::{Page, Setting, page};
use crate::app::here::Here;
use crate::domain::letter::Letter;
use crate::domain::notice::Channel;
use crate::format::Reading;
use crate::rpc::mailbox;

/// The newest first.
pub fn mailbox(_: &Here) -> Page {
    page(Setting { place: None, class: "column stack" }, mailbox::letters(), |letters: Vec<Letter>| {
        let empty = letters.is_empty().then(|| {
            view! {
                <Empty title="No mail yet">
                    <p>"What Holdfast would send by mail or text message is shown here."</p>
                </Empty>
            }
        });
        view! {
            <PageTitle text="Mailbox · Holdfast" />
            <header>
                <h1>"Mailbox"</h1>
                <p class="quiet">"A demo sends no mail. This is what it would have sent, the newest first."</p>
            </header>
            {empty}
            {letters.into_iter().map(letter).collect_view()}
        }
    })
}

fn letter(letter: Letter) -> impl IntoView {
    let at = Reading::new("UTC", letter.at).stamp(letter.at);
    let kind = match letter.channel {
        Channel::Email => "Mail",
        Channel::Sms => "Text message",
    };
    view! {
        <article class="panel stack">
            <header>
                <h2>{letter.subject}</h2>
                <span class="quiet">{kind} " to " {letter.to} {at.map(|at| view! { ", " <Time at=at /> })}</span>
            </header>
            {letter.paragraphs.into_iter().map(|text| view! { <p>{text}</p> }).collect_view()}
            <p class="row-of">
                {letter
                    .links
                    .into_iter()
                    .map(|(words, href)| {
                        view! {
                            <ButtonLink href=href look=Look::Small>
                                {words}
                            </ButtonLink>
                        }
                    })
                    .collect_view()}
            </p>
        </article>
    }
}
