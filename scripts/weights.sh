#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Measures the weights of this repository's pallets: compiles the runtime with its benchmarks, runs them in the blob under the
# executor that nodes use, and writes runtime/src/weights/PALLET.rs through scripts/weights.hbs.
#
#   scripts/weights.sh [PALLET...]     default: all of ours
#
# Needs a built node (the Makefile sees to it). Run it on the reference machine with nothing else running:
#   WEIGHTS_STEPS, WEIGHTS_REPEAT      how often each benchmark runs (50, 20)
#   WEIGHTS_BLOB                       a blob with benchmarks, to run these instead of compiling
#   WEIGHTS_BENCHER                    a bencher, likewise
#   WEIGHTS_OUTPUT                     where the files go (runtime/src/weights)

set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck source=scripts/env.sh
. "$root/scripts/env.sh"

work="$ASSAY_CACHE_DIR/weights"
output="${WEIGHTS_OUTPUT:-$root/runtime/src/weights}"
say() { printf 'weights: %s\n' "$*" >&2; }

# The blob, compiled as substrate-wasm-builder does: a crate around the runtime, that crate's `release` profile, the same flags. Not by
# the runtime's own build script, which takes the features of the native build: that would compile the whole tree a second time.
compile_blob() {
    say "compiling the runtime with its benchmarks for $ASSAY_WASM_TARGET"
    mkdir -p "$work/blob/src"
    printf '#![no_std]\n#![allow(unused_imports)]\npub use wasm_project::*;\n' >"$work/blob/src/lib.rs"
    cp "$root/Cargo.lock" "$work/blob/Cargo.lock"
    cat >"$work/blob/Cargo.toml" <<EOF
[package]
name = "assay-runtime-blob"
version = "1.0.0"
edition = "2021"

[lib]
name = "assay_runtime"
crate-type = ["cdylib"]

[dependencies.wasm-project]
package = "assay-runtime"
path = "$root/runtime"
default-features = false
features = ["runtime-benchmarks"]

[profile.release]
panic = "abort"
lto = "thin"

[workspace]
resolver = "2"
EOF
    local run=(cargo)
    if [ -n "${WASM_BUILD_TOOLCHAIN:-}" ]; then
        run=(rustup run "$WASM_BUILD_TOOLCHAIN" cargo)
    fi
    (
        cd "$work/blob"
        env -u CARGO_ENCODED_RUSTFLAGS RUSTFLAGS="-C link-arg=--export-table --cfg substrate_runtime" SKIP_WASM_BUILD=1 \
            CARGO_TARGET_DIR="${WEIGHTS_TARGET_DIR:-$work/target}" "${run[@]}" build --release --target "$ASSAY_WASM_TARGET"
    )
    blob="${WEIGHTS_TARGET_DIR:-$work/target}/$ASSAY_WASM_TARGET/release/assay_runtime.wasm"
}

blob="${WEIGHTS_BLOB:-}"
[ -n "$blob" ] || compile_blob

bencher="${WEIGHTS_BENCHER:-}"
if [ -z "$bencher" ]; then
    # With all that `make build` compiles, so that the features of the node's tree are the same and nothing of it is compiled again.
    say "compiling the bencher"
    (cd "$root" && cargo build --workspace --bins --tests --locked --features assay-bencher/bencher)
    bencher="$CARGO_TARGET_DIR/debug/assay-bencher"
fi

[ "$#" -gt 0 ] || set -- pallet_verification pallet_model_registry pallet_concentration pallet_inference_market chain_parameters
mkdir -p "$output"
for pallet in "$@"; do
    say "measuring $pallet"
    "$bencher" \
        --runtime "$blob" --genesis-builder runtime --genesis-builder-preset development \
        --pallet "$pallet" --extrinsic '*' --steps "${WEIGHTS_STEPS:-50}" --repeat "${WEIGHTS_REPEAT:-20}" \
        --min-duration "${WEIGHTS_MIN_DURATION:-10}" --default-pov-mode measured --wasm-execution compiled --output-analysis max \
        --template "$root/scripts/weights.hbs" --output "$output/$pallet.rs"
done
say "written to $output; the verification is charged by pallets/verification/src/proof.rs, whose tests compare it with what was measured"
