#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Measures the proof system: for each workload one line of JSON on standard output (proof/bench says what the fields are).
# Needs a built `assay` (the Makefile sees to it) and Python with venv for the two benchmark models with random weights.
#
#   scripts/bench.sh [WORKLOAD...]     default: all
#
#   ASSAY_FIXTURES=FOLDER     write the proofs there as well (`make fixtures`)

set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck source=scripts/env.sh
. "$root/scripts/env.sh"

bench_dir="$ASSAY_CACHE_DIR/bench"
assay="$CARGO_TARGET_DIR/debug/assay"
# The bench is a workspace of its own, in release: keep its artefacts apart from the node's.
bench_target="$ASSAY_CACHE_DIR/bench-target"

say() { printf 'bench: %s\n' "$*" >&2; }
die() {
    printf 'bench: error: %s\n' "$*" >&2
    exit 1
}
[ -x "$assay" ] || die "$assay is missing: run 'make build' first"
mkdir -p "$bench_dir"

say "compiling the verifier for $ASSAY_WASM_TARGET"
(
    cd "$root/proof/bench"
    if [ -n "${WASM_BUILD_TOOLCHAIN:-}" ]; then
        run=(rustup run "$WASM_BUILD_TOOLCHAIN" cargo)
    else
        run=(cargo)
    fi
    env -u RUSTFLAGS CARGO_TARGET_DIR="$bench_target/wasm" "${run[@]}" build --quiet --locked -p assay-bench-guest \
        --profile guest --target "$ASSAY_WASM_TARGET"
)
guest="$bench_target/wasm/$ASSAY_WASM_TARGET/guest/assay_bench_guest.wasm"

say "compiling the bench"
(cd "$root/proof/bench" && CARGO_TARGET_DIR="$bench_target/host" cargo build --quiet --locked --release -p assay-bench)
bench="$bench_target/host/release/assay-bench"

if [ ! -e "$bench_dir/models/mlp-4m/model.onnx" ]; then
    say "making the benchmark models"
    python3 -m venv "$bench_dir/python"
    "$bench_dir/python/bin/pip" install --quiet -r "$root/examples/models/requirements-benchmark.txt"
    "$bench_dir/python/bin/python" "$root/examples/models/make_benchmark_models.py" -o "$bench_dir/models" >&2
fi

models="$root/examples/models"
# measure NAME ONNX SAMPLES [BENCH ARGUMENTS...]
measure() {
    local name="$1" onnx="$2" samples="$3"
    shift 3
    rm -rf "$bench_dir/compiled/$name"
    mkdir -p "$bench_dir/compiled"
    "$assay" model compile "$onnx" --samples "$samples" -o "$bench_dir/compiled/$name" --json >&2
    "$bench" --workload "$name" --model "$bench_dir/compiled/$name" --guest "$guest" \
        ${ASSAY_FIXTURES:+--fixture "$ASSAY_FIXTURES/$name.scale"} "$@"
}

workload() {
    case "$1" in
    mnist-mlp) measure "$1" "$models/mnist-mlp/model.onnx" "$models/mnist-calibration.npz" ;;
    lenet-5) measure "$1" "$models/mnist-lenet/model.onnx" "$models/mnist-calibration.npz" ;;
    lenet-5-batch-64)
        measure "$1" "$models/mnist-lenet/model.onnx" "$models/mnist-calibration.npz" --batch 64 --runs 3
        ;;
    cifar-cnn-264k) measure "$1" "$bench_dir/models/$1/model.onnx" "$bench_dir/models/$1/samples.npz" ;;
    mlp-4m) measure "$1" "$bench_dir/models/$1/model.onnx" "$bench_dir/models/$1/samples.npz" ;;
    *) die "no workload '$1': mnist-mlp, lenet-5, lenet-5-batch-64, cifar-cnn-264k, mlp-4m" ;;
    esac
}

[ "$#" -gt 0 ] || set -- mnist-mlp lenet-5 lenet-5-batch-64 cifar-cnn-264k mlp-4m
for name in "$@"; do
    workload "$name"
done
