#!/bin/sh
# Steps the wall clock of THIS machine back and forward while hindcast-record runs, and looks whether the capture and its
# reader tell the truth about it. As root, and only where nobody minds: not part of any test run.
set -eu
programs=${HINDCAST_BIN_DIR:-$(dirname "$0")/../build/dev/bin}
[ "$(id -u)" -eq 0 ] || { echo "setting the clock needs root"; exit 77; }
[ "${1:-}" = "--yes" ] || { echo "Usage: $0 --yes   (it sets this machine's clock 100 s back, then forward again)"; exit 2; }
folder=$(mktemp -d)
recorder=
# The way back is measured by the clock that does not step, so that the wall clock ends where it would be.
begin_wall=$(date +%s) begin_up=$(cut -d. -f1 /proc/uptime)
restore() {
    [ -z "$recorder" ] || kill "$recorder" 2>/dev/null || true
    date -s "@$((begin_wall + $(cut -d. -f1 /proc/uptime) - begin_up))" >/dev/null
    rm -rf "$folder"
}
trap restore EXIT INT TERM

capture=$folder/steps.hindcast.tar.zst
"$programs/hindcast-record" -i 0.2 -c 60 --quiet -o "$capture" &
recorder=$!
# ticks N: waits until that many ticks are in the file
ticks() {
    until [ -e "$capture.part" ] && [ "$(zstd -dcq "$capture.part" 2>/dev/null | tar tf - 2>/dev/null | grep -c '/t/')" -ge "$1" ]; do
        kill -0 "$recorder" || { echo "the recorder ended early"; exit 1; }
    done
}
ticks 10
date -s "@$(($(date +%s) - 100))" >/dev/null
ticks 25
date -s "@$(($(date +%s) + 100))" >/dev/null
wait "$recorder" || [ $? -eq 3 ]
recorder=

count=$(zstd -dcq "$capture" | tar tf - | grep -c '/t/')
"$programs/hindcast-report" verify "$capture"
"$programs/hindcast-report" dump "$capture" >"$folder/dump"
echo "$count ticks recorded; what the reader says of the clock:"
grep '"kind":"clock-step"' "$folder/dump" || { echo "FAILED: nothing about the steps"; exit 1; }
python3 - "$folder/dump" <<'END'
import json, sys
late = [json.loads(l) for l in open(sys.argv[1]) if '"recorder.late"' in l][0]["points"]
times = [t for t, _ in late]
gaps = [b - a for a, b in zip(times, times[1:])]
print("%d samples over %.1f s; the longest distance between two is %.2f s" % (len(times), times[-1] - times[0], max(gaps)))
sys.exit(0 if min(gaps) > 0 and max(gaps) < 5 else "FAILED: the axis has a hole or runs backwards")
END
