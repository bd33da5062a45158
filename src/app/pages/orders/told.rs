//! Who was told of an event, for operators: in a line, and one by one for whoever unfolds it.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::components::Told;
use crate::domain::notice::REMINDER;
use crate::domain::party::Party;
use crate::domain::view::{MessageLine, OrderView};
use crate::format::{Reading, plural};

/// Who was told of the event with this number; it is unfolded when somebody will not hear of it, for then there is something to do.
pub fn of(seq: u32, view: &OrderView, reading: &Reading) -> Option<Told> {
    let messages: Vec<&MessageLine> = view.messages.iter().filter(|message| message.event_seq == seq).collect();
    (!messages.is_empty()).then(|| Told {
        summary: summary(&messages),
        lines: messages.iter().map(|message| line(message, view, reading)).collect(),
        open: messages.iter().any(|message| message.state == "dead"),
    })
}

/// "Told 3 people: 1 not yet sent, 1 failed": what did not arrive is counted by message, for each has a fate of its own.
fn summary(messages: &[&MessageLine]) -> String {
    let (muted, told): (Vec<&MessageLine>, Vec<&MessageLine>) =
        messages.iter().partition(|message| message.state == "muted");
    let counted = |count: usize, words: &str| (count > 0).then(|| format!("{count} {words}"));
    let in_state = |state: &str| told.iter().filter(|message| message.state == state).count();
    let (sent, dead) = (in_state("sent"), in_state("dead"));
    let trouble = [counted(told.len() - sent - dead, "not yet sent"), counted(dead, "failed")];
    let trouble: Vec<String> = trouble.into_iter().flatten().collect();
    let arrived = match (told.is_empty(), trouble.is_empty()) {
        (true, _) => "Told nobody".to_owned(),
        (false, true) => format!("Told {}: all sent", people(&told)),
        (false, false) => format!("Told {}: {}", people(&told), trouble.join(", ")),
    };
    let muted = counted(muted.len(), "not wanted or not possible");
    [Some(arrived), muted].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// How many were told: whoever got a mail and a text message is one, and so is whoever was reminded as well.
fn people(told: &[&MessageLine]) -> String {
    let mut named: BTreeMap<(Party, &str), BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for message in told {
        let ways = named.entry((message.to, &message.name)).or_default();
        ways.entry(&message.channel).or_default().insert(&message.address);
    }
    // Of the same name there may be two, with an address each.
    let count: usize = named.values().filter_map(|ways| ways.values().map(BTreeSet::len).max()).sum();
    plural(i64::try_from(count).unwrap_or(i64::MAX), "person", "people")
}

/// To whom a message went, how, and whether it arrived.
fn line(message: &MessageLine, view: &OrderView, reading: &Reading) -> String {
    let name = if message.name.is_empty() { view.order.name_of(message.to) } else { &message.name };
    let what = if message.kind == REMINDER { "Reminder" } else { "Told" };
    let way = match message.channel.as_str() {
        "sms" => "text message",
        _ => "mail",
    };
    let place = if message.address.is_empty() { String::new() } else { format!(" ({})", message.address) };
    let at = reading.moment(message.at);
    let became = match message.state.as_str() {
        "sent" => format!("sent {at}"),
        "muted" => message.reason.clone(),
        "dead" => format!("did not arrive: {}", message.reason),
        _ if message.reason.is_empty() => format!("goes out {at}"),
        _ => format!("tried {} times, again {at}: {}", message.attempts, message.reason),
    };
    format!("{what} by {way}: {name}{place}, {became}")
}

#[cfg(test)]
mod tests {
    use super::summary;
    use crate::domain::party::Party;
    use crate::domain::time::Moment;
    use crate::domain::view::MessageLine;

    /// A message as "kind party name channel state".
    fn message(words: &str) -> MessageLine {
        let words: Vec<&str> = words.split(' ').collect();
        let [kind, party, name, channel, state] = words[..] else { panic!("{words:?} are five words") };
        MessageLine {
            event_seq: 1,
            to: Party::from_code(party).expect("a party"),
            name: name.to_owned(),
            address: format!("{name}@{channel}.test"),
            channel: channel.to_owned(),
            kind: kind.to_owned(),
            state: state.to_owned(),
            reason: String::new(),
            attempts: 0,
            at: Moment(0),
        }
    }

    #[track_caller]
    fn check(messages: &[&str], said: &str) {
        let messages: Vec<MessageLine> = messages.iter().map(|words| message(words)).collect();
        assert_eq!(summary(&messages.iter().collect::<Vec<_>>()), said);
    }

    #[test]
    fn how_many_were_told_and_whether_all_arrived_is_said_in_a_line() {
        check(&["paid seller ada email sent"], "Told 1 person: all sent");
        check(
            &[
                "rejected buyer bisi email sent",
                "rejected seller ada email dead",
                "rejected seller tunde email pending",
            ],
            "Told 3 people: 1 not yet sent, 1 failed",
        );
        check(&["delivered buyer bisi email sent", "delivered buyer bisi sms sent"], "Told 1 person: all sent");
        check(&["delivered buyer bisi email sent", "reminder buyer bisi email sent"], "Told 1 person: all sent");
        check(&["escalated buyer ada email sent", "escalated seller ada email sent"], "Told 2 people: all sent");
    }

    #[test]
    fn who_is_not_told_is_not_among_the_told() {
        check(
            &["delivered buyer bisi email sent", "delivered buyer bisi sms muted"],
            "Told 1 person: all sent; 1 not wanted or not possible",
        );
        check(&["placed buyer bisi email muted"], "Told nobody; 1 not wanted or not possible");
    }

    #[test]
    fn two_of_the_same_name_are_two() {
        let mut other = message("paid seller ada email sent");
        other.address = "ada.obi@email.test".to_owned();
        assert_eq!(summary(&[&message("paid seller ada email sent"), &other]), "Told 2 people: all sent");
    }
}
