// SPDX-License-Identifier: Apache-2.0
//! Errors that an operator can meet: each has a stable code to search for, and says whether trying again can help.

pub mod codes;

use std::{error::Error as StdError, fmt};

/// A stable name of a kind of error, such as `A-CF-001`. [`codes`] lists all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// The name, without brackets.
    pub id: &'static str,
    /// What happened, for every error with this code.
    pub meaning: &'static str,
    /// What the operator does about it.
    pub remedy: &'static str,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.id)
    }
}

/// Whether trying again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It can: the supervisor restarts the service after a while.
    Recoverable,
    /// It can't: the worker parks its work and ends.
    Fatal,
}

/// An error with a code.
pub trait Coded: StdError + Send + Sync + 'static {
    /// Its code.
    fn code(&self) -> Code;

    /// Whether trying again can help.
    fn severity(&self) -> Severity {
        Severity::Recoverable
    }
}

/// What ends a service, or a command, before its time.
#[derive(Debug)]
pub struct ServiceError {
    code: Code,
    severity: Severity,
    source: Box<dyn StdError + Send + Sync>,
}

impl ServiceError {
    /// An error after which trying again can help. `what` is a message or another error.
    pub fn recoverable(code: Code, what: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            code,
            severity: Severity::Recoverable,
            source: what.into(),
        }
    }

    /// An error after which nothing can go on.
    pub fn fatal(code: Code, what: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            code,
            severity: Severity::Fatal,
            source: what.into(),
        }
    }

    /// Its code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Whether nothing can go on after it.
    pub fn is_fatal(&self) -> bool {
        self.severity == Severity::Fatal
    }

    /// What happened, without the code: the message of the error and of its causes that it doesn't repeat itself.
    pub fn message(&self) -> String {
        let mut message = self.source.to_string();
        let mut cause = self.source.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !message.contains(&text) {
                message.push_str(": ");
                message.push_str(&text);
            }
            cause = error.source();
        }
        message
    }
}

impl<E: Coded> From<E> for ServiceError {
    fn from(error: E) -> Self {
        Self {
            code: error.code(),
            severity: error.severity(),
            source: Box::new(error),
        }
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.message())
    }
}

// The message holds the causes already.
impl StdError for ServiceError {}

#[cfg(test)]
mod should {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the file could not be read")]
    struct Outer(#[source] std::io::Error);

    impl Coded for Outer {
        fn code(&self) -> Code {
            codes::CF_001
        }
        fn severity(&self) -> Severity {
            Severity::Fatal
        }
    }

    #[test]
    fn print_the_code_the_message_and_its_causes_once() {
        let error = ServiceError::from(Outer(std::io::Error::other("no such disk")));
        assert_eq!(
            error.to_string(),
            "[A-CF-001] the file could not be read: no such disk"
        );
        assert!(error.is_fatal());
        let error = ServiceError::recoverable(codes::CF_001, "as it is");
        assert_eq!(error.to_string(), "[A-CF-001] as it is");
        assert!(!error.is_fatal());
    }
}
