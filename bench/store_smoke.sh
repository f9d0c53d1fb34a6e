#!/usr/bin/env bash
# Lets the program that writes lines to a store do so with a few.
#   bench/store_smoke.sh PROGRAM
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1" make --out "$folder" --devices 3 --rows 50 --parts 2
for store in chunks rows; do
    for part in 0 1; do
        "$1" "$store" --data "$folder/$store" --file "$folder/part-$part.lines"
    done
done
