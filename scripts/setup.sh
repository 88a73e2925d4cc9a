#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Makes this machine able to build and test the repository, and does nothing where it already is (under two seconds).
# Debian and its derivatives are set up completely; elsewhere it says what is missing.
#
#   1. tools and libraries of the distribution    apt-get when root, else the one command to run
#   2. the Rust compiler of rust-toolchain.toml   rustup
#   3. the runtime's target, wasm32v1-none        rustup; where it cannot download, Debian's newer compiler, whose
#                                                 sources are packaged, builds the target's core library
#   4. cargo-nextest                              cargo install
#
# Whatever cannot be done ends the script with a line that starts with "setup: error" and a non-zero status.

set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck source=scripts/env.sh
. "$root/scripts/env.sh"

# Installed when missing. Any version serves that the pinned Rust compiler can build.
nextest_version=0.9.143
# Seconds that rustup gets for one download before another way is tried.
download_limit=300

say() { printf 'setup: %s\n' "$*" >&2; }
die() {
    printf 'setup: error: %s\n' "$*" >&2
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# --- 1. Debian packages -------------------------------------------------------------------------------------------

# Prints the packages whose content is missing. It looks for the content: it may have come from elsewhere.
missing_packages() {
    have cc && have c++ && have make || echo build-essential
    have clang || echo clang
    # By the name that bindgen looks for: a runtime's libclang.so.1, or libclang-cpp.so, which comes with clang, doesn't serve.
    compgen -G '/usr/lib/llvm-*/lib/libclang.so' >/dev/null || compgen -G '/usr/lib*/libclang.so' >/dev/null ||
        compgen -G '/usr/lib/*/libclang.so' >/dev/null || [ -n "${LIBCLANG_PATH:-}" ] || echo libclang-dev
    have cmake || echo cmake
    have mold || echo mold
    have protoc || echo protobuf-compiler
    # The well-known types that protoc includes.
    [ -e /usr/include/google/protobuf/empty.proto ] || [ -e /usr/local/include/google/protobuf/empty.proto ] ||
        [ -n "${PROTOC_INCLUDE:-}" ] || echo libprotobuf-dev
    have pkg-config || echo pkg-config
    have pkg-config && pkg-config --exists openssl || echo libssl-dev
    have node || echo nodejs
    have npm || echo npm
    # Vulkan for the worker's tests: the loader, and Mesa's software adapter (lavapipe), which they use whatever GPU there is.
    compgen -G '/usr/lib*/libvulkan.so.1' >/dev/null || compgen -G '/usr/lib/*/libvulkan.so.1' >/dev/null ||
        compgen -G '/usr/local/lib/libvulkan.so.1' >/dev/null || echo libvulkan1
    compgen -G '/usr/share/vulkan/icd.d/lvp_icd*.json' >/dev/null || compgen -G '/etc/vulkan/icd.d/lvp_icd*.json' >/dev/null ||
        compgen -G '/usr/local/share/vulkan/icd.d/lvp_icd*.json' >/dev/null || echo mesa-vulkan-drivers
}

# install_packages WHY PACKAGE...
install_packages() {
    local why="$1" command
    shift
    command="apt-get install -y --no-install-recommends $*"
    have apt-get || die "missing ($why): $*. These are Debian's names; install the like with this system's package manager."
    [ "$(id -u)" = 0 ] || die "missing ($why): run 'sudo $command' and then again what you just ran."
    say "installing $* ($why)"
    apt-get update -q >&2 || die "'apt-get update' failed; see the lines above."
    DEBIAN_FRONTEND=noninteractive $command >&2 || die "'$command' failed; see the lines above."
}

packages="$(missing_packages)"
if [ -n "$packages" ]; then
    # shellcheck disable=SC2086 # one word for each package
    install_packages "needed to build and test" $packages
    packages="$(missing_packages)"
    [ -z "$packages" ] || die "still missing after their installation: $(echo "$packages" | tr '\n' ' ')"
fi

node_major="$(node --version | sed 's/^v\([0-9]*\).*/\1/')"
[ "$node_major" -ge 18 ] || die "Node.js 18 or later is needed for tests/client; 'node --version' says $(node --version)."

# --- 2. The Rust compiler -----------------------------------------------------------------------------------------

have rustup || die "rustup is missing: install it from https://rustup.rs, or with 'apt-get install rustup' where that exists."

if [ -z "$(assay_rust_dir)" ]; then
    say "installing Rust $ASSAY_PINNED_RUST"
    timeout "$download_limit" env -u RUSTUP_TOOLCHAIN rustup toolchain install "$ASSAY_PINNED_RUST" \
        --no-self-update --profile minimal --component clippy --component rustfmt >&2 ||
        die "rustup could not install Rust $ASSAY_PINNED_RUST, and 'stable' is not that version; is there a network?"
    . "$root/scripts/env.sh"
fi
rust_dir="$(assay_rust_dir)"
[ -x "$rust_dir/bin/cargo" ] || die "$rust_dir has no cargo; run 'rustup toolchain install $ASSAY_PINNED_RUST'."

# --- 3. The wasm target -------------------------------------------------------------------------------------------

fallback="$ASSAY_CACHE_DIR/wasm-toolchain"

# Debian's compiler, when it is new enough to know the target.
debian_rustc_version() {
    local version
    [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] || return 1
    version="$(/usr/bin/rustc --version | sed 's/^rustc 1\.\([0-9]*\)\..*/\1/')"
    [ "$version" -ge 84 ] 2>/dev/null || return 1
    /usr/bin/rustc --version
}

# Whether the toolchain that this script assembled still fits the compiler that it wraps.
fallback_is_current() {
    local version
    version="$(debian_rustc_version)" && [ "$(cat "$fallback/made-from" 2>/dev/null)" = "$version" ] &&
        assay_has_wasm_target "$(assay_toolchain_dir "$ASSAY_WASM_FALLBACK")"
}

# A toolchain made of Debian's compiler, which is newer than the pinned one and comes with the sources of its library,
# a linker for wasm from the pinned one, and that library's `core` and `alloc` compiled here for the target. It lives
# in the cache directory; nothing of the system is changed.
make_fallback() {
    local new="$fallback.new" host lld lib sources=/usr/lib/rustlib/src/rust/library
    if ! debian_rustc_version >/dev/null || [ ! -e "$sources/core/src/lib.rs" ]; then
        install_packages "this rustup cannot add $ASSAY_WASM_TARGET" rustc-web cargo-web rust-web-src
    fi
    debian_rustc_version >/dev/null || die "Debian's rustc is too old for $ASSAY_WASM_TARGET (1.84 or later is needed)."
    [ -e "$sources/core/src/lib.rs" ] || die "$sources, the library sources of Debian's rustc, is missing."
    host="$(/usr/bin/rustc -vV | sed -n 's/^host: //p')"
    lld="$rust_dir/lib/rustlib/$host/bin/rust-lld"
    [ -x "$lld" ] || die "$lld is missing: 'rustup toolchain install $ASSAY_PINNED_RUST' brings it."

    say "compiling the core library for $ASSAY_WASM_TARGET (about half a minute)"
    rm -rf "$new"
    mkdir -p "$new/bin" "$new/lib/rustlib/$host/bin" "$new/lib/rustlib/$ASSAY_WASM_TARGET/lib" "$new/build/src"
    cat >"$new/build/Cargo.toml" <<'TOML'
[package]
name = "core-library"
edition = "2021"

[workspace]
TOML
    echo '#![no_std]' >"$new/build/src/lib.rs"
    # The runtime's link-time optimisation reads the library's bitcode.
    (
        cd "$new/build" &&
            env -u RUSTUP_TOOLCHAIN -u RUSTC_WRAPPER -u CARGO_BUILD_TARGET \
                PATH="$(dirname "$lld"):$PATH" RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 \
                RUSTFLAGS="-C embed-bitcode=yes" CARGO_TARGET_DIR="$new/build/target" \
                /usr/bin/cargo build --quiet --release -Zbuild-std=core,alloc --target "$ASSAY_WASM_TARGET"
    ) >&2 || die "Debian's rustc could not compile the core library for $ASSAY_WASM_TARGET; see the lines above."
    for lib in core alloc compiler_builtins; do
        cp "$new/build/target/$ASSAY_WASM_TARGET/release/deps/lib$lib"-*.rlib "$new/lib/rustlib/$ASSAY_WASM_TARGET/lib/"
    done
    rm -rf "$new/build"

    # The compiler finds its libraries and tools relative to its `--sysroot`.
    printf '#!/bin/sh\nexec /usr/bin/rustc --sysroot "%s" "$@"\n' "$fallback" >"$new/bin/rustc"
    chmod +x "$new/bin/rustc"
    ln -s /usr/bin/cargo "$new/bin/cargo"
    ln -s "/usr/lib/rustlib/$host/lib" "$new/lib/rustlib/$host/lib"
    ln -s "$lld" "$new/lib/rustlib/$host/bin/rust-lld"
    debian_rustc_version >"$new/made-from"
    rm -rf "$fallback"
    mv "$new" "$fallback"
    rustup toolchain link "$ASSAY_WASM_FALLBACK" "$fallback" >&2 || die "'rustup toolchain link' failed."
    # The runtime has to be compiled anew against this library, if it was compiled against another.
    rm -rf "$CARGO_TARGET_DIR"/*/wbuild
}

if ! assay_has_wasm_target "$rust_dir"; then
    case "${WASM_BUILD_TOOLCHAIN:-$ASSAY_WASM_FALLBACK}" in
    "$ASSAY_WASM_FALLBACK")
        if ! fallback_is_current; then
            say "adding the target $ASSAY_WASM_TARGET to Rust $ASSAY_PINNED_RUST"
            output="$(timeout "$download_limit" rustup target add "$ASSAY_WASM_TARGET" \
                --toolchain "$(basename "$rust_dir")" 2>&1)" || true
            if ! assay_has_wasm_target "$rust_dir"; then
                # The message without its backtrace.
                printf '%s\n' "$output" | sed '/^$/,$d' | head -n 6 | sed 's/^/setup:   /' >&2
                say "rustup cannot add it; the runtime will be built with Debian's compiler instead"
                make_fallback
            fi
        fi
        ;;
    *) say "WASM_BUILD_TOOLCHAIN=$WASM_BUILD_TOOLCHAIN is set: the runtime is built with that toolchain" ;;
    esac
    . "$root/scripts/env.sh"
    assay_has_wasm_target "$rust_dir" || [ -n "${WASM_BUILD_TOOLCHAIN:-}" ] ||
        die "no compiler with the target $ASSAY_WASM_TARGET; the runtime cannot be built."
fi

# --- 4. cargo-nextest ---------------------------------------------------------------------------------------------

if ! have cargo-nextest; then
    say "compiling cargo-nextest $nextest_version (some minutes, once)"
    # In a directory of its own, away from this repository's settings and lock; unoptimised, as it only starts tests.
    (
        cd / && CARGO_TARGET_DIR="$ASSAY_CACHE_DIR/tools" RUSTUP_TOOLCHAIN="$(basename "$rust_dir")" \
            "$rust_dir/bin/cargo" install cargo-nextest --version "$nextest_version" --locked --debug --quiet
    ) >&2 || die "'cargo install cargo-nextest' failed; see the lines above."
    rm -rf "$ASSAY_CACHE_DIR/tools"
    have cargo-nextest || die "cargo-nextest is installed, but not on the PATH: add ${CARGO_HOME:-$HOME/.cargo}/bin to it."
fi
