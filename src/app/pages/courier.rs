//! A delivery for whoever brings it, by link and without an account: where it goes, and what became of it.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::app::components::{
    Button, ButtonLink, Field, Files, Flash, Form, FormContext, Lines, Look, Offer, PageTitle, Panel, Row, TextArea,
    was_refused,
};
use crate::app::drawn::{Draw, Drawn};
use crate::app::frame::{Page, Setting, page};
use crate::app::here::Here;
use crate::app::paths;
use crate::app::scripts::CourierTools;
use crate::domain::error::FormAnswer;
use crate::domain::order::action::Verb;
use crate::domain::receiving::{CourierPage, CourierStage, Recipient};
use crate::format::{Reading, plural};
use crate::rpc::couriers::{self, ReportDelivery};

/// The delivery behind a link.
pub fn courier(here: &Here) -> Page {
    let token = here.parameter("token");
    let (load, done) = (couriers::look(token.clone()), here.done());
    page(Setting { place: None, class: "sheet courier" }, load, move |delivery: CourierPage| {
        let content = match delivery.stage {
            CourierStage::Open => to_bring(&delivery, &token),
            CourierStage::Delivered => {
                let just = matches!(done, Some(Verb::HandOver | Verb::Deliver));
                over("Handed over", "Thank you. There is nothing more to do for this delivery.", just)
            }
            CourierStage::CalledOff => {
                over("Called off", "This is not to be delivered any more. Bring it back to the seller, please.", false)
            }
        };
        // Of the others the page speaks itself; of this one it shows little.
        let missed = done == Some(Verb::Miss) && delivery.stage == CourierStage::Open;
        let flash = missed.then(|| "Done: written down that nobody was there. The buyer is told.".to_owned());
        view! {
            <PageTitle text=format!("Delivery {} · Holdfast", delivery.reference) />
            <header>
                <h1>"Delivery " {delivery.reference.to_string()}</h1>
                <p>"From " {delivery.seller.clone()}</p>
            </header>
            <Flash message=flash />
            {refused(&delivery)}
            {content}
        }
    })
}

/// That there is nothing to bring any more. It has the focus when it says what was just done, so that it is read out.
fn over(title: &'static str, sentence: &'static str, just: bool) -> Drawn {
    view! {
        <section class="panel" role="status" tabindex=just.then_some("-1") autofocus=just>
            <h2>{title}</h2>
            <p>{sentence}</p>
        </section>
    }
    .drawn()
}

/// Why the last press changed nothing, where its form has gone or what it showed was out of date.
fn refused(delivery: &CourierPage) -> Option<impl IntoView + use<>> {
    let answer = use_context::<FormAnswer>()?;
    let stands = delivery.stage == CourierStage::Open && answer.error.code != "version_conflict";
    (!stands).then(|| {
        view! {
            <p class="alert" role="alert">
                {answer.error.message}
            </p>
        }
    })
}

fn to_bring(delivery: &CourierPage, token: &str) -> Drawn {
    let reading = Reading::new(&delivery.time_zone, delivery.now);
    let until = format!("This link works until {}, or until it was handed over.", reading.moment(delivery.expires_at));
    let missed = (delivery.missed > 0).then(|| {
        let times = plural(i64::from(delivery.missed), "time", "times");
        view! { <p class="quiet">"Nobody was there " {times} " before."</p> }
    });
    let items: Vec<_> = delivery.items.iter().map(|item| view! { <li>{item.clone()}</li> }).collect();
    view! {
        {place(&delivery.recipient)}
        <Panel title="What">
            <ul>{items}</ul>
            {missed}
        </Panel>
        <div class="offers">{report(delivery, token, Verb::HandOver)} {report(delivery, token, Verb::Deliver)} {report(delivery, token, Verb::Miss)}</div>
        <p class="quiet">{until}</p>
        <CourierTools />
    }
    .drawn()
}

/// Where it goes: the way there leaves to whatever app of the phone finds ways.
fn place(recipient: &Recipient) -> impl IntoView + use<> {
    let call = |number: &str, words: &'static str| {
        let href = format!("tel:{number}");
        (!number.is_empty()).then(|| view! { <ButtonLink href=href>{words}</ButtonLink> }.drawn())
    };
    let line = recipient.address.split_whitespace().collect::<Vec<_>>().join(" ");
    let way = (!line.is_empty()).then(|| {
        let href = format!("geo:0,0?q={}", paths::encode(&line));
        view! {
            <ButtonLink href=href look=Look::Main>
                "Find the way"
            </ButtonLink>
        }
        .drawn()
    });
    let other = [recipient.other_name.as_str(), recipient.other_phone.as_str()];
    let other: Vec<&str> = other.into_iter().filter(|text| !text.is_empty()).collect();
    let mut rows = vec![Row::new("Phone", recipient.phone.clone()), Row::new("Note", recipient.note.clone())];
    rows.push(Row::new("May also take it", other.join(", ")));
    rows.retain(|row| !row.value.is_empty());
    let address = match (line.is_empty(), recipient.phone.is_empty()) {
        (false, _) => recipient.address.clone(),
        (true, false) => "No address was given: please call.".to_owned(),
        (true, true) => "No address was given: please ask the seller.".to_owned(),
    };
    let known = (!rows.is_empty()).then(|| view! { <Lines rows=rows loose=true /> });
    view! {
        <section class="panel stack" aria-labelledby="whom">
            <h2 id="whom">{recipient.name.clone()}</h2>
            <address>{address}</address>
            {known}
            <p class="row-of">
                {way} {call(&recipient.phone, "Call")} {call(&recipient.other_phone, "Call the other one")}
            </p>
        </section>
    }
}

/// The form of one thing that can be said of it.
fn report(delivery: &CourierPage, token: &str, verb: Verb) -> Drawn {
    let hidden = vec![("token", token.to_owned()), ("verb", verb.code().to_owned())];
    let fresh = vec![("version", delivery.version.to_string()), ("key", delivery.command_key.clone())];
    let open = was_refused(ReportDelivery::PATH, &hidden);
    let (label, consequence, press) = match verb {
        Verb::HandOver => ("Hand over with the code", "The buyer says or shows you six digits.", "Handed over"),
        Verb::Deliver => ("Hand over without the code", "A photo or a signature proves it.", "Handed over"),
        _ => ("Nobody there", "It stays with you; the buyer is told.", "Nobody there"),
    };
    let main = verb == Verb::HandOver;
    // One of them is open at a time: the first, or the one that was refused.
    let open = open || (main && use_context::<FormAnswer>().is_none());
    view! {
        <Offer id=format!("do-{}", verb.code()) label=label consequence=consequence main=main open=open>
            <Form id=verb.code() call=ReportDelivery::PATH hidden=hidden fresh=fresh files=true>
                {fields(verb)}
                <Button look=Look::Main>{press}</Button>
            </Form>
        </Offer>
    }
    .drawn()
}

fn fields(verb: Verb) -> Drawn {
    let photos = |label: &'static str| {
        view! { <Files name="photos" label=label hint="Up to six, 5 MB each." multiple=true optional=true camera=true /> }
            .drawn()
    };
    match verb {
        Verb::HandOver => view! {
            <Field
                name="code"
                label="The buyer’s code"
                hint="Ask for it when the goods are in their hands."
                autocomplete="off"
                inputmode="numeric"
                maxlength=20
            />
            {scan()}
            {photos("Photos")}
        }
        .drawn(),
        Verb::Deliver => view! {
            <Field name="recipient" label="Given to" optional=true autocomplete="off" maxlength=100 />
            {photos("Photos of where it is now")}
            {signature()}
            <Files name="signature" label="Photo of the signature" optional=true camera=true />
            <TextArea name="text" label="How it went" optional=true maxlength=2000 />
        }
        .drawn(),
        _ => view! {
            <TextArea name="text" label="What you found there" optional=true maxlength=2000 />
            {photos("Photos")}
        }
        .drawn(),
    }
}

/// The camera that reads the code into its field; shown by a script, where the browser knows how to.
fn scan() -> Drawn {
    let field = use_context::<FormContext>().unwrap_or_default().field_id("code");
    view! {
        <div class="scan" data-field=field hidden>
            <video playsinline muted aria-label="What the camera sees" hidden></video>
            <p class="row-of">
                <button type="button" class=Look::Small.class()>
                    "Scan the code"
                </button>
                <span class="hint" role="status"></span>
            </p>
        </div>
    }
    .drawn()
}

/// Paper to sign on; a script shows it and puts what is drawn into the file field. The keyboard passes it by: the photos are
/// the other way.
fn signature() -> Drawn {
    let field = use_context::<FormContext>().unwrap_or_default().field_id("signature");
    view! {
        <div class="signature" data-field=field hidden>
            <p>"Signature"</p>
            <canvas role="img" aria-label="Paper to sign on, with a finger or a mouse"></canvas>
            <p class="row-of">
                <button type="button" class=Look::Small.class()>
                    "Clear"
                </button>
                <span class="hint" role="status"></span>
            </p>
        </div>
    }
    .drawn()
}
