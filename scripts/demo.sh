#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What exists so far, end to end and offline: compiles a trained LeNet-5, runs it on three handwritten digits, proves the
# answers with one proof, verifies it without the weights, and shows that lies are refused. The market on the chain is not part of
# it yet. Works in a temporary folder that it removes; needs a built `assay` (the Makefile sees to it).

set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck source=scripts/env.sh
. "$root/scripts/env.sh"

assay="$CARGO_TARGET_DIR/debug/assay"
models="$root/examples/models"
digits=("$models"/mnist-digits/digit-{2,5,7}.png)
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

step() { printf '\n\033[1m%s\033[0m\n' "$*"; }
die() {
    printf 'demo: error: %s\n' "$*" >&2
    exit 1
}
# refused WHAT COMMAND...: the command must say "not valid", by exit code 1 and nothing else.
refused() {
    local what="$1" code=0
    shift
    "$@" || code=$?
    [ "$code" = 1 ] || die "$what: exit code $code where 1, not valid, was expected"
}

step "1. The model owner compiles an ONNX file into an integer circuit with a verifying key"
"$assay" model compile "$models/mnist-lenet/model.onnx" --samples "$models/mnist-calibration.npz" -o "$work/lenet"

step "2. Anyone can run it: the same integers on every device (digits 2, 5 and 7)"
for digit in "${digits[@]}"; do
    "$assay" infer "$work/lenet" --input "$digit"
done

step "3. The provider proves all three answers with one proof"
"$assay" prove "$work/lenet" --input "${digits[@]}" -o "$work/proof.bin" --json >"$work/output.json"
sed 's/,"output".*/}/' "$work/output.json"

step "4. Anyone verifies it, with the key ($(stat -c %s "$work/lenet/model.vk") bytes) and no weights"
mkdir "$work/verifier"
cp "$work/lenet/model.vk" "$work/lenet/model.json" "$work/verifier"
check=("$assay" verify "$work/verifier/model.vk" --proof "$work/proof.bin")
"${check[@]}" --input "${digits[@]}" --output "$work/output.json"

step "5. Lies are refused: another output, the inputs in another order, another provider's account"
# Ten times the first output.
sed 's/\("codes":\[\[-\{0,1\}[0-9]*\)/\10/' "$work/output.json" >"$work/lie.json"
refused "another output" "${check[@]}" --input "${digits[@]}" --output "$work/lie.json"
refused "another order" "${check[@]}" --input "${digits[1]}" "${digits[0]}" "${digits[2]}" --output "$work/output.json"
refused "another provider" "${check[@]}" --input "${digits[@]}" --output "$work/output.json" \
    --provider 1111111111111111111111111111111111111111111111111111111111111111

printf '\nAll of it happened.\n'
