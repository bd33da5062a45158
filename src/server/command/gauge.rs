//! How far something long is, on standard error: one line that changes at a terminal, a line now and then elsewhere.

use std::{
    io::{self, IsTerminal, Write},
    ops::ControlFlow,
    time::{Duration, Instant},
};

use crate::server::service::import::Progress;

/// How often the line changes.
const AT_A_TERMINAL: Duration = Duration::from_millis(200);
const ELSEWHERE: Duration = Duration::from_secs(5);

/// Tells how far something is, how fast it goes and how long it will take.
pub(super) struct Gauge {
    what: &'static str,
    started: Instant,
    shown: Instant,
    terminal: bool,
    whole: bool,
}

impl Gauge {
    pub(super) fn start(what: &'static str) -> Self {
        let now = Instant::now();
        Self { what, started: now, shown: now, terminal: io::stderr().is_terminal(), whole: false }
    }

    pub(super) fn show(&mut self, Progress { done, of }: Progress) -> ControlFlow<()> {
        let every = if self.terminal { AT_A_TERMINAL } else { ELSEWHERE };
        if self.whole || (self.shown.elapsed() < every && done < of) {
            return ControlFlow::Continue(());
        }
        self.whole = done >= of;
        self.shown = Instant::now();
        let millis = self.started.elapsed().as_millis().max(1);
        let rate = done as u128 * 1_000 / millis;
        let left =
            Duration::from_secs(u64::try_from(of.saturating_sub(done) as u128 / rate.max(1)).unwrap_or(u64::MAX));
        let line = format!("{done} of {of} {}, {rate}/s, {} left", self.what, words(left));
        let mut err = io::stderr().lock();
        // Where nobody can be told, the work goes on all the same.
        let _ = if self.terminal && done < of {
            write!(err, "\r\x1b[K{line}")
        } else {
            writeln!(err, "{}{line}", self.lead())
        };
        let _ = err.flush();
        ControlFlow::Continue(())
    }

    fn lead(&self) -> &'static str {
        if self.terminal { "\r\x1b[K" } else { "" }
    }

    pub(super) fn elapsed(&self) -> String {
        words(self.started.elapsed())
    }
}

fn words(span: Duration) -> String {
    match span.as_secs() {
        seconds @ 0..60 => format!("{seconds}.{} s", span.subsec_millis() / 100),
        seconds @ 60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}
