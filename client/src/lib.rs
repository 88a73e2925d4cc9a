//! The chain as clients see it.
