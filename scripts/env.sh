# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The environment that every build of this repository runs in. Source it (`. scripts/env.sh`); the Makefile does so in
# each recipe. It only reads the machine's state, so it has nothing to keep up to date; `scripts/setup.sh` changes it.
#
#   ASSAY_CACHE_DIR       what is built and downloaded, outside the clone (default ~/.cache/assay)
#   CARGO_TARGET_DIR      one target directory for everything that cargo builds here
#   CARGO_INCREMENTAL     0: incremental data of a thousand crates costs more disk than it saves time
#   RUSTUP_TOOLCHAIN      the pinned compiler, or `stable` where that is the same version
#   WASM_BUILD_TOOLCHAIN  set only where the pinned compiler has no wasm target; see `scripts/setup.sh`
#
# What the caller has set already wins.

export ASSAY_CACHE_DIR="${ASSAY_CACHE_DIR:-$HOME/.cache/assay}"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$ASSAY_CACHE_DIR/target}"
export CARGO_INCREMENTAL="${CARGO_INCREMENTAL:-0}"

# The target that the runtime is compiled for, the compiler that is pinned, and the name under which rustup knows the
# distribution's compiler once `scripts/setup.sh` has given it that target.
ASSAY_WASM_TARGET=wasm32v1-none
ASSAY_WASM_FALLBACK=assay-wasm
ASSAY_PINNED_RUST="$(sed -n 's/^channel *= *"\(.*\)"/\1/p' "$(dirname "${BASH_SOURCE[0]}")/../rust-toolchain.toml")"

# The directory of a rustup toolchain; nothing when it is not installed.
assay_toolchain_dir() {
    local dir
    for dir in "${RUSTUP_HOME:-$HOME/.rustup}/toolchains/$1" "${RUSTUP_HOME:-$HOME/.rustup}/toolchains/$1"-*; do
        if [ -x "$dir/bin/rustc" ]; then
            printf '%s\n' "$dir"
            return
        fi
    done
}

# The directory of the compiler that builds this repository: the pinned toolchain, or `stable` where that is the same
# version (as on a machine that cannot download the pinned one). Nothing when there is neither.
assay_rust_dir() {
    local dir
    dir="$(assay_toolchain_dir "$ASSAY_PINNED_RUST")"
    if [ -z "$dir" ]; then
        dir="$(assay_toolchain_dir stable)"
        if [ -n "$dir" ] && [[ "$("$dir/bin/rustc" --version)" != "rustc $ASSAY_PINNED_RUST "* ]]; then
            dir=""
        fi
    fi
    printf '%s' "$dir"
}

# Whether a compiler's directory holds the wasm target's `core` and `alloc`.
assay_has_wasm_target() {
    local lib="$1/lib/rustlib/$ASSAY_WASM_TARGET/lib"
    [ -n "$1" ] || return 1
    compgen -G "$lib/libcore-*.rlib" >/dev/null && compgen -G "$lib/liballoc-*.rlib" >/dev/null
}

# Named here, the toolchain is taken as it is. Left to rust-toolchain.toml, every call of cargo first makes rustup look
# for the components and targets of that file and download the missing ones, which fails where it cannot download.
if [ -z "${RUSTUP_TOOLCHAIN:-}" ]; then
    if [ -n "$(assay_toolchain_dir "$ASSAY_PINNED_RUST")" ]; then
        export RUSTUP_TOOLCHAIN="$ASSAY_PINNED_RUST"
    elif [ -n "$(assay_rust_dir)" ]; then
        export RUSTUP_TOOLCHAIN=stable
    fi
fi

if [ -z "${WASM_BUILD_TOOLCHAIN:-}" ] && ! assay_has_wasm_target "$(assay_rust_dir)"; then
    if assay_has_wasm_target "$(assay_toolchain_dir "$ASSAY_WASM_FALLBACK")"; then
        export WASM_BUILD_TOOLCHAIN="$ASSAY_WASM_FALLBACK"
    fi
fi
