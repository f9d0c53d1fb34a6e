#!/usr/bin/env bash
# How often the engine allocates memory for a message: heaptrack counts the calls of a short and of a
# longer load, so that what is allocated once cancels out.
#   bench/allocations.sh [FOLDER of the benches, build/release/bench]
set -euo pipefail
shopt -s inherit_errexit
benches=$(realpath "${1:-build/release/bench}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
command -v heaptrack heaptrack_print >/dev/null || {
    echo "skipped: there is no heaptrack" >&2
    exit 77
}

# counted SECONDS words of the load...: how many messages there were, and how many allocations.
counted() {
    local seconds=$1 messages calls tracker port
    server=
    shift
    : >"$folder/log"
    heaptrack -o "$folder/trace" "$benches/echo_server" --listen 127.0.0.1:0 \
        --limit http.requests_per_connection=1000000000 >"$folder/log" 2>&1 &
    tracker=$!
    until grep -q "listening on" "$folder/log"; do
        kill -0 "$tracker" || { cat "$folder/log" >&2; exit 1; }
        sleep 0.1
    done
    port=$(sed -n 's/^listening on .*://p' "$folder/log")
    server=$(pgrep -P "$tracker" -f "echo_server --listen")
    # This runs in a shell of its own: whatever fails from here on, the server does not stay.
    trap 'kill "$server" 2>/dev/null' EXIT
    messages=$("$benches/load" --port "$port" "$@" --seconds "$seconds" --warm-up 0.2 |
        grep -o '"messages":[0-9]*' | cut -d: -f2)
    kill "$server"
    wait "$tracker" || true
    trap - EXIT
    calls=$(heaptrack_print -f "$folder"/trace.* |
        sed -n 's/^calls to allocation functions: \([0-9]*\).*/\1/p')
    rm "$folder"/trace.*
    echo "$messages $calls"
}

# per_message NAME words of the load...
per_message() {
    local name=$1 short long
    shift
    short=$(counted 1 "$@")
    long=$(counted 4 "$@")
    awk -v name="$name" -v short="$short" -v long="$long" 'BEGIN {
        split(short, a, " "); split(long, b, " ")
        printf "%-28s %9.4f allocations a message (%d messages, %d allocations more)\n",
            name, (b[2] - a[2]) / (b[1] - a[1]), b[1] - a[1], b[2] - a[2]
    }'
}

per_message "echo over WebSocket" --mode echo --sockets 16
per_message "fan-out to 100 WebSockets" --mode fanout --path /fanout --in-flight 32 --sockets 100
per_message "HTTP POST" --mode post --path /empty --sockets 16
