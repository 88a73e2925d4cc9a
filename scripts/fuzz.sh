#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs each fuzz target of proof/fuzz, or those that are named, for a while (FUZZ_SECONDS, default 60). Needs a nightly compiler
# and cargo-fuzz, which it does not install.

set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck source=scripts/env.sh
. "$root/scripts/env.sh"

die() {
    printf 'fuzz: error: %s\n' "$*" >&2
    exit 1
}
command -v cargo-fuzz >/dev/null || die "cargo-fuzz is missing: run 'cargo install cargo-fuzz --locked'"
[ -n "$(assay_toolchain_dir nightly)" ] || die "no nightly compiler: run 'rustup toolchain install nightly'"

# The compiler, sanitizers and flags are others than the node's.
export CARGO_TARGET_DIR="$ASSAY_CACHE_DIR/fuzz-target" RUSTUP_TOOLCHAIN=nightly
cd "$root"
[ "$#" -gt 0 ] || set -- circuit_decode parameters_decode key_decode proof_verify
for target in "$@"; do
    printf 'fuzz: %s\n' "$target" >&2
    cargo fuzz run --fuzz-dir proof/fuzz "$target" -- \
        -max_total_time="${FUZZ_SECONDS:-60}" -rss_limit_mb=1024 -max_len=1024 -len_control=0
done
