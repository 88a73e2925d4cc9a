#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# On a machine with a GPU: runs the executor's tests on the best adapter, then measures running and proving on it, and writes what it
# measured. Not part of CI, whose machines have a software adapter only (and run the same tests on that).
#
#   scripts/gpu.sh [OUTPUT]        OUTPUT defaults to gpu.json
#   ASSAY_TEST_ADAPTER=name:RTX scripts/gpu.sh
#
# The adapter is given in the words of the worker's configuration; see docs/operations/gpu.md.

set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck source=scripts/env.sh
. "$root/scripts/env.sh"

output="${1:-gpu.json}"
export ASSAY_TEST_ADAPTER="${ASSAY_TEST_ADAPTER:-best}"

say() { printf 'gpu: %s\n' "$*" >&2; }
die() {
    printf 'gpu: error: %s\n' "$*" >&2
    exit 1
}

# Mesa's drivers want a private folder.
if [ -z "${XDG_RUNTIME_DIR:-}" ]; then
    export XDG_RUNTIME_DIR="$ASSAY_CACHE_DIR/runtime"
    mkdir -p "$XDG_RUNTIME_DIR"
    chmod 0700 "$XDG_RUNTIME_DIR"
fi

cd "$root"
say "running the executor's tests on '$ASSAY_TEST_ADAPTER'"
cargo nextest run --workspace --locked -E 'package(assay-worker) and test(/^executor::/)' >&2 ||
    die "the executor's tests failed on '$ASSAY_TEST_ADAPTER'; see the lines above"

assay="$CARGO_TARGET_DIR/debug/assay"
worker="$CARGO_TARGET_DIR/debug/assay-worker"
[ -x "$assay" ] && [ -x "$worker" ] || die "$assay or $worker is missing: run 'make build' first"
models="$root/examples/models"
compiled="$(mktemp -d)"
trap 'rm -rf "$compiled"' EXIT
for name in mnist-mlp mnist-lenet mnist-resnet-tiny; do
    "$assay" model compile "$models/$name/model.onnx" --samples "$models/mnist-calibration.npz" -o "$compiled/$name" >&2
done

say "measuring"
ASSAY_WORKER__DEVICE__ADAPTER="$ASSAY_TEST_ADAPTER" \
    "$worker" bench "$compiled"/* --batches 1,8,64 --json >"$output.new"
mv "$output.new" "$output"
say "written to $output"
