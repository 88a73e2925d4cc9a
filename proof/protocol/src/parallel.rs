// SPDX-License-Identifier: Apache-2.0
//! When the prover splits work over threads.

/// Field elements below which a loop of one or two multiplications each stays on one thread: about 15 us of work, a few
/// times what rayon spends to hand out a task.
pub(crate) const MIN_LEN: usize = 1 << 10;
