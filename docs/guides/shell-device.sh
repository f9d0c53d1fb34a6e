#!/bin/sh
# A device in shell: waits for commands at the REST door and carries each out once, also when the
# power goes in between. Needs curl 7.82 and jq. docs/guides/shell-device.md explains it.
#   TANDEM_KEY_FILE=sensor-1.key sh shell-device.sh
set -eu
umask 077

url=${TANDEM_URL:-http://127.0.0.1:8080}
state=${TANDEM_STATE:-./shell-device} # a directory that outlives a restart
mkdir -p "$state"
# In a file, not in an argument that every user of the machine can read.
printf 'header = "Authorization: Bearer %s"\n' "$(cat "$TANDEM_KEY_FILE")" >"$state/curl"

hub() { # METHOD PATH [OPTION OF CURL]...
    method=$1 path=$2
    shift 2
    curl --config "$state/curl" --silent --show-error --fail --max-time 90 \
        --request "$method" "$@" "$url/v1/me/commands$path"
}

progress() { # ID JSON
    hub POST "/$1/progress" --json "{\"progress\":$2}" >"$state/answer"
}

# What this device can do. Prints the result as JSON; fails where the command has failed.
act() { # ID NAME PARAMS
    case $2 in
        echo) printf '%s' "$3" ;;
        free) df -Pk / | awk 'NR == 2 { printf "{\"free_kib\":%s}", $4 }' ;;
        count)
            at=0
            to=$(printf '%s' "$3" | jq .to)
            while [ "$at" -lt "$to" ]; do
                at=$((at + 1))
                progress "$1" "$at"
            done
            printf '"counted"'
            ;;
        *)
            printf '"there is no such command"'
            return 1
            ;;
    esac
}

# Carries out an acknowledged command, unless it was carried out before the power went, and reports.
carry_out() { # COMMAND
    id=$(printf '%s' "$1" | jq -r .id)
    if [ ! -e "$state/$id.json" ]; then
        name=$(printf '%s' "$1" | jq -r .name)
        params=$(printf '%s' "$1" | jq -c .params)
        outcome='done'
        result=$(act "$id" "$name" "$params") || outcome='failed'
        printf '{"status":"%s","result":%s}' "$outcome" "$result" >"$state/new"
        mv "$state/new" "$state/$id.json"
    fi
    hub POST "/$id/result" --json "@$state/$id.json" >"$state/answer" && rm "$state/$id.json"
}

# Leaves a page of commands in a file, a command a line.
page() { # QUERY [OPTION OF CURL]...
    query=$1
    shift
    hub GET "?$query" "$@" >"$state/answer" && jq -c '.items[]' "$state/answer" >"$state/page"
}

work() {
    # What was acknowledged and not finished when the power went.
    page 'status=acknowledged' || return
    while read -r command; do
        carry_out "$command" || return
    done <"$state/page"
    # What is new; the hub answers when there is something, or after 30 s.
    page 'status=queued&limit=1' --header 'Prefer: wait=30' || return
    while read -r command; do
        # Refused when it has expired or was cancelled on its way: then it is not carried out.
        hub POST "/$(printf '%s' "$command" | jq -r .id)/ack" >"$state/answer" || continue
        carry_out "$command" || return
    done <"$state/page"
}

while :; do
    work || sleep 2 # The hub was not there, or refused: all begins anew.
done
