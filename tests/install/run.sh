#!/usr/bin/env bash
# Builds and runs the project in this directory against an installed millwright, by its CMake package and by its pkg-config file.
# Usage: run.sh PREFIX WORK_DIR [CXX]      PREFIX holds include/ and lib*/; WORK_DIR is emptied first
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
prefix=$(cd "$1" && pwd)
work=$2
export CXX=${3:-c++}
rm -rf "$work"

cmake -G Ninja -S "$here" -B "$work" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release
cmake --build "$work"
"$work/user"

if pc=$(find "$prefix" -name millwright.pc -print -quit) && [[ -n $pc ]] && command -v pkg-config >/dev/null; then
  export PKG_CONFIG_PATH="${pc%/*}"
  read -ra flags <<<"$(pkg-config --cflags --libs millwright)"
  "$CXX" -std=c++20 "$here/main.cpp" "${flags[@]}" -o "$work/user_pkg_config"
  "$work/user_pkg_config" >/dev/null
  echo "pkg-config: ok"
else
  echo "pkg-config: not checked"
fi

if [[ -x $prefix/bin/millwright ]]; then
  "$prefix/bin/millwright" --version
fi
