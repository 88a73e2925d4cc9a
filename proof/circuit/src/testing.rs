// SPDX-License-Identifier: Apache-2.0
//! Strategies for random valid circuits.
