// SPDX-License-Identifier: Apache-2.0
//! What happened, and how many seconds after the start.

use std::time::Instant;

/// A clock that prints.
pub(crate) struct Timeline {
    start: Instant,
}

impl Timeline {
    /// Begins now.
    pub(crate) fn start() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    /// Prints that something has happened.
    pub(crate) fn mark(&mut self, what: &str) {
        println!("{:8.1} s  {what}", self.start.elapsed().as_secs_f64());
    }
}
