//! The program. All that it does is in the library, where it is compiled once; here stands only what a program alone can choose.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    holdfast::server::command::main()
}
