// SPDX-License-Identifier: Apache-2.0
//! How the parts of the worker are: what `/health` answers.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use crate::error::Code;

/// The longest reason that is kept, in bytes: reasons quote what others sent.
const MAX_REASON: usize = 500;

/// How one part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Not ready yet.
    Starting,
    /// As it should be.
    Ok,
    /// Something is wrong.
    Degraded,
}

/// One part in a [`Report`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Component {
    /// How it is.
    pub state: State,
    /// The error code, when it is degraded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// What is wrong, when it is degraded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What `/health` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether every part is ok.
    pub healthy: bool,
    /// The parts by name.
    pub components: BTreeMap<&'static str, Component>,
}

/// The state of all parts. Clones share it.
#[derive(Clone, Default)]
pub struct Health(Arc<Mutex<BTreeMap<&'static str, Component>>>);

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Health").field(&self.report()).finish()
    }
}

impl Health {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A reporter for the part `name`, which counts as starting if nothing is known of it.
    pub fn reporter(&self, name: &'static str) -> Reporter {
        self.lock().entry(name).or_insert(Component {
            state: State::Starting,
            code: None,
            reason: None,
        });
        Reporter {
            health: self.clone(),
            name,
        }
    }

    /// How everything is now.
    pub fn report(&self) -> Report {
        let components = self.lock().clone();
        Report {
            healthy: components.values().all(|part| part.state == State::Ok),
            components,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, Component>> {
        // A panic while it was held left it whole: only single inserts happen.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says how one part is.
#[derive(Clone, Debug)]
pub struct Reporter {
    health: Health,
    name: &'static str,
}

impl Reporter {
    /// As it should be.
    pub fn ok(&self) {
        self.set(State::Ok, None);
    }

    /// Not ready yet.
    pub fn starting(&self) {
        self.set(State::Starting, None);
    }

    /// Something is wrong.
    pub fn degraded(&self, code: Code, reason: impl fmt::Display) {
        let mut reason = reason.to_string();
        if reason.len() > MAX_REASON {
            let end = (0..=MAX_REASON)
                .rev()
                .find(|&at| reason.is_char_boundary(at));
            reason.truncate(end.unwrap_or(0));
            reason.push_str("...");
        }
        self.set(State::Degraded, Some((code.id, reason)));
    }

    fn set(&self, state: State, problem: Option<(&'static str, String)>) {
        let (code, reason) = problem.unzip();
        let component = Component {
            state,
            code,
            reason,
        };
        self.health.lock().insert(self.name, component);
    }
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::error::codes;

    #[test]
    fn be_healthy_when_every_part_is() {
        let health = Health::default();
        let (a, b) = (health.reporter("a"), health.reporter("b"));
        assert!(!health.report().healthy);
        a.ok();
        b.ok();
        assert!(health.report().healthy);
        b.degraded(codes::CF_001, "no disk");
        let report = health.report();
        assert!(!report.healthy);
        assert_eq!(report.components["b"].reason.as_deref(), Some("no disk"));
        // Who asks again for a reporter changes nothing.
        health.reporter("b");
        assert_eq!(health.report(), report);
        b.ok();
        assert!(health.report().healthy);
    }

    #[test]
    fn bound_reasons() {
        let health = Health::default();
        health
            .reporter("a")
            .degraded(codes::CF_001, "ä".repeat(10_000));
        let report = health.report();
        assert!(report.components["a"].reason.as_ref().unwrap().len() <= MAX_REASON + 3);
    }
}
