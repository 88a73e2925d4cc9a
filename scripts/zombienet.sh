#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs the market on a parachain under a relay chain of its own, all on this machine: zombienet/README.md says what happens. Needs
# built assay-node, assay and assay-worker (the Makefile sees to it).
#
# The relay chain's programs are `polkadot`, `polkadot-prepare-worker` and `polkadot-execute-worker`, of one version, from
#   1. the folder ASSAY_RELAY_BIN, if it is set;
#   2. the PATH, if all three are there and know the chain rococo-local;
#   3. zombienet/relay, compiled here with the workspace: what assay-node doesn't have already, some ten minutes on two cores.
#
#   scripts/zombienet.sh            run
#   scripts/zombienet.sh --build    only compile what run needs

set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck source=scripts/env.sh
. "$root/scripts/env.sh"

# The driver is a workspace of its own: keep its artefacts apart from the node's.
driver_target="${ASSAY_ZOMBIENET_TARGET_DIR:-$ASSAY_CACHE_DIR/zombienet-target}"
programs=(polkadot polkadot-prepare-worker polkadot-execute-worker)

say() { printf 'zombienet: %s\n' "$*" >&2; }
die() {
    printf 'zombienet: error: %s\n' "$*" >&2
    exit 1
}

case "$#:${1:-}" in
0:) only_build=false ;;
1:--build) only_build=true ;;
*)
    sed -n '/^#   scripts/s/^# *//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac

export ASSAY_CLI="${ASSAY_CLI:-$CARGO_TARGET_DIR/debug/assay}"
export ASSAY_WORKER="${ASSAY_WORKER:-$CARGO_TARGET_DIR/debug/assay-worker}"
node="${ASSAY_NODE:-$CARGO_TARGET_DIR/debug/assay-node}"
for binary in "$node" "$ASSAY_CLI" "$ASSAY_WORKER"; do
    [ -x "$binary" ] || die "$binary is missing: run 'make build' first"
done

# Whether a folder, or the PATH if none is given, has the relay chain's programs. It prints the folder.
relay_in() {
    local folder="$1" program
    [ -n "$folder" ] || folder="$(dirname "$(command -v polkadot || echo /)")"
    for program in "${programs[@]}"; do
        [ -x "$folder/$program" ] || return 1
    done
    "$folder/polkadot" export-chain-spec --chain rococo-local >/dev/null 2>&1 || return 1
    printf '%s\n' "$folder"
}

# With the whole workspace selected, and a test among the targets, cargo chooses the same features for the tree as in `make build`, so that
# little of it is compiled again, and assay-node itself not at all.
build_relay() {
    local arguments=(--workspace --locked --features assay-relay/relay --test programs) program
    for program in "${programs[@]}"; do arguments+=(--bin "$program"); done
    (cd "$root" && cargo build "${arguments[@]}")
}

if [ -n "${ASSAY_RELAY_BIN:-}" ]; then
    relay="$(relay_in "$ASSAY_RELAY_BIN")" || die "ASSAY_RELAY_BIN=$ASSAY_RELAY_BIN lacks ${programs[*]}, or its polkadot doesn't know rococo-local"
elif relay="$(relay_in "")"; then
    say "using $relay/polkadot"
else
    say "compiling the relay chain's node"
    build_relay
    relay="$(relay_in "$CARGO_TARGET_DIR/debug")" || die "$CARGO_TARGET_DIR/debug/polkadot doesn't work"
fi
say "compiling the driver"
(cd "$root/zombienet/driver" && CARGO_TARGET_DIR="$driver_target" cargo build --locked)
if [ "$only_build" = true ]; then exit 0; fi

# Everything that the network writes, databases included, is in one folder that goes away with it; on failure the logs stay.
folder="$(mktemp -d "${TMPDIR:-/tmp}/assay-zombienet.XXXXXX")"
ended=failure
finish() {
    # Whatever still runs has this folder in its command line: nothing else has.
    local process
    for process in $(pgrep -f -- "$folder" || true); do
        if [ "$process" != "$$" ]; then kill -KILL "$process" 2>/dev/null || true; fi
    done
    if [ "$ended" = success ]; then
        rm -rf "$folder"
    else
        find "$folder" -type d -name chains -prune -exec rm -rf {} +
        say "the logs are in $folder"
    fi
}
trap finish EXIT

# The nodes are found on the PATH, and the driver's library puts its files into TMPDIR.
mkdir "$folder/bin" "$folder/run"
ln -s "$node" "$folder/bin/assay-node"
for program in "${programs[@]}"; do ln -s "$relay/$program" "$folder/bin/$program"; done
export PATH="$folder/bin:$PATH" TMPDIR="$folder/run"
export ASSAY_MODELS="$root/examples/models" ASSAY_ZOMBIENET_CONFIG="$root/zombienet/local.toml" ASSAY_ZOMBIENET_DIR="$folder/run"
"$driver_target/debug/assay-zombienet"
ended=success
