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
mod live;
mod load;
mod links;
mod orders;
mod payments;
mod races;
mod storage_people;
mod tidy;
mod verify;
mod webhooks;
