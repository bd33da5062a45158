//! How often a key may call: a bucket for each, kept in this process, and the headers that say what is left.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::domain::{id::KeyId, time::Moment};

/// In how long a bucket is filled again, in seconds.
const WINDOW_SECS: i64 = 60;
/// How many buckets are kept before full ones are thrown away.
const MOST_BUCKETS: usize = 10_000;

/// What the API keeps in this process; clones share it.
#[derive(Clone, Debug)]
pub struct Limits {
    per_minute: u32,
    buckets: Arc<Mutex<HashMap<KeyId, Bucket>>>,
    under_way: Arc<Mutex<HashSet<(KeyId, String)>>>,
}

/// Microseconds of credit: one call costs as many as its share of the window.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    credit: i64,
    at: Moment,
}

/// What is left after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// How many calls a minute there are.
    pub of: u32,
    /// How many are left now.
    pub calls: i64,
    /// In how many seconds the next one is there, when none is left.
    pub wait_secs: i64,
}

impl Limits {
    /// So many calls a minute for each key; 0 for as many as anybody likes.
    pub fn new(per_minute: u32) -> Self {
        Self { per_minute, buckets: Arc::default(), under_way: Arc::default() }
    }

    /// Counts a call. `None` when nothing is counted; an error when the bucket is empty.
    pub fn count(&self, key: KeyId, now: Moment) -> Result<Option<Left>, Left> {
        if self.per_minute == 0 {
            return Ok(None);
        }
        let whole = WINDOW_SECS * 1_000_000;
        let cost = (whole / i64::from(self.per_minute)).max(1);
        let mut buckets = self.buckets.lock().expect("nobody panics while counting");
        if buckets.len() > MOST_BUCKETS {
            buckets.retain(|_, bucket| bucket.credit.saturating_add(now.micros_since(bucket.at)) < whole);
        }
        let bucket = buckets.entry(key).or_insert(Bucket { credit: whole, at: now });
        bucket.credit = bucket.credit.saturating_add(now.micros_since(bucket.at).max(0)).min(whole);
        bucket.at = now;
        let left = |credit: i64| Left {
            of: self.per_minute,
            calls: credit / cost,
            wait_secs: ((cost - credit).max(0) + 999_999) / 1_000_000,
        };
        if bucket.credit < cost {
            return Err(left(bucket.credit));
        }
        bucket.credit -= cost;
        Ok(Some(left(bucket.credit)))
    }

    /// Takes a caller's own key for the time of one call; nothing when another call with it is under way.
    pub fn begin(&self, key: KeyId, own: &str) -> Option<UnderWay> {
        let name = (key, own.to_owned());
        let mut under_way = self.under_way.lock().expect("nobody panics while marking");
        under_way.insert(name.clone()).then(|| UnderWay { all: self.under_way.clone(), name })
    }
}

/// A call that is under way; when it is dropped, it is over.
#[derive(Debug)]
pub struct UnderWay {
    all: Arc<Mutex<HashSet<(KeyId, String)>>>,
    name: (KeyId, String),
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Ok(mut all) = self.all.lock() {
            all.remove(&self.name);
        }
    }
}

impl Left {
    /// Says so in the headers of the answer.
    pub fn tell(&self, headers: &mut HeaderMap) {
        let texts = [
            ("ratelimit-policy", format!("\"key\";q={};w={WINDOW_SECS}", self.of)),
            ("ratelimit", format!("\"key\";r={};t={}", self.calls, self.wait_secs)),
        ];
        for (name, text) in texts {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Limits;
    use crate::domain::{
        id::KeyId,
        time::{Moment, Span},
    };

    #[test]
    fn a_bucket_empties_and_fills_again_and_each_key_has_its_own() {
        let (one, other) = (KeyId(uuid::Uuid::from_u128(1)), KeyId(uuid::Uuid::from_u128(2)));
        let limits = Limits::new(60);
        let begun = Moment(1_795_424_400_000_000);
        for left in (0..60).rev() {
            let counted = limits.count(one, begun).expect("there is some left").expect("it is counted");
            assert_eq!((counted.of, counted.calls), (60, left));
        }
        let empty = limits.count(one, begun).expect_err("nothing is left");
        assert_eq!((empty.calls, empty.wait_secs), (0, 1));
        assert!(limits.count(other, begun).is_ok());
        assert!(limits.count(one, begun.plus(Span(1))).is_ok());
        assert!(limits.count(one, begun.plus(Span(1))).is_err());
        assert_eq!(Limits::new(0).count(one, begun), Ok(None));
    }

    #[test]
    fn a_callers_own_key_is_for_one_call_at_a_time() {
        let limits = Limits::new(0);
        let key = KeyId(uuid::Uuid::from_u128(1));
        let first = limits.begin(key, "a");
        assert!(first.is_some() && limits.begin(key, "a").is_none() && limits.begin(key, "b").is_some());
        drop(first);
        assert!(limits.begin(key, "a").is_some());
    }
}
