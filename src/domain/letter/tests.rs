//! Every text that anybody can be sent, in every language, to every party: all names filled in, and the turn said.

use std::collections::BTreeSet;

use super::{About, Reader, samples, tell};
use crate::domain::notice;
use crate::domain::party::{Party, Source};
use crate::domain::sms;
use crate::domain::time::Moment;
use crate::domain::timeline::ActorStamp;
use crate::domain::words::Language;

const AT: Moment = Moment(1_795_424_400_000_000);

fn date(_: Moment) -> String {
    "SOME DAY".to_owned()
}

#[test]
fn every_event_that_somebody_is_told_of_has_its_words_in_every_language() {
    let mut told = BTreeSet::new();
    for (event, order) in samples::samples(AT) {
        let by = ActorStamp { party: Party::Clock, user: None, name: String::new(), source: Source::Clock };
        let owed = notice::messages(&order, &by, &event);
        assert!(!owed.is_empty(), "{} is told to somebody", event.code());
        told.insert(event.code());
        for language in Language::ALL {
            assert!(language.find(&format!("event.{}.subject", event.code())).is_some(), "{}", event.code());
            for message in &owed {
                let reader = Reader { party: message.to, name: "Zed", language };
                let said = tell(&order, About::Event(&event), reader, &date);
                let whole = format!("{}\n{}\n{}", said.subject, said.paragraphs.join("\n"), said.short);
                assert!(!whole.contains(['{', '}']), "{}, {language:?}: {whole}", event.code());
                assert!(said.paragraphs[0].contains("Zed") && said.subject.contains(order.reference.as_str()));
                assert!(sms::length(&sms::plain(&said.short)).segments <= sms::MOST_SEGMENTS, "{}", said.short);
            }
        }
    }
    let keys = include_str!("../words/en.txt").lines();
    let worded: BTreeSet<&str> =
        keys.filter_map(|line| line.strip_prefix("event.")?.split_once(".subject = ")).map(|(code, _)| code).collect();
    assert_eq!(told, worded, "what has words is told, and what is told has words");
}

#[test]
fn a_mail_says_whose_turn_it_is_until_when_and_what_silence_brings() {
    let order = samples::delivered(AT);
    let (event, _) = samples::samples(AT).into_iter().find(|(event, _)| event.code() == "delivered").expect("a sample");
    let says = |party, language| {
        let reader = Reader { party, name: "Zed", language };
        tell(&order, About::Event(&event), reader, &date).paragraphs.join("\n")
    };
    let buyer = says(Party::Buyer, Language::En);
    for part in [
        "It is your turn: accept or reject the delivery.",
        "This can be done until SOME DAY.",
        "If nobody acts by then, the money is released to Ada Stores.",
    ] {
        assert!(buyer.contains(part), "{part} is not in: {buyer}");
    }
    let seller = says(Party::Seller, Language::En);
    assert!(seller.contains("Now it is up to Bisi Alade: accept or reject the delivery."), "{seller}");
    assert!(seller.contains("If nobody acts by then, the money is released to you."), "{seller}");
    assert!(says(Party::Buyer, Language::Fr).contains("À vous : accepter ou refuser la livraison."));
    assert!(says(Party::Buyer, Language::Pt).contains("É a sua vez: aceitar ou rejeitar a entrega."));
    let reader = Reader { party: Party::Buyer, name: "Zed", language: Language::En };
    let reminded = tell(&order, About::Turn { delivery: 1 }, reader, &date);
    assert!(reminded.subject.starts_with("Reminder: accept or reject the delivery"), "{}", reminded.subject);
    assert!(reminded.paragraphs.join("\n").contains("until SOME DAY"));
}

#[test]
fn what_somebody_typed_is_never_read_as_a_name() {
    let mut order = samples::delivered(AT);
    order.parties.seller_name = "{buyer} {money}".to_owned();
    let (event, _) = samples::samples(AT).into_iter().find(|(event, _)| event.code() == "paid").expect("a sample");
    let reader = Reader { party: Party::Seller, name: "{reference}", language: Language::En };
    let said = tell(&order, About::Event(&event), reader, &date);
    assert!(said.paragraphs[0].contains("{reference}"));
    assert!(said.paragraphs.iter().any(|text| text.contains("from {buyer} {money}")), "{:?}", said.paragraphs);
}
