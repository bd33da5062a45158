//! How much is tried: less in the test command, more when `make proof` asks for it; and dice that fall alike each time.

use holdfast::{
    domain::error::Error as Shown,
    server::service::{
        orders::{self, Caller, Command, Performed},
        verify,
    },
};

use super::TestApp;

/// The variable that `make proof` sets.
const PROOF: &str = "HOLDFAST_PROOF";

/// How often something is tried: the first number in the test command, the second in `make proof`.
pub fn count(usually: usize, in_proof: usize) -> usize {
    if std::env::var_os(PROOF).is_some() { in_proof } else { usually }
}

/// Numbers that look random and are the same each time: one seed, one sequence (splitmix64).
#[derive(Debug, Clone)]
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % end as u64).expect("less than the end")
    }

    pub fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
}

impl TestApp {
    /// Carries out a command as every surface does, and answers as it would be shown.
    pub async fn perform(&self, caller: Caller, command: Command) -> Result<Performed, Shown> {
        orders::perform(&self.state.services, caller, command).await.map_err(Shown::from)
    }

    /// Asserts that `holdfast verify` finds nothing, and answers how many orders it looked at.
    #[track_caller]
    pub fn must_be_sound(&self) -> impl Future<Output = usize> {
        let db = self.state.services.db.clone();
        async move {
            let findings = verify::verify(&db, &mut |_, _| {}).await.expect("the database answers");
            assert!(findings.are_clean(), "what is stored is not as it must be:\n{findings}");
            findings.counted.get("orders").copied().unwrap_or_default()
        }
    }
}

/// Asserts that a refusal is one that a caller can act on, and no failure of ours.
#[track_caller]
pub fn is_no_failure(error: &Shown) {
    let status = error.kind.status();
    assert!(matches!(status, 403 | 404 | 409 | 422), "{status}: {error:?}");
}
