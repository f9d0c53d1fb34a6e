#!/usr/bin/env bash
# How large the program is, as it is built and without its debug information.
#   bench/size.sh [PROGRAM]
set -euo pipefail
cd "$(dirname "$0")/.."

program=${1:-build/release/tandem}
copy=$(mktemp)
trap 'rm -f "$copy"' EXIT
cp "$program" "$copy"
strip "$copy"

bytes() { stat --format=%s "$1"; }
mega() { awk -v bytes="$1" 'BEGIN { printf "%.2f", bytes / 1e6 }'; }
row() { printf '| %s | %s |\n' "$1" "$2"; }

row "$program" MB
row --- ---:
row "as built" "$(mega "$(bytes "$program")")"
row "stripped" "$(mega "$(bytes "$copy")")"
row "stripped, gzip -9" "$(mega "$(gzip -9 --stdout "$copy" | wc --bytes)")"
# Sections say where the bytes are: code, tables, and the console's files among the constants.
size --format=sysv "$copy" |
    awk '/^\./ && $2 > 100000 { printf "| section %s | %.2f |\n", $1, $2 / 1e6 }'
echo
echo "shared libraries that it needs:"
objdump --private-headers "$program" | awk '$1 == "NEEDED" { print "  " $2 }'
