#!/bin/sh
# Opens a day of one-second samples (about 300 series; --full: about 900) in the program as users have it, and prints what
# it cost beside what it is meant to cost. Judges nothing: absolute times depend on the machine and on what else it does.
#
#   tests/bench_profile.sh [--full] [BUILD]      BUILD: default build/release
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
size=--reference
[ "${1:-}" != --full ] || { size=''; shift; }
build=${1:-$root/build/release}
[ -x "$build/bin/hindcast" ] && [ -x "$build/bin/make-long-capture" ] || {
    echo "bench_profile: build hindcast and make-long-capture first: cmake --build $build --target hindcast make-long-capture" >&2
    exit 2
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -m 700 "$folder/runtime"
# shellcheck disable=SC2086 # no word when empty
"$build/bin/make-long-capture" $size -o "$folder/day.hindcast.tar.zst"
QT_QPA_PLATFORM=offscreen XDG_RUNTIME_DIR=$folder/runtime XDG_CONFIG_HOME=$folder \
    "$build/bin/hindcast" --profile "$folder/profile.json" "$folder/day.hindcast.tar.zst" 2>"$folder/messages" || {
    cat "$folder/messages" >&2
    exit 1
}
printf 'load average %s\n%-24s %12s  %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)" figure measured goal
awk -F'[":, ]+' '
    BEGIN {
        goal["window_ms"] = "<= 500"; goal["first_lane_ms"] = "<= 1000"; goal["all_lanes_ms"] = "<= 2500"
        goal["frame_p95_ms"] = "<= 16"; goal["cursor_p99_ms"] = "<= 8"; goal["range_stats_ms"] = "<= 50 for 10 M points"
        goal["gui_blocked_max_ms"] = "<= 50"; goal["cancel_ms"] = "<= 100"; goal["rss_mb"] = "<= 500"
    }
    NF > 3 || /null/ { printf "%-24s %12s  %s\n", $2, $3, goal[$2] }
' "$folder/profile.json"
