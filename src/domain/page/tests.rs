//! Cursors in addresses: what was written is read again, and what somebody made up is not.

use uuid::Uuid;

use super::Cursor;

#[test]
fn cursors_survive_an_address() {
    for key in [0, 1, -1, i64::MAX, i64::MIN] {
        let cursor = Cursor { key, id: Uuid::from_u128(77) };
        assert_eq!(cursor.write().len(), 48);
        assert_eq!(Cursor::read(&cursor.write()), Some(cursor));
    }
}

#[test]
fn made_up_cursors_are_refused() {
    let good = Cursor { key: 5, id: Uuid::from_u128(77) }.write();
    let emoji = format!("{}{}", "é".repeat(8), &good[16..]);
    let signed = format!("+{}", &good[1..]);
    for text in ["", "x", &good[1..], &good.replace('0', "g"), &emoji, &signed, &format!("{good}0")] {
        assert_eq!(Cursor::read(text), None, "{text}");
    }
}
