// SPDX-License-Identifier: Apache-2.0

//! Builds the WebAssembly blob of the runtime whenever the native crate is built with `std`.

/// Plain build: what tests, development chains and CI use.
#[cfg(all(feature = "std", not(feature = "metadata-hash")))]
fn main() {
    substrate_wasm_builder::WasmBuilder::build_using_defaults();
}

/// Release build: the hash of the metadata is computed from a first build of the blob and baked
/// into a second one, so that offline signers can check what they sign (RFC-78). It doubles the
/// build time, which is why it is a feature.
#[cfg(all(feature = "std", feature = "metadata-hash"))]
fn main() {
    substrate_wasm_builder::WasmBuilder::init_with_defaults()
        .enable_metadata_hash("ASY", 12)
        .build();
}

/// The blob itself is built without `std`: nothing to do.
#[cfg(not(feature = "std"))]
fn main() {}
