# SPDX-License-Identifier: Apache-2.0
#
# Entry points of the repository; `make` alone lists them. Every target that compiles prepares the machine first
# (scripts/setup.sh) and builds in the environment of scripts/env.sh: one profile, one target directory outside the
# clone. See docs/decisions/0002-one-profile-one-target-directory.md.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup build test unit-test client-test soak demo dev chain-specs zombienet metadata bench gpu fuzz fmt fmt-check lint deny docs clean bench-block features fixtures weights

# Sets CARGO_TARGET_DIR and the compilers.
ENV := . scripts/env.sh;

# Everything that a test needs, binaries and test programs, in one go: cargo selects the features of a dependency by
# what is built together, so that a build of one package alone would compile much of the tree again.
CARGO_BUILD := cargo build --workspace --bins --tests --locked

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing on this machine (also run by the targets that compile)
	@scripts/setup.sh

build: setup ## compile the node, the tools and the tests
	@$(ENV) $(CARGO_BUILD)

test: setup fmt-check unit-test client-test ## everything that CI runs

unit-test: build ## compile and run the Rust tests, unit and integration
	@$(ENV) cargo nextest run --workspace --locked

soak: build ## a hundred jobs in a row on a node that is killed for 30 seconds in between, and the worker's memory (six minutes)
	@$(ENV) cargo nextest run --workspace --locked --run-ignored only --no-capture -E 'test(=engine::live::a_hundred_jobs_in_a_row)'

client-test: build ## run tests/client against the built node
	@$(ENV) scripts/client-test.sh

demo: build ## the main job end to end on a chain of its own: honest work, a lie, a silence, a theft (KEEP=1 leaves it running)
	@$(ENV) exec "$$CARGO_TARGET_DIR/debug/assay-demo" $(if $(KEEP),--keep)

dev: build ## run a development chain: a block every second, in temporary storage, RPC on ws://127.0.0.1:9944
	@$(ENV) exec "$$CARGO_TARGET_DIR/debug/assay-node" --dev

zombienet: build ## run the market under a relay chain and kill a collator (builds a relay chain's node if there is none)
	@$(ENV) scripts/zombienet.sh

chain-specs: build ## write chain-spec/*.json anew from the runtime's genesis presets
	@$(ENV) scripts/chain-specs.sh

metadata: build ## write client/src/metadata/assay.scale anew from the runtime
	@$(ENV) scripts/metadata.sh

bench: build ## measure the proof system: a line of JSON for each workload (compiles a release build of proof/)
	@$(ENV) scripts/bench.sh

gpu: build ## on a machine with a GPU: run the executor's tests on it and measure it (writes gpu.json)
	@$(ENV) scripts/gpu.sh

bench-block: bench ## fill blocks with proofs and execute them in WebAssembly (after the workloads of `make bench`)
	@$(ENV) models="$$ASSAY_CACHE_DIR/bench/compiled"; ASSAY_MODELS="$$models/lenet-5:$$models/cifar-cnn-264k" \
	    cargo test --workspace --locked --test runtime execute_a_block_full_of_proofs -- --ignored --nocapture

fixtures: build ## prove the benchmark models' fixtures anew, after a change of the proof system
	@$(ENV) ASSAY_FIXTURES="$(CURDIR)/pallets/verification/fixtures" scripts/bench.sh

weights: build ## measure the weights of our pallets in the runtime's blob, into runtime/src/weights (an idle machine!)
	@$(ENV) scripts/weights.sh

features: setup ## check the runtime with runtime-benchmarks and with try-runtime, which no other target does natively
	@$(ENV) for feature in runtime-benchmarks try-runtime; do \
	    SKIP_WASM_BUILD=1 cargo check -p assay-runtime --locked --features "$$feature"; done

fuzz: setup ## run every fuzz target for a minute (needs a nightly compiler and cargo-fuzz)
	@scripts/fuzz.sh

fmt: setup ## format the Rust code
	@$(ENV) cargo fmt --all

fmt-check: setup ## fail if some Rust code is not formatted
	@$(ENV) cargo fmt --all --check

lint: setup ## clippy on everything, warnings are errors (compiles the tree a second time)
	@$(ENV) cargo clippy --workspace --all-targets --locked -- -D warnings

deny: ## check licences, advisories and sources of the dependencies (needs cargo-deny)
	@command -v cargo-deny >/dev/null || { echo "make deny: run 'cargo install cargo-deny --locked' first" >&2; exit 1; }
	@cargo deny --workspace --locked check

docs: setup ## write the Rust documentation of this workspace
	@$(ENV) cargo doc --workspace --no-deps --locked
	@$(ENV) echo "written to $$CARGO_TARGET_DIR/doc"

clean: ## delete what was built (the target directory of the workspace, node_modules)
	@$(ENV) rm -rf "$$CARGO_TARGET_DIR" tests/client/node_modules
