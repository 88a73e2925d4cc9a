// SPDX-License-Identifier: Apache-2.0
//! Progress bars on stderr, hidden where it isn't a terminal.

use std::{sync::Mutex, time::Duration};

use assay_compiler::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// One bar that shows the present stage.
pub(crate) struct Bars {
    bar: Mutex<ProgressBar>,
}

impl Bars {
    pub(crate) fn new() -> Self {
        Self {
            bar: Mutex::new(ProgressBar::hidden()),
        }
    }

    /// Replaces the text of the present stage.
    pub(crate) fn message(&self, text: String) {
        self.with(|bar| bar.set_message(text.clone()));
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        self.with(ProgressBar::finish_and_clear);
    }

    fn with(&self, act: impl Fn(&ProgressBar)) {
        // A thread that panicked while it drew left the bar as it is.
        act(&self
            .bar
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner));
    }
}

impl Progress for Bars {
    fn stage(&self, name: &'static str, steps: usize) {
        self.finish();
        // indicatif draws nothing where stderr isn't a terminal.
        let bar = if steps > 0 {
            let bar =
                ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{msg:<20} {wide_bar} {pos}/{len}");
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        } else {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.enable_steady_tick(Duration::from_millis(100));
            let style = ProgressStyle::with_template("{msg:<20} {spinner} {elapsed}");
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
        };
        bar.set_message(name);
        *self
            .bar
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = bar;
    }

    fn step(&self) {
        self.with(|bar| bar.inc(1));
    }
}
