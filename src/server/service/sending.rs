//! One message on its way out: written, handed over, and what came of it.

use uuid::Uuid;

use crate::{
    domain::{
        notice::Channel,
        preference::Topic,
        text::Phone,
        time::{Moment, Span},
    },
    server::{
        clock,
        error::Error,
        post::{Door, Failure, Mail},
        service::{
            Services,
            letters::{self, Written},
            spreading::deferred,
        },
        storage::{
            mailbox::LetterRow,
            messages::{self, NotSent},
            told,
        },
    },
};

/// How long a message rests after each try that failed; after the last it is given up.
const RESTS: [Span; 8] =
    [Span(5), Span(60), Span(5 * 60), Span(30 * 60), Span::hours(2), Span::hours(6), Span::hours(12), Span::hours(24)];

/// What came of a message.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Which.
    pub id: Uuid,
    /// The end of the lease under which it was claimed.
    pub lease: Moment,
    /// What.
    pub what: What,
}

/// What came of a message.
#[derive(Debug, Clone)]
pub enum What {
    /// It was handed over; the provider's own number for it, when it has one.
    Sent(String),
    /// It failed, and is tried again at this instant.
    Again(Moment, String),
    /// It is given up.
    Dead(String),
    /// It was not tried, and can be from this instant on.
    NotTried(Moment),
}

/// Whether nothing can leave by this channel.
pub fn is_closed(services: &Services, channel: Channel) -> bool {
    match channel {
        Channel::Email => services.post.mail.is_closed(),
        Channel::Sms => services.post.text.is_closed(),
    }
}

/// Says in the log what cannot leave, and how many messages wait for a way out.
pub async fn say_what_is_closed(services: &Services) {
    if !services.post.mail.is_closed() {
        return;
    }
    let waiting = async {
        let mut conn = services.db.reader().await?;
        messages::count_open(&mut conn, Channel::Email.code()).await
    };
    let waiting = waiting.await.unwrap_or_default();
    tracing::warn!(waiting, "no mail server is set up: mails wait until HOLDFAST_SMTP_URL names one");
}

/// Sends one message that was claimed.
pub async fn send(services: &Services, row: LetterRow, lease: Moment) -> Outcome {
    let what = match hand_over(services, &row).await {
        Ok(provider_ref) => What::Sent(provider_ref),
        Err(Failure::Never(why)) => What::Dead(why),
        Err(Failure::Later(why)) => match rest_after(row.attempts) {
            Some(rest) => What::Again(again_at(services.now().plus(rest), &row), why),
            None => What::Dead(why),
        },
    };
    if let What::Dead(why) = &what {
        tracing::warn!(message = %row.id.simple(), kind = row.kind, why, "a message did not arrive and is given up");
    }
    Outcome { id: row.id, lease, what }
}

/// How long a message rests after this many tries, give or take a tenth so that many do not come back at once; nothing
/// when that were enough.
fn rest_after(tries: i64) -> Option<Span> {
    let rest = RESTS.get(usize::try_from(tries - 1).unwrap_or_default())?;
    let [chance] = clock::random::<1>();
    let tenth = rest.0 / 10;
    Some(Span(rest.0 - tenth + 2 * tenth * i64::from(chance) / 255))
}

/// The next try, after the quiet hours of whoever gets it when it can wait.
fn again_at(at: Moment, row: &LetterRow) -> Moment {
    if Topic::of(&row.kind).always_told() {
        return at;
    }
    let deadline = row.about().ok().flatten().map_or(Moment::NEVER, |(order, _)| order.deadline_at());
    let quiet = told::quiet(row.quiet_from.unwrap_or_default(), row.quiet_to.unwrap_or_default());
    deferred(at, quiet, row.time_zone.as_deref().unwrap_or("UTC"), deadline)
}

async fn hand_over(services: &Services, row: &LetterRow) -> Result<String, Failure> {
    let post = &services.post;
    let written = letters::write(&services.secret, &post.public_url, row);
    let written = written.map_err(|error| Failure::Never(error.to_string()))?;
    let written = written.ok_or_else(|| Failure::Never("nobody knows what such a message says".to_owned()))?;
    match row.channel() {
        Channel::Email => match &post.mail {
            Door::Open(smtp) => {
                smtp.send(&mail(services, row, written)?).await?;
                Ok(String::new())
            }
            Door::Mailbox => Ok("mailbox".to_owned()),
            Door::Closed => Err(Failure::Later("no mail server is set up".to_owned())),
        },
        Channel::Sms => {
            let to = Phone::parse(&row.to_address)
                .map_err(|_| Failure::Never(format!("{} is not a phone number with its country", row.to_address)))?;
            match &post.text {
                Door::Open(provider) => provider.send(&to, &written.short).await,
                Door::Mailbox => Ok("mailbox".to_owned()),
                Door::Closed => Err(Failure::Later("no provider of text messages is set up".to_owned())),
            }
        }
    }
}

fn mail(services: &Services, row: &LetterRow, written: Written) -> Result<Mail, Failure> {
    Ok(Mail {
        id: row.id,
        host: services.post.host().to_owned(),
        to_name: row.name.clone().unwrap_or_default(),
        to_address: row.to_address.clone(),
        text: written.text(),
        html: written.html().map_err(|error| Failure::Never(error.to_string()))?,
        subject: written.subject,
        unsubscribe: written.unsubscribe,
        at: services.now(),
    })
}

/// Writes down what came of messages, in one transaction.
///
/// # Errors
/// When the database refuses: then those that were sent are sent once more, under the same id.
pub async fn mark(services: &Services, outcomes: Vec<Outcome>) -> Result<(), Error> {
    let now = services.now();
    services
        .db
        .write(outcomes, move |tx, outcomes| {
            Box::pin(async move {
                let mut sent: Vec<(&str, Vec<Uuid>)> = Vec::new();
                for Outcome { id, lease, what } in outcomes {
                    let (again_at, reason, tried) = match what {
                        What::Sent(provider_ref) => {
                            match sent.iter_mut().find(|(known, _)| known == provider_ref) {
                                Some((_, ids)) => ids.push(*id),
                                None => sent.push((provider_ref, vec![*id])),
                            }
                            continue;
                        }
                        What::Again(at, why) => (Some(*at), why.clone(), true),
                        What::Dead(why) => (None, why.clone(), true),
                        What::NotTried(at) => (Some(*at), String::new(), false),
                    };
                    let what = NotSent { id: *id, lease: *lease, again_at, reason, tried };
                    messages::mark_not_sent(tx, &what).await?;
                }
                for (provider_ref, ids) in sent {
                    messages::mark_sent(tx, &ids, provider_ref, now).await?;
                }
                Ok(())
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::{RESTS, rest_after};

    #[test]
    fn rests_grow_vary_by_a_tenth_and_come_to_an_end() {
        for (tries, usual) in (1_i64..).zip(RESTS) {
            for _ in 0..50 {
                let rest = rest_after(tries).expect("it is tried again");
                assert!((usual.0 * 9 / 10..=usual.0 * 11 / 10).contains(&rest.0), "{tries}: {rest:?}");
            }
        }
        assert_eq!(rest_after(9), None);
    }
}
