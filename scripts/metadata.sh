#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Writes client/src/metadata/assay.scale anew: the runtime's metadata, reduced to what the clients use. The types of the
# clients come from it. A test (client/tests/it/metadata.rs, which does the work) fails when the file is out of date.

set -euo pipefail
cd "$(dirname "$0")/.."

ASSAY_WRITE_METADATA=1 cargo nextest run --workspace --locked -E 'package(assay-client) and test(metadata::is_that_of_the_runtime)'
ls -l client/src/metadata/assay.scale
