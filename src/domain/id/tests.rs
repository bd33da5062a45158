//! References survive being read over the phone, and ids of one kind are never taken for another.

use uuid::Uuid;

use super::{ALPHABET, OrderId, Reference, SellerId};

fn some_references() -> impl Iterator<Item = Reference> {
    let bits = [0, 1, 31, 32, u64::MAX, 0x1234_5678_9abc, (1 << 45) - 1, 0x1f1];
    bits.into_iter().chain((0..500).map(|n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15))).map(Reference::from_bits)
}

#[test]
fn references_are_read_however_they_are_typed() {
    for reference in some_references() {
        let text = reference.as_str();
        assert_eq!(text.len(), 14, "{text}");
        let bare: String = text.replace('-', "");
        let spoken = text.replace('0', "o").replace('1', "l").to_lowercase();
        let spaced: String = bare.chars().flat_map(|c| [c, ' ']).collect();
        for typed in [text, &bare, &bare[2..], &text[3..], &text.to_lowercase(), &spoken, &spaced] {
            assert_eq!(typed.parse().as_ref(), Ok(&reference), "{typed}");
        }
        let stored = serde_json::to_string(&reference).expect("plain data");
        assert_eq!(serde_json::from_str(&stored).ok(), Some(reference));
    }
}

#[test]
fn each_single_wrong_symbol_is_found() {
    for reference in some_references().take(60) {
        let bare = reference.as_str().replace('-', "").into_bytes();
        for place in 2..bare.len() {
            for symbol in ALPHABET.iter().filter(|symbol| **symbol != bare[place]) {
                let mut wrong = bare.clone();
                wrong[place] = *symbol;
                let wrong = String::from_utf8(wrong).expect("letters and digits");
                assert!(wrong.parse::<Reference>().is_err(), "{wrong} for {reference}");
            }
        }
    }
}

#[test]
fn nearly_all_swapped_neighbours_are_found() {
    let (mut swaps, mut missed) = (0, 0);
    for reference in some_references() {
        let bare = reference.as_str().replace('-', "").into_bytes();
        for place in 3..bare.len() {
            let mut wrong = bare.clone();
            wrong.swap(place - 1, place);
            if wrong != bare {
                swaps += 1;
                let wrong = String::from_utf8(wrong).expect("letters and digits");
                missed += u32::from(wrong.parse::<Reference>().is_ok());
            }
        }
    }
    assert!(missed * 100 < swaps, "{missed} of {swaps} swaps were missed");
}

#[test]
fn what_is_no_reference_is_refused() {
    for text in [
        "",
        "HF",
        "HF-",
        "HF-00000-0000",
        "HF-00000-000000",
        "HF-0000U-00000",
        "HF-é0000-00000",
        "ＨＦ-00000-00000",
        "HF-00000-00000'",
        "0",
    ] {
        assert!(text.parse::<Reference>().is_err(), "{text}");
    }
    assert!(serde_json::from_str::<Reference>(r#""HF-00000-00001""#).is_err());
    assert_eq!(Reference::from_bits(0), Reference::from_bits(1 << 45), "the lowest 45 bits count");
}

#[test]
fn ids_say_what_they_are_of() {
    let order = OrderId(Uuid::from_u128(7));
    let text = order.to_string();
    assert_eq!(text, "ord_00000000000000000000000000000007");
    assert_eq!(text.parse(), Ok(order));
    assert!(text.parse::<SellerId>().is_err(), "an order's id is no seller's");
    for nonsense in
        ["", "ord_", "ord", "ord_é", "sel_00000000000000000000000000000007", "00000000000000000000000000000007"]
    {
        assert!(nonsense.parse::<OrderId>().is_err(), "{nonsense}");
    }
}

#[test]
fn the_number_of_a_reference_leads_back_to_it() {
    for bits in [0, 1, 31, 32, 0x1555_5555_5555, (1 << 45) - 1, u64::MAX] {
        let reference = Reference::from_bits(bits);
        assert_eq!(reference.number(), bits & ((1 << 45) - 1));
        assert_eq!(Reference::from_bits(reference.number()), reference);
    }
}
