// SPDX-License-Identifier: Apache-2.0
//! Lookups: every table and range check of a proof in one fractional sum (LogUp, ePrint 2022/1530; by GKR, ePrint 2023/1284).
