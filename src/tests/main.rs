//! One test binary for the whole program: tests go through public doors and read like sentences.

mod accounts;
mod command;
mod deadlines;
mod docs;
mod doors;
mod helpers;
mod import;
mod links;
mod orders;
mod payments;
mod storage_people;
mod tidy;
mod verify;
