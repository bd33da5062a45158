//! Passwords: which are good enough, and how they are hashed without holding up anything else.

use std::{fmt, sync::Arc, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

use crate::{domain::text::BadText, server::error::Error};

/// The fewest characters of a password.
const LEAST_CHARACTERS: usize = 12;
/// The most characters of a password.
const MOST_CHARACTERS: usize = 128;
/// How long a password waits for its turn before the caller is told that the server is busy.
const PATIENCE: Duration = Duration::from_secs(3);

/// How hard a hash is to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// 19 MiB and two passes: what OWASP asks for.
    Full,
    /// Next to nothing: for tests, and for demo mode, whose passwords are known anyway.
    Cheap,
}

/// A password in memory: it is neither shown nor logged.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// What somebody typed to prove who they are; it is only compared.
    pub fn typed(text: String) -> Self {
        Self(text)
    }

    /// A new password, which must be good enough: long, not a common one, and not the person's own name or address.
    pub fn choose(text: String, about_the_person: &[&str]) -> Result<Self, BadText> {
        let length = text.chars().count();
        if length < LEAST_CHARACTERS {
            return Err(BadText(format!(
                "At least {LEAST_CHARACTERS} characters, please. A few words in a row are easy to remember."
            )));
        }
        if length > MOST_CHARACTERS {
            return Err(BadText(format!("At most {MOST_CHARACTERS} characters, please.")));
        }
        if is_common(&text) || about_the_person.iter().any(|known| is_about(&text, known)) {
            return Err(BadText("This one is easily guessed. A few unrelated words in a row are better.".to_owned()));
        }
        Ok(Self(text))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Words that people begin with when they are asked for a password, and keys that lie side by side.
const COMMON: &str = include_str!("common_passwords.txt");

/// Whether nothing is left of it once common words, runs, repetitions and the usual decoration are taken out.
fn is_common(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut distinct: Vec<char> = lower.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < 5 || is_run(&lower) {
        return true;
    }
    let typed: Vec<char> = lower.chars().collect();
    if !typed.iter().any(|c| c.is_alphabetic()) {
        return typed.len() < 16;
    }
    let plain: Vec<char> = typed.iter().copied().map(plain_letter).collect();
    let mut guessed = vec![false; typed.len()];
    for word in COMMON.lines().filter(|word| !word.is_empty() && !word.starts_with('#')) {
        let word: Vec<char> = word.chars().collect();
        for start in (0..plain.len().saturating_sub(word.len() - 1)).filter(|&at| plain[at..].starts_with(&word)) {
            guessed[start..start + word.len()].fill(true);
        }
    }
    // What remains must still be something that nobody has on a list.
    typed.iter().zip(guessed).filter(|(c, guessed)| c.is_alphabetic() && !guessed).count() < 4
}

/// Whether each character follows the one before, or comes again after it, all the way: `abcdefghijkl`, `9876543210987`.
fn is_run(text: &str) -> bool {
    let codes: Vec<i64> = text.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps = codes.windows(2).filter(|pair| (pair[1] - pair[0]).abs() <= 1).count();
    steps * 10 >= (codes.len() - 1) * 8
}

/// The letter that a digit or sign stands for in `p4$$w0rd`.
const fn plain_letter(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// Whether a password is made of little more than the person's name or address.
fn is_about(text: &str, known: &str) -> bool {
    let letters = |text: &str| text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let (text, known) = (letters(text), letters(known));
    known.chars().count() >= 4 && text.contains(&known) && text.chars().count() < known.chars().count() + 8
}

/// Hashes and checks passwords on threads of their own, a few at a time.
#[derive(Clone, Debug)]
pub struct Passwords {
    cost: Cost,
    permits: Arc<Semaphore>,
    /// Checked when there is no account, so that it takes as long as when there is one.
    nobody: Arc<str>,
}

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// It is the password.
    Right,
    /// It is, but its hash is weaker than those made now.
    RightButWeak,
    /// It is not.
    Wrong,
}

impl Passwords {
    /// A hasher of this cost that uses at most as many threads as the machine has.
    pub fn new(cost: Cost) -> Result<Self, Error> {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let nobody = hash_now(cost, &Password::typed("nobody has this one".to_owned()))?;
        Ok(Self { cost, permits: Arc::new(Semaphore::new(threads)), nobody: nobody.into() })
    }

    /// The hash to be stored.
    pub async fn hash(&self, password: Password) -> Result<String, Error> {
        let cost = self.cost;
        self.run(move || hash_now(cost, &password)).await
    }

    /// Whether this is the password of that hash; without a hash it takes the same time to say no.
    pub async fn check(&self, password: Password, hash: Option<&str>) -> Result<Check, Error> {
        let cost = self.cost;
        let known = hash.filter(|hash| !hash.is_empty());
        let there = known.is_some();
        let hash = known.unwrap_or(&self.nobody).to_owned();
        self.run(move || {
            let parsed = PasswordHash::new(&hash).map_err(argon2::password_hash::Error::from)?;
            // More than any password: an endless one is not worth hashing.
            let fits = password.0.len() <= 4 * MOST_CHARACTERS;
            let right = fits && argon2(cost).verify_password(password.0.as_bytes(), &parsed).is_ok();
            let strong = Params::try_from(&parsed).is_ok_and(|used| same_cost(&used, &params(cost)));
            Ok(match (right && there, strong) {
                (true, true) => Check::Right,
                (true, false) => Check::RightButWeak,
                (false, _) => Check::Wrong,
            })
        })
        .await
    }

    /// Runs work on a thread that may block; the thread owns the permit, also when the caller has gone away.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = tokio::time::timeout(PATIENCE, Arc::clone(&self.permits).acquire_owned())
            .await
            .map_err(|_| Error::Busy)?
            .expect("the semaphore is never closed");
        tokio::task::spawn_blocking(move || {
            let outcome = work();
            drop(permit);
            outcome
        })
        .await?
    }
}

fn hash_now(cost: Cost, password: &Password) -> Result<String, Error> {
    let hash: PasswordHash = argon2(cost).hash_password(password.0.as_bytes())?;
    Ok(hash.to_string())
}

fn argon2(cost: Cost) -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params(cost))
}

fn params(cost: Cost) -> Params {
    let (memory_kib, passes) = match cost {
        Cost::Full => (19 * 1_024, 2),
        Cost::Cheap => (8, 1),
    };
    Params::new(memory_kib, passes, 1, None).expect("the parameters lie within argon2's bounds")
}

fn same_cost(one: &Params, other: &Params) -> bool {
    (one.m_cost(), one.t_cost(), one.p_cost()) == (other.m_cost(), other.t_cost(), other.p_cost())
}

#[cfg(test)]
mod tests {
    use super::{Check, Cost, Password, Passwords};

    #[test]
    fn common_short_and_personal_passwords_are_refused() {
        let good = |text: &str| Password::choose(text.to_owned(), &["Ada Obi", "ada.obi@example.com"]).is_ok();
        for bad in [
            "short",
            "password1234",
            "P4$$w0rd!2026",
            "aaaaaaaaaaaaaaa",
            "abcdefghijklmn",
            "123456789012",
            "qwertyuiop12",
            "letmeinletmein",
            "Welcome2026!!",
            "abcabcabcabc",
            "Ada Obi 1990!",
            "passwordpassword",
            "010203040506",
        ] {
            assert!(!good(bad), "{bad} should be refused");
        }
        for fine in ["correct horse battery", "tin kettle 7 rivers", "Zx9-kQ2m!vP4t", "garden of seven lamps"] {
            assert!(good(fine), "{fine} should do");
        }
        assert!(!good(&"x7Qp".repeat(33)), "more than 128 characters");
    }

    #[tokio::test]
    async fn a_hash_is_checked_and_a_weak_one_is_noticed() {
        let cheap = Passwords::new(Cost::Cheap).expect("the parameters are good");
        let right = || Password::typed("tin kettle 7 rivers".to_owned());
        let hash = cheap.hash(right()).await.expect("hashing works");
        assert_eq!(cheap.check(right(), Some(&hash)).await.ok(), Some(Check::Right));
        assert_eq!(cheap.check(Password::typed("another one".to_owned()), Some(&hash)).await.ok(), Some(Check::Wrong));
        assert_eq!(cheap.check(right(), None).await.ok(), Some(Check::Wrong));
        assert_eq!(cheap.check(right(), Some("")).await.ok(), Some(Check::Wrong));
        let full = Passwords::new(Cost::Full).expect("the parameters are good");
        assert_eq!(full.check(right(), Some(&hash)).await.ok(), Some(Check::RightButWeak));
    }
}
