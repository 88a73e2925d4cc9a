#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Writes the chain specifications of the development chain and the local testnet from the genesis presets of the
# runtime that is built into assay-node.
#
#   scripts/chain-specs.sh                    chain-spec/*.json, with the code blob left out (see chain-spec/README.md)
#   scripts/chain-specs.sh --with-code DIR    complete ones, which a node can start from, in DIR
#
# A file appears whole or not at all.

set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
. "$root/scripts/env.sh"

usage() {
    sed -n '/^#   /s/^# *//p' "${BASH_SOURCE[0]}" >&2
    exit 2
}

with_code=false
folder="$root/chain-spec"
case "$#:${1:-}" in
0:) ;;
2:--with-code)
    with_code=true
    folder="$2"
    ;;
*) usage ;;
esac

node="${ASSAY_NODE:-$CARGO_TARGET_DIR/debug/assay-node}"
if [ ! -x "$node" ]; then
    echo "chain-specs: $node is missing; run 'make build' first, or set ASSAY_NODE" >&2
    exit 1
fi

# The code blob is megabytes of hexadecimal digits that change with every compiler; everything else is worth reading.
elide_code() {
    if [ "$with_code" = true ]; then cat; else sed -E 's/^( *"code": )"0x[0-9a-f]+"/\1"0x"/'; fi
}

mkdir -p "$folder"
for pair in dev:development local:local; do
    chain="${pair%%:*}"
    file="$folder/${pair##*:}.json"
    partial="$file.partial"
    trap 'rm -f "$partial"' EXIT
    "$node" export-chain-spec --chain "$chain" | elide_code >"$partial"
    # The exported text has no line end of its own.
    echo >>"$partial"
    mv "$partial" "$file"
    echo "chain-specs: wrote $file" >&2
done
