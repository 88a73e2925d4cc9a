#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs the outside client's tests (tests/client) against the node and the tools that cargo built. `make client-test` calls it; with
# arguments it passes them to Node's test runner, for example: scripts/client-test.sh --test-name-pattern=transfer

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/env.sh

export ASSAY_NODE="${ASSAY_NODE:-$CARGO_TARGET_DIR/debug/assay-node}"
export ASSAY_CLI="${ASSAY_CLI:-$CARGO_TARGET_DIR/debug/assay}"
export ASSAY_WORKER="${ASSAY_WORKER:-$CARGO_TARGET_DIR/debug/assay-worker}"
for binary in ASSAY_NODE ASSAY_CLI ASSAY_WORKER; do
    if [ ! -x "${!binary}" ]; then
        echo "client-test: ${!binary} is missing; run 'make build' first, or set $binary" >&2
        exit 1
    fi
done

cd tests/client
# npm writes the inner lock file last, so it also tells whether an earlier installation was interrupted.
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
    echo "client-test: installing the packages of tests/client/package-lock.json" >&2
    npm ci --no-audit --no-fund --loglevel=error
fi
exec node --test --test-reporter=spec "$@"
