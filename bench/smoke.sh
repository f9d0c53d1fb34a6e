#!/usr/bin/env bash
# Starts a server that says its port, has the load generator use it for a moment, and ends it. It
# asks whether both still work, not how fast.
#   bench/smoke.sh SERVER [WORDS...] -- LOAD [WORDS...]
set -euo pipefail

server=()
while [[ $1 != -- ]]; do
    server+=("$1")
    shift
done
shift

exec 3< <(exec "${server[@]}")
pid=$!
trap 'kill "$pid" 2>/dev/null' EXIT
read -r -t 20 -u 3 said
"$@" --port "${said##*[ :]}" --pid "$pid"
