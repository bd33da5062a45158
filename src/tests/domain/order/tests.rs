//! The stage, the script and the simpler model of the random sequences, taken from beside the rules.

#[path = "../../../domain/order/tests/invariants.rs"]
mod invariants;
#[path = "../../../domain/order/tests/model.rs"]
mod model;
#[path = "../../../domain/order/tests/model_acts.rs"]
mod model_acts;
#[path = "../../../domain/order/tests/script.rs"]
mod script;
#[expect(dead_code, reason = "stories beside the rules say more than is said here")]
#[path = "../../../domain/order/tests/speech.rs"]
mod speech;
#[expect(dead_code, reason = "stories beside the rules have more on their stage")]
#[path = "../../../domain/order/tests/stage.rs"]
mod stage;
mod stores;
