//! A message in the words of whoever gets it: as a mail in text and HTML, as a text message, as a letter in the mailbox.

use askama::Template;

use crate::{
    domain::{
        letter::{self, About, Reader},
        notice::Channel,
        order::Order,
        party::Party,
        preference::Topic,
        sms,
        time::Moment,
        words::Language,
    },
    server::{
        clock,
        secret::{Purpose, Secret},
        service::{answers, mail},
        storage::{self, mailbox::LetterRow},
    },
};

/// A message in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The language.
    pub language: Language,
    /// The subject.
    pub subject: String,
    /// Paragraphs of plain text.
    pub paragraphs: Vec<String>,
    /// Where it leads: words and a whole address; what matters most first.
    pub links: Vec<(String, String)>,
    /// Why somebody gets it and how that is changed, in small print.
    pub small: Vec<String>,
    /// Where whoever gets it can choose to get no more of them.
    pub unsubscribe: Option<String>,
    /// As a text message.
    pub short: String,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct Html<'a> {
    language: &'a str,
    subject: &'a str,
    paragraphs: &'a [String],
    links: &'a [(String, String)],
    small: &'a [String],
}

impl Written {
    /// As plain text.
    #[must_use]
    pub fn text(&self) -> String {
        let links = self.links.iter().map(|(words, href)| format!("{words}: {href}"));
        let mut parts: Vec<String> = self.paragraphs.iter().cloned().chain(links).collect();
        if !self.small.is_empty() {
            parts.push(format!("-- \n{}", self.small.join("\n")));
        }
        parts.join("\n\n") + "\n"
    }

    /// As HTML: what somebody typed is escaped, and nothing is loaded from anywhere.
    ///
    /// # Errors
    /// When the template fails, which it does for no text.
    pub fn html(&self) -> Result<String, askama::Error> {
        let (language, subject) = (self.language.code(), self.subject.as_str());
        Html { language, subject, paragraphs: &self.paragraphs, links: &self.links, small: &self.small }.render()
    }
}

/// Writes a message. `public_url` is the configured address of this installation. Nothing when nobody knows what a
/// message of this kind says.
///
/// # Errors
/// When the row cannot be read.
pub fn write(secret: &Secret, public_url: &str, row: &LetterRow) -> Result<Option<Written>, storage::Error> {
    let language = row.language();
    let Some((order, event)) = row.about()? else {
        let composed = mail::compose_in(language, secret, public_url, &row.kind, &row.payload);
        return Ok(composed.map(|mail| Written {
            language,
            short: mail.short,
            subject: mail.subject,
            paragraphs: mail.paragraphs,
            links: mail.link.map(|link| (language.text("person.link").to_owned(), link)).into_iter().collect(),
            small: Vec::new(),
            unsubscribe: None,
        }));
    };
    let party = row.party();
    let zone = row.time_zone.as_deref().unwrap_or("UTC");
    let reader = Reader { party, name: row.name.as_deref().unwrap_or_else(|| order.name_of(party)), language };
    let about = match &event {
        _ if row.kind == crate::domain::notice::REMINDER => About::Turn { delivery: reminded(&row.payload) },
        Some(event) => About::Event(event),
        None => return Ok(None),
    };
    let may_choose = row.has_account == 1 && !Topic::of(&row.kind).always_told();
    let mut links = links(secret, public_url, &order, reader);
    // To a number that its owner did not give goes nothing with which anybody could answer for the buyer.
    let may_answer = row.channel() == Channel::Email || row.has_account == 1;
    let code = may_answer.then(|| answer(secret, public_url, &order, reader, &row.payload, &mut links)).flatten();
    let settings = may_choose.then(|| settings_link(public_url));
    Ok(Some(with_code(about_order(&order, about, reader, zone, links, settings), code.as_deref())))
}

/// Adds the way on which a buyer answers without signing in; gives the code that this message bears, if it does.
fn answer(
    secret: &Secret,
    public_url: &str,
    order: &Order,
    reader: Reader<'_>,
    payload: &str,
    links: &mut Vec<(String, String)>,
) -> Option<String> {
    if reader.party != Party::Buyer || order.due_minor() > 0 {
        return None;
    }
    let payload = serde_json::from_str(payload).unwrap_or_default();
    let found = answers::link_and_code(secret, public_url, order.id, &payload);
    let words = if found.code.is_some() { "answer.link" } else { "answer.look" };
    links.insert(0, (reader.language.text(words).to_owned(), found.link));
    found.code
}

/// Says the code, in the mail and in the text message.
fn with_code(mut written: Written, code: Option<&str>) -> Written {
    let Some(code) = code else { return written };
    let values = [("code", code.to_owned())];
    written.paragraphs.push(written.language.say("answer.code", &values));
    let link = written.links.first().map(|(_, href)| format!(" {href}")).unwrap_or_default();
    let tail = format!(" {}{link}", written.language.say("answer.short", &values));
    let words = written.short.strip_suffix(link.as_str()).unwrap_or(&written.short);
    written.short = sms::fitted("", words, &tail);
    written
}

/// Tells a party of an order something, with these links. `settings` is where they choose what they are told.
#[must_use]
pub fn about_order(
    order: &Order,
    about: About<'_>,
    reader: Reader<'_>,
    zone: &str,
    links: Vec<(String, String)>,
    settings: Option<String>,
) -> Written {
    let language = reader.language;
    let date = |at: Moment| language.date(clock::local_time(at, zone));
    let told = letter::tell(order, about, reader, &date);
    let marketplace = order.name_of(Party::Operator).to_owned();
    let mut small = vec![language.say("why", &[("marketplace", marketplace)])];
    small.extend(settings.clone().map(|link| language.say("settings", &[("link", link)])));
    let link = links.first().map(|(_, href)| format!(" {href}")).unwrap_or_default();
    Written {
        language,
        subject: told.subject,
        paragraphs: told.paragraphs,
        short: sms::fitted("", &told.short, &link),
        links,
        small,
        unsubscribe: settings,
    }
}

/// Where a message about an order leads whoever plays this part in it, what they are to do first.
fn links(secret: &Secret, public_url: &str, order: &Order, reader: Reader<'_>) -> Vec<(String, String)> {
    let language = reader.language;
    let mut links = Vec::new();
    if reader.party == Party::Buyer && order.due_minor() > 0 {
        let token = secret.sign_link(Purpose::Pay, order.id.0);
        let due = order.money(order.due_minor()).to_string();
        links.push((language.say("pay", &[("due", due)]), format!("{public_url}/pay/{token}")));
    }
    links.push((language.text("see").to_owned(), format!("{public_url}/orders/{}", order.reference)));
    links
}

fn settings_link(public_url: &str) -> String {
    format!("{public_url}/settings#notifications")
}

/// The delivery that a reminder is about.
fn reminded(payload: &str) -> u16 {
    let payload: serde_json::Value = serde_json::from_str(payload).unwrap_or_default();
    let delivery = payload.get("delivery").and_then(serde_json::Value::as_u64);
    delivery.and_then(|no| u16::try_from(no).ok()).unwrap_or(1)
}
