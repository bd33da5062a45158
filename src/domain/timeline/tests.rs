//! The chain: each link covers everything before it, so that nothing can be changed, moved or left out unseen.

use uuid::Uuid;

use super::{ActorStamp, GENESIS, Hash, Stored};
use crate::domain::id::{FileId, OrderId};
use crate::domain::order::action::Audience;
use crate::domain::order::event::Event;
use crate::domain::party::Actor;
use crate::domain::time::Moment;

const ORDER: OrderId = OrderId(Uuid::from_u128(5));

fn noted(text: &str) -> Stored {
    let event = Event::Noted { text: text.to_owned(), audience: Audience::Everyone };
    Stored::of(&ActorStamp::from(&Actor::clock()), &event)
}

fn link(before: &Hash, stored: &Stored, seq: u32, at: i64) -> Hash {
    stored.chain(before, ORDER, seq, Moment(at))
}

#[test]
fn the_same_entry_has_the_same_hash_for_ever() {
    let hash = link(&GENESIS, &noted("hello"), 1, 1_700_000_000_000_000);
    let half = |at| hash.get(at..at + 16).and_then(|half| half.try_into().ok()).map(u128::from_be_bytes);
    let known = [0x9b47_2ad6_599c_7b20_bee4_c1c3_4e91_78fa, 0xd3c2_18e9_9114_c8f5_952a_56ea_c683_596f];
    assert_eq!([half(0), half(16)], known.map(Some), "stored chains would no longer verify");
}

#[test]
fn each_part_of_an_entry_changes_its_hash() {
    let plain = link(&GENESIS, &noted("hello"), 1, 10);
    let other_actor = Stored::of(&ActorStamp::from(&Actor::gateway("x")), &Event::Expired { delivery: 1 });
    let same_event = Stored::of(&ActorStamp::from(&Actor::clock()), &Event::Expired { delivery: 1 });
    let moved = |actor: &str, body: &str| Stored { actor: actor.to_owned(), body: body.to_owned() };
    let hashes = [
        plain,
        link(&[1; 32], &noted("hello"), 1, 10),
        link(&GENESIS, &noted("hallo"), 1, 10),
        link(&GENESIS, &noted("hello"), 2, 10),
        link(&GENESIS, &noted("hello"), 1, 11),
        noted("hello").chain(&GENESIS, OrderId(Uuid::from_u128(6)), 1, Moment(10)),
        link(&GENESIS, &other_actor, 1, 10),
        link(&GENESIS, &same_event, 1, 10),
        link(&GENESIS, &moved("ab", "c"), 1, 10),
        link(&GENESIS, &moved("a", "bc"), 1, 10),
    ];
    for (at, hash) in hashes.iter().enumerate() {
        assert!(!hashes[..at].contains(hash), "{at} looks like another");
    }
    assert_eq!(plain, link(&GENESIS, &noted("hello"), 1, 10));
}

#[test]
fn events_without_photos_are_written_as_they_always_were_and_those_with_some_are_read_back() {
    let written = [
        r#"{"type":"handed_over","delivery":1}"#,
        r#"{"type":"delivered","delivery":1,"proof":{"text":null,"point_of_sale":null,"recipient":null}}"#,
        r#"{"type":"rejected","delivery":1,"code":"damaged","text":"Broken","remedy":"refund"}"#,
        r#"{"type":"contested","delivery":1,"statement":"It was whole"}"#,
    ];
    for text in written {
        let event: Event = serde_json::from_str(text).expect("an event from before");
        assert_eq!(serde_json::to_string(&event).expect("plain data"), text, "its hash would change");
        assert!(event.photos().is_empty());
    }
    let photos = vec![FileId(Uuid::from_u128(1)), FileId(Uuid::from_u128(2))];
    let missed = Event::Missed { delivery: 1, text: None, photos: photos.clone() };
    let text = serde_json::to_string(&missed).expect("plain data");
    assert_eq!(serde_json::from_str::<Event>(&text).expect("as it was written"), missed);
    assert_eq!(missed.photos(), photos);
}
