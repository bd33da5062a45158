//! One test binary for the whole program: tests go through public doors and read like sentences.

mod accounts;
mod doors;
mod helpers;
mod orders;
mod storage_people;
mod tidy;
