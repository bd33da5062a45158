//! One test binary for the whole program: tests go through public doors and read like sentences.

mod accounts;
mod command;
mod crash;
mod deadlines;
mod desk;
mod docs;
mod domain;
mod doors;
mod doors_matrix;
mod helpers;
mod import;
mod inbox;
mod links;
mod live;
mod load;
mod messages;
mod messages_killed;
mod orders;
mod payments;
mod races;
mod reminders;
mod storage_people;
mod texts;
mod tidy;
mod verify;
mod webhooks;
