//! One test binary for the whole program: tests go through public doors and read like sentences.

mod tidy;
