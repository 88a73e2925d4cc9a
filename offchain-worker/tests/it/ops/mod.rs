// SPDX-License-Identifier: Apache-2.0
//! What operators meet: the command line, HTTP, the documentation.

mod binary;
mod documentation;
mod http;
mod process;
