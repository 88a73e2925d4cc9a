// SPDX-License-Identifier: Apache-2.0
//! What operators meet: the command line, HTTP, the documentation; [`live`] on a real development node.

mod binary;
mod documentation;
mod http;
mod live;
mod process;
