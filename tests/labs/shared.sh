# What the labs have in common: where things are, a schedule, and a clean-up that happens on every way out.
# Sourced by tests/labs/run; bash.
# shellcheck shell=bash disable=SC2154

root=$(cd "$labs/../.." && pwd)
namespaces=
host_name=labhost

die() {
    printf 'labs: %s\n' "$*" >&2
    exit 2
}

folder_of() { printf '%s/%s' "${HINDCAST_LABS:-$root/build/labs}" "$1"; }

# The programs of the build that is asked for, else of the first that has them.
program() { # NAME
    local folder
    for folder in ${HINDCAST_BIN_DIR:+"$HINDCAST_BIN_DIR"} "$root"/build/{dev,release}/bin; do
        if [ -x "$folder/$1" ]; then
            printf '%s/%s' "$folder" "$1"
            return
        fi
    done
    return 1
}

# --- What must be there ------------------------------------------------------------------------------------------------

common_needs() {
    [ "$(id -u)" -eq 0 ] || { echo "needs root"; return 1; }
    program hindcast-record >/dev/null || { echo "no hindcast-record in build/dev/bin, build/release/bin or HINDCAST_BIN_DIR"; return 1; }
    unshare --pid --mount --uts --fork --mount-proc true 2>/dev/null || { echo "namespaces cannot be made"; return 1; }
    [ -d /run ] && [ -w /run ] || { echo "/run cannot be written"; return 1; }
}

needs_programs() {
    local name
    for name in "$@"; do
        command -v "$name" >/dev/null || { echo "no $name here"; return 1; }
    done
}

# --- Clean-up ----------------------------------------------------------------------------------------------------------
# What would outlive the namespaces (loop devices, limits of control groups) is undone by commands that were noted before
# the deed, one per line, the last first. A lab that was killed hard is cleaned up after by the next one.

undo() { printf '%s\n' "$*" >>"$state/undo"; }

undo_all() { # FOLDER
    [ ! -f "$1/undo" ] || tac "$1/undo" | while read -r command; do eval "$command" </dev/null >/dev/null 2>&1; done
    rm -rf "$1"
}

undo_abandoned() {
    local folder
    for folder in /run/hindcast-lab.*; do
        [ -d "$folder" ] || continue
        [ -d "/proc/${folder##*.}" ] || undo_all "$folder"
    done
}

clean_up() {
    trap '' INT TERM HUP
    if [ -n "${inside_pid:-}" ]; then
        kill -KILL "$inside_pid" 2>/dev/null
        wait "$inside_pid" 2>/dev/null
    fi
    undo_all "$state"
}

# The share of the CPUs that other work takes before the lab begins: host-wide counters show that work too, and what the
# engine says about it is no error of its own.
busy_before() {
    head -n 1 /proc/stat >"$state/cpu.0"
    sleep 2
    head -n 1 /proc/stat >"$state/cpu.1"
    awk '{ for (i = 2; i <= 9; ++i) all[NR] += $i; idle[NR] = $5 + $6 }
        END { print 1 - (idle[2] - idle[1]) / (all[2] - all[1]) }' "$state/cpu.0" "$state/cpu.1"
}

# --- Inside ------------------------------------------------------------------------------------------------------------

capture_name=capture.hindcast.tar.zst
capture_of() { printf '%s/%s' "$out" "$capture_name"; }

start_recorder() { # OPTIONS...
    "$(program hindcast-record)" --quiet -i 1 -d "$seconds" -o "$capture" "$@" 2>"$out/recorder.log" &
    recorder=$!
    begin=$(date +%s)
}

# 0 and 3 (a source was denied) are complete recordings.
wait_for_recorder() {
    local status
    wait "$recorder"
    status=$?
    [ $status -eq 0 ] || [ $status -eq 3 ]
}

# at SECONDS: sleeps until so many seconds after the recording began
at() {
    local left=$((begin + $1 - $(date +%s)))
    [ $left -le 0 ] || sleep $left
}

mark() { printf '%s %s\n' "$1" "$(date +%s.%N)" >>"$out/marks"; }

# "begin" and "end" of the fault as a JSON object
window() {
    awk '{ time[$1] = $2 } END { printf "{\"begin\": %s, \"end\": %s}\n", time["begin"], time["end"] }' "$out/marks"
}
