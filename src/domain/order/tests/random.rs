//! Random sequences of actions by everybody, nonsense and leaps of time included, against the simpler model.

use std::collections::BTreeSet;

use crate::domain::order::action::{Action, Verb};
use crate::domain::order::tests::invariants::timeline_is_whole;
use crate::domain::order::tests::model::Model;
use crate::domain::order::tests::offers::offers_are_honest;
use crate::domain::order::tests::script::{Dice, agree, next, placed, when};
use crate::domain::order::tests::stage::{Play, START, actor};
use crate::domain::party::Party;
use crate::domain::time::Moment;

/// Plays one sequence; the answer is the verbs that were carried out.
fn play_one(seed: u64, told: &mut Vec<String>) -> Vec<(Verb, Party)> {
    let mut dice = Dice(seed);
    let mut play = Play::begin(placed(&mut dice));
    let mut model = Model::of(&play.order);
    let mut done = Vec::new();
    for _ in 0..8 + dice.below(40) {
        let at = when(&mut dice, &play);
        let (party, action) = next(&mut dice, &play, &model);
        told.push(format!("{at} {party:?} {action:?}"));
        let mut trial = model.clone();
        trial.wait_until(Moment(START.0 + at));
        let expected = trial.act(party, &action);
        let before = play.now;
        match (play.act(at, &actor(party), &action), expected) {
            (Ok(_), Some(())) => {
                let verb = action.verb();
                if matches!(verb, Verb::EditItems | Verb::EditTerms | Verb::AddMilestone) {
                    trial.reprice(&play.order);
                }
                if let Action::EditItems { items } = &action {
                    assert_eq!(&play.order.items, items, "what is sold");
                }
                model = trial;
                done.push((verb, party));
            }
            (Err(_), None) => play.now = before,
            (answer, expected) => panic!("the model says {expected:?}, decide says {answer:?}"),
        }
        agree(&play, &model);
        if play.order.is_over() && dice.once_in(5) {
            break;
        }
        if dice.once_in(12) {
            offers_are_honest(&play);
        }
    }
    timeline_is_whole(&play);
    done
}

#[test]
fn random_sequences_go_as_the_simpler_model_says() {
    let count = std::env::var("HOLDFAST_PROOF_SEQUENCES");
    let count = count.ok().and_then(|count| count.parse().ok()).unwrap_or(2_000);
    let mut verbs: BTreeSet<(Verb, Party)> = BTreeSet::new();
    for seed in 0..count {
        let mut told = Vec::new();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| play_one(seed, &mut told)));
        let Ok(done) = outcome else {
            panic!("sequence {seed} failed at its last line:\n{}", told.join("\n"));
        };
        verbs.extend(done);
    }
    let rows = crate::domain::order::rules::RULES.iter();
    for (verb, party) in rows.flat_map(|row| row.by.iter().map(|party| (row.verb, *party))) {
        let known = verbs.contains(&(verb, party)) || count < 2_000;
        assert!(known, "{verb:?} by {party:?} was never carried out in {count} sequences");
    }
}
