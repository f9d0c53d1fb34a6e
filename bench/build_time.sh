#!/usr/bin/env bash
# How long a build of what is shipped takes: from nothing without a compiler cache, when nothing has
# changed, and after a change in the middle of the program and in its lowest header.
#   bench/build_time.sh [BUILD_DIRECTORY]      a directory of its own, removed first
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${1:-build/bench}
if [[ -e $folder && ! -f $folder/CMakeCache.txt ]]; then
    echo "$folder is no build directory; it is left alone" >&2
    exit 2
fi
export CCACHE_DISABLE=1

seconds() {
    local start=$EPOCHREALTIME
    "$@" >"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        exit 1
    }
    awk -v from="$start" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f", to - from }'
}
build() { cmake --build "$folder" --target tandem --parallel "$(nproc)"; }
row() { printf '| %s | %s |\n' "$1" "$2"; }

log=$(mktemp)
trap 'rm -f "$log"' EXIT
rm -rf "$folder"
row "$(nproc) cores, target tandem, load average $(cut -d' ' -f1 /proc/loadavg)" "s"
row --- ---:
row "configure" "$(seconds cmake --preset release -B "$folder")"
row "from nothing" "$(seconds build)"
row "nothing changed" "$(seconds build)"
# Touching is a change to ninja; the files stay as they are.
touch src/api/telemetry.cc
row "after src/api/telemetry.cc" "$(seconds build)"
touch src/base/error.h
row "after src/base/error.h" "$(seconds build)"
