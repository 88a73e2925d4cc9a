// SPDX-License-Identifier: Apache-2.0
//! Lookups: every table and range check of a proof in one fractional sum (LogUp: Haboeck, ePrint 2022/1530; by GKR: Papini and
//! Haboeck, ePrint 2023/1284).
//!
//! **Statement.** Each of the looked-up rows `(tag, key, value, ...)` is a row of the table with that tag.
//!
//! **Protocol.** With the multiplicities `m_j` of all table rows committed, challenges `a, b` turn rows into field elements
//! `t = a - (tag + b key + b^2 value + ...)`. The fractions `1 / t` of the looked-up rows and `-m_j / t_j` of the table rows are the leaves of
//! [`fractional_sum`], which must add up to zero. The tree ends in claims on the numerators and denominators at one point, which
//! the verifier recombines of the columns' evaluations there; those of most tables have closed forms ([`tables`]).
//!
//! **Soundness error**, that of [`fractional_sum`] apart: at most `N (c + 1) / r` for `N` leaves and rows of `c + 1` columns, tag
//! included. If a looked-up row is in no table, then the sum is not zero as a rational function in `a, b`, for the
//! row's pole occurs with a numerator between 1 and `N < r`. Cleared of denominators it is a polynomial of total degree below
//! `N c` (a column's power of `b` is at most `c`), and a denominator that vanishes makes the root's vanish, which is
//! checked.

pub mod fractional_sum;
pub mod tables;
