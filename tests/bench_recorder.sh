#!/bin/sh
# What recording costs, ours beside the others: on 1000 processes, 100 of them busy, and 20 000 sockets, all made here in
# namespaces of their own, which take everything that was started with them whatever happens. Prints figures and the goals
# of capture's design; judges nothing. CPU time is what the kernel charged to the control group of each tool.
#
#   tests/bench_recorder.sh [--short | --long] [BUILD]      BUILD: default build/release
#
#   default   four to five minutes: the tools one after the other, two rounds; then single figures
#   --short   a minute and a half: all tools at the same time, once
#   --long    also 10 000 processes, some with many threads: two minutes more
# Needs root, unshare, python3, a cgroup of either version; tools that are not installed are left out, and named.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
complain() {
    echo "bench_recorder: $1" >&2
    exit 2
}
mode=full
build=$root/build/release
while [ $# -gt 0 ]; do
    case $1 in
    --short | --long) mode=${1#--} ;;
    -*) complain "usage: tests/bench_recorder.sh [--short | --long] [BUILD]" ;;
    *) build=$1 ;;
    esac
    shift
done
recorder=$(realpath -m "${HINDCAST_RECORD:-$build/bin/hindcast-record}") # it is started from elsewhere
[ -x "$recorder" ] || complain "there is no $recorder: build it first (cmake --build $build --target hindcast-record)"
[ "$(id -u)" -eq 0 ] || complain "making namespaces and control groups needs root"
command -v unshare >/dev/null && command -v python3 >/dev/null || complain "unshare or python3 is not installed"

# Where CPU time is counted: cgroup2's cpu.stat is always there, whatever controllers are on; else the older cpuacct.
group=
for place in $(awk '$3 == "cgroup2" { print $2 } $3 == "cgroup" && $4 ~ /(^|,)cpuacct(,|$)/ { print $2 }' /proc/mounts); do
    if mkdir "$place/hindcast-bench-$$" 2>/dev/null; then
        group=$place/hindcast-bench-$$
        break
    fi
done
[ -n "$group" ] || complain "no control group could be made"
folder=$(mktemp -d) || exit 1
inside=
clean_up() {
    trap '' HUP INT TERM
    [ -z "$inside" ] || kill -9 "$inside" 2>/dev/null # --kill-child: the namespace goes with it
    [ -z "$inside" ] || wait "$inside" 2>/dev/null
    for try in 1 2 3 4 5 6 7 8 9 10; do
        find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
        [ -d "$group" ] || break
        sleep 0.2 # until the last of the processes is gone
    done
    rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 130' HUP INT TERM

unshare --pid --net --mount --uts --ipc --fork --kill-child --mount-proc \
    python3 "$root/tests/bench_recorder.py" "$mode" "$recorder" "$root/capture/hindcast-record.sh" "$group" "$folder" &
inside=$!
wait "$inside"
status=$?
inside=
exit "$status"
