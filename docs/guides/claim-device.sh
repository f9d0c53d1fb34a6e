#!/bin/sh
# A box becomes a device of the hub and gets its key, with nothing but curl and sed: it shows a code,
# somebody who is logged in enters it and says which device it is. docs/guides/claim-device.md
#   TANDEM_URL=https://hub.example TANDEM_KEY_FILE=./device.key sh claim-device.sh
set -eu
umask 077

url=${TANDEM_URL:-http://127.0.0.1:8080}
name=${TANDEM_NAME:-$(uname -n)}
client='client_id=~device'
grant='grant_type=urn:ietf:params:oauth:grant-type:device_code'

ask() { # PATH [FIELD]...
    path=$1
    shift
    curl --silent --show-error --max-time 30 "$@" "$url/oauth/$path"
}

member() { # NAME: of the flat JSON object on standard input
    sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"
}

begun=$(ask device_authorization --data "$client" --data-urlencode "name=$name")
device_code=$(printf '%s' "$begun" | member device_code)
[ -n "$device_code" ] || { printf '%s\n' "$begun" >&2; exit 1; }
interval=$(printf '%s' "$begun" | member interval)
printf 'Open %s and enter %s\n' "$(printf '%s' "$begun" | member verification_uri)" \
    "$(printf '%s' "$begun" | member user_code)"

while :; do
    sleep "$interval"
    # Not in an argument, which every user of the machine can read.
    answer=$(printf 'data = "%s&%s&device_code=%s"\n' "$grant" "$client" "$device_code" |
        ask token --config -)
    case $(printf '%s' "$answer" | member error) in
        '') break ;;
        authorization_pending) ;;
        slow_down) interval=$((interval + 5)) ;;
        *) printf '%s\n' "$answer" >&2; exit 1 ;;
    esac
done
printf '%s\n' "$answer" | member access_token >"${TANDEM_KEY_FILE:-./device.key}"
printf 'This is %s now\n' "$(printf '%s' "$answer" | member device)"
