//! One test binary for the whole program: tests go through public doors and read like sentences.

mod accounts;
mod command;
mod deadlines;
mod docs;
mod doors;
mod helpers;
mod import;
mod messages;
mod messages_killed;
mod orders;
mod payments;
mod reminders;
mod storage_people;
mod texts;
mod tidy;
mod verify;
