//! Proofs of the order process: the matrix, stories, random sequences, and a search of the whole graph.

mod graph;
mod invariants;
mod limits;
mod matrix;
mod model;
mod model_acts;
mod offers;
mod previews;
mod random;
mod reminders;
mod script;
mod speech;
mod stage;
mod stories;
mod stories_money;
mod stories_projects;
mod told;
