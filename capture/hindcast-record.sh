#!/bin/sh
# hindcast-record.sh: samples this machine into one file, with nothing but a shell and the tools of busybox.
#
# The twin of hindcast-record for hosts where no foreign binary may run: the same options, exit statuses and tree
# (capture/FORMAT.md, "The script"). Every line is meant to be read before it is run. What it does, in order:
#
#   1. makes a private folder for a few seconds of text (in memory where there is /dev/shm) and the file FILE.part
#   2. reads the files of start_sources once
#   3. every interval: one `cat` of tick_sources, one `cat` of /proc/<pid>/stat of all processes
#   4. every 10 ticks: packs what it has as tar members, compresses them, appends them to FILE.part
#   5. beside it, where they are installed: stock tools (vmstat, iostat, mpstat, sar, pidstat, ss, ps, df, dmesg), whose
#      text is taken as it is; with --packets also tcpdump, headers only
#   6. at the end or at SIGINT, SIGTERM, SIGHUP: packs the rest and renames FILE.part to FILE
#
# What it never does: open a network connection, change a setting, need root, read an environment or the memory map of a
# process, follow or overwrite an existing output file, write anything but FILE, FILE.part and its private folder.
#
# Needs: sh (dash, bash, busybox ash), cat, awk, wc, date, sleep, mkdir, rm, head, tr, grep. Made for Linux 2.6.32 and later.
set -u
LC_ALL=C # bytes, and messages that can be told apart
TZ_OF_HOST=${TZ:-}
PATH=${PATH:-/usr/bin:/bin}:/usr/sbin:/sbin
export LC_ALL PATH
umask 077

program=hindcast-record.sh
version=0.1.0
segment_ticks=10 # a kill -9 costs at most these

# --- What is read ------------------------------------------------------------------------------------------------------
# The same lists as in capture/sources.txt; tests/tst_script_recorder.cpp compares them.

tick_sources='
/proc/stat /proc/loadavg /proc/uptime /proc/meminfo /proc/vmstat
/proc/pressure/cpu /proc/pressure/memory /proc/pressure/io /proc/pressure/irq
/proc/diskstats /proc/net/dev /proc/net/snmp /proc/net/snmp6 /proc/net/netstat /proc/net/sockstat /proc/net/sockstat6
/proc/net/softnet_stat /proc/schedstat /proc/softirqs /proc/interrupts
/proc/sys/fs/file-nr /proc/sys/fs/inode-nr /proc/sys/net/netfilter/nf_conntrack_count'

# Tables of sockets are dear when there are many: once per segment.
segment_sources='/proc/net/tcp /proc/net/tcp6'

start_sources='
/proc/version /proc/cmdline /proc/cpuinfo /proc/modules /proc/mounts /proc/swaps /proc/partitions /proc/filesystems
/proc/devices /proc/mdstat /proc/sys/kernel/random/boot_id
/proc/sys/kernel/hostname /proc/sys/kernel/osrelease /proc/sys/kernel/ostype
/etc/os-release /etc/timezone
/sys/devices/system/clocksource/clocksource0/current_clocksource
/sys/devices/system/clocksource/clocksource0/available_clocksource
/sys/class/dmi/id/sys_vendor /sys/class/dmi/id/product_name /sys/class/dmi/id/product_version /sys/class/dmi/id/bios_version
/sys/hypervisor/type /proc/1/cgroup
/proc/sys/kernel/pid_max /proc/sys/kernel/threads-max /proc/sys/kernel/dmesg_restrict
/proc/sys/kernel/perf_event_paranoid /proc/sys/kernel/task_delayacct /proc/sys/kernel/sched_schedstats
/proc/sys/kernel/numa_balancing /proc/sys/kernel/hung_task_timeout_secs
/proc/sys/fs/file-max /proc/sys/fs/nr_open
/proc/sys/vm/swappiness /proc/sys/vm/overcommit_memory /proc/sys/vm/overcommit_ratio /proc/sys/vm/min_free_kbytes
/proc/sys/vm/watermark_scale_factor /proc/sys/vm/dirty_ratio /proc/sys/vm/dirty_background_ratio
/proc/sys/vm/dirty_bytes /proc/sys/vm/dirty_background_bytes /proc/sys/vm/max_map_count /proc/sys/vm/nr_hugepages
/proc/sys/vm/panic_on_oom /proc/sys/vm/zone_reclaim_mode
/proc/sys/net/core/somaxconn /proc/sys/net/core/netdev_max_backlog /proc/sys/net/core/netdev_budget
/proc/sys/net/core/rmem_max /proc/sys/net/core/wmem_max /proc/sys/net/core/default_qdisc
/proc/sys/net/ipv4/tcp_max_syn_backlog /proc/sys/net/ipv4/tcp_syncookies /proc/sys/net/ipv4/tcp_rmem
/proc/sys/net/ipv4/tcp_wmem /proc/sys/net/ipv4/tcp_mem /proc/sys/net/ipv4/tcp_congestion_control
/proc/sys/net/ipv4/tcp_retries2 /proc/sys/net/ipv4/tcp_fin_timeout /proc/sys/net/ipv4/tcp_keepalive_time
/proc/sys/net/ipv4/tcp_max_tw_buckets /proc/sys/net/ipv4/tcp_tw_reuse /proc/sys/net/ipv4/tcp_abort_on_overflow
/proc/sys/net/ipv4/ip_local_port_range /proc/sys/net/netfilter/nf_conntrack_max
/sys/kernel/mm/transparent_hugepage/enabled /sys/kernel/mm/transparent_hugepage/defrag
/sys/block/*/queue/scheduler /sys/block/*/queue/nr_requests /sys/block/*/queue/rotational /sys/block/*/queue/read_ahead_kb
/sys/class/net/*/speed /sys/class/net/*/duplex /sys/class/net/*/mtu /sys/class/net/*/operstate
/sys/devices/system/cpu/cpufreq/policy*/scaling_governor /sys/devices/system/cpu/online /sys/devices/system/node/online'

end_sources='/proc/mounts /proc/swaps /proc/mdstat /sys/class/net/*/operstate'

usage() {
    cat <<END
Usage: $program [-i SECONDS] [-d SECONDS | -c SAMPLES] [-o FILE | -o -]

Samples this machine into one file, with a shell and the tools of busybox only.

  -i, --interval SECONDS   time between samples, 0.1 to 3600 (default 1)
  -d, --duration SECONDS   how long; also 90s, 15m, 8h, 2d. Both ends are sampled
  -c, --count SAMPLES      so many samples. With neither, until a signal
  -o, --output FILE        default ./HOST-UTC.hindcast.tar.zst, or .tar.gz where there is no zstd. The ending of FILE
                           decides: .zst, .gz, .tar. '-' is standard output
      --compress KIND      zstd, gzip or none, for standard output and names that do not say it
      --packets IFACE[:FILTER]  also the headers of packets, through tcpdump
      --redact default|off hide passwords, keys and tokens in command lines and in the text of dmesg (default), or nothing
      --no-tools           only files of /proc and /sys; start no vmstat, iostat, ss, ...
      --quiet              no closing line
      --list-sources       print what is read, and leave
      --version, --help    print and leave

Exit status: 0 complete; 1 nothing was recorded; 2 wrong use, or FILE exists; 3 complete, but permission was denied to
some sources, or packets cannot be had; 5 the output failed (disk full, closed pipe); 6 ended by a signal before its
time, the file is valid.
END
}

say() { printf '%s: %s\n' "$program" "$*" >&2; }
refuse() {
    say "$* (see --help)"
    exit 2
}

# --- Options -----------------------------------------------------------------------------------------------------------

# centiseconds NUMBER -> cs; fails when it is no number like 2, 0.5 or 12.25
centiseconds() {
    whole=${1%%.*}
    case $1 in *.*) part=${1#*.}00 ;; *) part=00 ;; esac
    case $whole$part in *[!0-9]*) return 1 ;; esac
    [ -n "$whole" ] && [ ${#whole} -le 9 ] || return 1
    part=${part%"${part#??}"}
    # A leading zero would mean an octal number.
    cs=$((1$whole$part - 1$(printf '%s' "$whole$part" | tr 0-9 0)))
}

# duration TEXT -> cs
duration() {
    case $1 in
    *s) centiseconds "${1%s}" ;;
    *m) centiseconds "${1%m}" && cs=$((cs * 60)) ;;
    *h) centiseconds "${1%h}" && cs=$((cs * 3600)) ;;
    *d) centiseconds "${1%d}" && cs=$((cs * 86400)) ;;
    *) centiseconds "$1" ;;
    esac
}

list_sources() {
    set -f # patterns are shown as patterns
    for path in $tick_sources; do printf 'tick %s\n' "$path"; done
    printf 'tick %s\n' '/proc/<pid>/stat'
    for path in $segment_sources; do printf 'segment %s\n' "$path"; done
    printf 'segment %s\n' '/proc/<pid>/cmdline' '/proc/<pid>/status (the line Uid)'
    for path in $start_sources; do printf 'start %s\n' "$path"; done
    for path in $end_sources; do printf 'end %s\n' "$path"; done
    for tool in "vmstat -n -t" "iostat -xtz" "mpstat -P ALL" "sar -n DEV,EDEV,TCP,ETCP" "pidstat -durwh" \
        "ss -tanoie (else netstat -tan)" "ps -eo pid,ppid,stat,wchan,nlwp,rss,vsz,comm" "df -P -k" "df -P -i" dmesg; do
        printf 'tool %s\n' "$tool"
    done
    set +f
}

interval_cs=100
duration_cs=
count=
output=
compress=
packets=
with_tools=yes
redact=default
quiet=
while [ $# -gt 0 ]; do
    option=$1
    case $option in
    --*=*)
        value=${option#*=}
        option=${option%%=*}
        has_value=yes
        ;;
    -[idco]?*)
        value=${option#-?}
        option=${option%"$value"}
        has_value=yes
        ;;
    *)
        value=${2-}
        has_value=
        ;;
    esac
    case $option in
    -i | --interval | -d | --duration | -c | --count | -o | --output | --packets | --compress | --redact)
        if [ -z "$has_value" ]; then
            [ $# -gt 1 ] || refuse "$option needs a value"
            shift
        fi
        ;;
    *) [ -z "$has_value" ] || refuse "$option takes no value" ;;
    esac
    case $option in
    -i | --interval)
        centiseconds "$value" || refuse "the interval is a number of seconds, not '$value'"
        interval_cs=$cs
        [ $interval_cs -ge 10 ] && [ $interval_cs -le 360000 ] || refuse "the interval lies between 0.1 and 3600 seconds, not '$value'"
        ;;
    -d | --duration)
        duration "$value" || refuse "the duration is a number of seconds, or like 15m, 8h, 2d, not '$value'"
        duration_cs=$cs
        [ $duration_cs -gt 0 ] || refuse "the duration is more than 0"
        ;;
    -c | --count)
        case $value in '' | *[!0-9]* | 0* | ??????????*) refuse "the count is a whole number above 0, not '$value'" ;; esac
        count=$value
        ;;
    -o | --output)
        [ -n "$value" ] || refuse "the output needs a name"
        output=$value
        ;;
    --compress)
        case $value in zstd | gzip | none) compress=$value ;; *) refuse "--compress takes zstd, gzip or none, not '$value'" ;; esac
        ;;
    --packets)
        case ${value%%:*} in '' | -* | . | .. | *[!A-Za-z0-9._@-]*) refuse "--packets takes an interface, and a filter behind a colon" ;; esac
        packets=$value
        ;;
    --redact)
        case $value in
        default | off) redact=$value ;;
        strict) refuse "--redact strict is for hindcast-record and for 'hindcast-report redact'" ;;
        *) refuse "--redact takes default or off, not '$value'" ;;
        esac
        ;;
    --no-tools) with_tools= ;;
    --quiet) quiet=yes ;;
    --list-sources) list_sources; exit 0 ;;
    --version) printf '%s %s\n' "$program" "$version"; exit 0 ;;
    --help | -h) usage; exit 0 ;;
    *) refuse "unknown argument: $option" ;;
    esac
    shift
done
[ -z "$duration_cs" ] || [ -z "$count" ] || refuse "give a duration or a count, not both"
last_slot= # none: until a signal
[ -z "$duration_cs" ] || last_slot=$((duration_cs / interval_cs))
[ -z "$count" ] || last_slot=$((count - 1))

[ -r /proc/uptime ] || {
    say "there is no /proc on this system: is it mounted? Nothing was recorded"
    exit 1
}
has() { command -v "$1" >&3 2>&3; } # descriptor 3 is a sink, below

# --- A folder for a moment ---------------------------------------------------------------------------------------------

directory=$(pwd)
case $output in
'' | - | /*) ;;
*) output=$directory/$output ;;
esac

# In memory where that can be: files that are written anew every second would make a disk busy. mkdir is the test and
# the lock: it fails for a name that exists, a symbolic link too.
work=
case $output in */*) beside=${output%/*} ;; *) beside=. ;; esac
for parent in /dev/shm "${TMPDIR:-/tmp}" /tmp "$beside/"; do
    [ -d "$parent" ] && [ -w "$parent" ] || continue
    work=$parent/hindcast-record.$$
    # Without /dev/null the complaint of mkdir is left where it goes.
    if mkdir "$work"; then break; fi
    work=
done
if [ -z "$work" ] || ! cd "$work"; then
    say "no folder for temporary files: set TMPDIR. Nothing was recorded"
    exit 1
fi
work=$(pwd)
helpers=
part=
leave() { # STATUS
    trap - EXIT
    trap '' INT TERM HUP
    for helper in $helpers; do kill "$helper" 2>&3; done
    cd / && rm -rf "$work"
    exit "$1"
}
trap 'leave 1' EXIT
: >sink
exec 3>sink # what nobody shall see; /dev/null may be missing in a small chroot
[ ! -c /dev/null ] || exec 3>/dev/null

# Shells open /dev/null for what runs in the background; without it nothing does, and a signal waits for the next tick.
can_background=
[ ! -c /dev/null ] || can_background=yes

# --packets: the interface must be there, and tcpdump must understand the filter; both are asked without any privilege.
interface=${packets%%:*}
case $packets in *:*) filter=${packets#*:} ;; *) filter= ;; esac
check_packets() {
    if [ "$interface" != any ] && [ ! -e "/sys/class/net/$interface" ] && [ -r /proc/net/dev ] \
        && ! grep -q "^ *$interface:" /proc/net/dev; then
        say "--packets $interface: No such device (see --help)"
        leave 2
    fi
    # An old tcpdump needs a device for this as well: then a filter known to be right fails, and this one is not judged.
    if [ -n "$filter" ] && has tcpdump && tcpdump -d ip >&3 2>&3 && ! tcpdump -d -- "$filter" >&3 2>complaint; then
        say "--packets: $(tail -n 1 complaint) (see --help)"
        leave 2
    fi
}
[ -z "$packets" ] || check_packets

# --- Signals -----------------------------------------------------------------------------------------------------------

stopped=
trap 'stopped=yes; trap - INT' INT
trap 'stopped=yes; trap - TERM' TERM
trap 'stopped=yes; trap - HUP' HUP

# --- Clocks ------------------------------------------------------------------------------------------------------------

# now -> up: centiseconds since boot (CLOCK_BOOTTIME). A builtin and one short line: no process is started.
now() {
    read -r up rest </proc/uptime
    up=${up%.*}${up#*.}
    while :; do case $up in 0?*) up=${up#0} ;; *) break ;; esac; done # a leading zero would mean octal
}

# The wall clock is this much ahead of /proc/uptime, in nanoseconds. Where date knows no nanoseconds (busybox), it is
# asked until its second changes: that instant is known to a fiftieth of a second.
measure_wall_offset() {
    wall=$(date +%s%N)
    case $wall in
    *[!0-9]* | ??????????)
        first=$(date +%s)
        wall=$first
        while [ "$wall" = "$first" ]; do
            [ -z "$fraction_sleep" ] || sleep 0.02
            now
            wall=$(date +%s)
        done
        wall=${wall}000000000
        ;;
    *) now ;;
    esac
    wall_offset=$((wall - up * 10000000))
}

# Once per segment: was the clock set meanwhile?
check_wall_offset() {
    wall=$(date +%s)
    now
    expected=$(((up * 10000000 + wall_offset) / 1000000000))
    drift=$((wall - expected))
    if [ $drift -gt 1 ] || [ $drift -lt -1 ]; then measure_wall_offset; fi
}

fraction_sleep=yes
sleep 0.01 2>&3 || fraction_sleep=
if [ -z "$fraction_sleep" ] && [ $((interval_cs % 100)) -ne 0 ]; then
    say "sleep takes whole seconds only here; so must the interval. Nothing was recorded"
    leave 2
fi

# pause CENTISECONDS: ends early at a signal
pause() {
    if [ -n "$fraction_sleep" ]; then
        pause_part=$((100 + $1 % 100))
        pause_time=$(($1 / 100)).${pause_part#1}
    else
        pause_time=$((($1 + 50) / 100))
        [ $pause_time -gt 0 ] || return 0
    fi
    if [ -n "$can_background" ]; then
        sleep "$pause_time" >&3 4>&- &
        sleeper=$!
        wait $sleeper 2>&3
        [ -z "$stopped" ] || kill $sleeper 2>&3
    else
        sleep "$pause_time"
    fi
}

# --- Output ------------------------------------------------------------------------------------------------------------

case $output in
*.zst) compress=zstd ;;
*.gz | *.tgz) compress=gzip ;;
*.tar) compress=none ;;
esac
if [ -z "$compress" ]; then
    if has zstd; then compress=zstd; elif has gzip; then compress=gzip; else compress=none; fi
fi
case $compress in
zstd) compressor='zstd -q -3 -c' ending=.tar.zst ;;
gzip) compressor='gzip -c' ending=.tar.gz ;;
none) compressor=cat ending=.tar ;;
esac
if ! has "${compressor%% *}"; then
    say "there is no $compress here"
    leave 2
fi

read -r hostname </proc/sys/kernel/hostname || hostname=unknown
if [ -z "$output" ]; then output=$directory/$(printf '%s' "$hostname" | tr -c 'A-Za-z0-9._-' _)-$(date -u +%Y%m%dT%H%M%SZ).hindcast$ending; fi
if [ "$output" = - ]; then
    if [ -t 1 ]; then
        say "standard output is a terminal; nothing was recorded (see --help)"
        leave 2
    fi
    exec 4>&1
else
    part=$output.part
    for file in "$output" "$part"; do
        if [ -e "$file" ] || [ -h "$file" ]; then
            say "$file is already there"
            part=
            leave 2
        fi
    done
    set -C # O_EXCL: neither an existing file nor a symbolic link is opened
    # The redirection alone could end a shell when it fails; in a subshell it only fails.
    if ! (: >"$part"); then
        say "$part cannot be created; nothing was recorded"
        leave 1
    fi
    set +C
    exec 4>>"$part"
fi

written=0 # bytes in FILE.part that are whole pieces

# pack: the members named in the file `list` (lines "FILE MEMBER") become one compressed piece at the end of the output.
# Headers as in POSIX.1-2017, pax, "ustar Interchange Format": awk knows sizes and sums, printf makes the bytes.
header_program='
BEGIN { for (i = 32; i < 127; ++i) code[sprintf("%c", i)] = i }
function octal(value,  digits, i) {
    for (i = 0; i < 11; ++i) { digits = value % 8 digits; value = int(value / 8) }
    return digits
}
sizes { size[$2] = $1; next }
{
    name = $2
    bytes = size[$1]
    text = "0000600" "0000000" "0000000" octal(bytes) octal(time) "        " "0" "ustar" "00" name
    sum = 0
    for (i = 1; i <= length(text); ++i) sum += code[substr(text, i, 1)]
    print $1, octal(bytes), octal(time), substr(octal(sum), 6), 100 - length(name), (512 - bytes % 512) % 512, name
}'

# zeros NUMBER -> zeros: a printf format that prints so many NUL bytes (fewer than 512)
zero1='\000' zero2=$zero1$zero1 zero4=$zero2$zero2 zero8=$zero4$zero4 zero16=$zero8$zero8 zero32=$zero16$zero16
zero64=$zero32$zero32 zero128=$zero64$zero64 zero256=$zero128$zero128
zeros() {
    zeros=
    for bit in 1 2 4 8 16 32 64 128 256; do
        [ $(($1 & bit)) -eq 0 ] || eval "zeros=\$zeros\$zero$bit"
    done
}
zeros 247
rest_of_header=$zeros # of 512 bytes, behind the version field

pack() {
    [ -s list ] || return 0
    while read -r file name; do printf '%s\n' "$file"; done <list | xargs wc -c >wc.out
    awk -v time="$((wall_offset / 1000000000 + up / 100))" "$header_program" sizes=1 wc.out sizes=0 list >headers
    set --
    padding=0
    piece=0
    while read -r file size time sum name_padding next_padding name; do
        piece=$((piece + 1))
        {
            zeros "$padding"
            # shellcheck disable=SC2059 # a format made of \000 only
            printf "$zeros"
            zeros "$name_padding"
            # shellcheck disable=SC2059
            printf "%s${zeros}0000600\0000000000\0000000000\000%s\000%s\000%s\000 0${zero64}${zero32}${zero4}ustar\00000$rest_of_header" \
                "$name" "$size" "$time" "$sum"
        } >"piece.$piece"
        padding=$next_padding
        set -- "$@" "piece.$piece" "$file"
    done <headers
    zeros "$padding"
    # shellcheck disable=SC2059
    printf "$zeros" >piece.last
    # ^C goes to all processes of a terminal: what is being packed is finished all the same.
    # shellcheck disable=SC2086 # a command and its options
    (
        trap '' INT TERM HUP
        cat "$@" piece.last | $compressor >&4
    ) 2>pack.errors || output_failed
    rm -f piece.*
    : >list
    [ "$output" = - ] || written=$(wc -c <"$part")
}

# The output takes nothing any more: what is whole stays.
output_failed() {
    read -r reason <pack.errors || reason='the output was closed'
    say "writing failed: $reason"
    if [ -n "$part" ]; then
        dd if=sink of="$part" bs=1 seek="$((written))" count=0 2>&3 # cuts the file there
        if [ $packed_ticks -gt 0 ]; then name_output; else rm -f "$part"; fi
    fi
    leave 5
}

name_output() {
    # A link is refused when the name exists; where file systems have none, a test must do.
    if ln "$part" "$output" 2>&3; then
        rm -f "$part"
    elif [ -e "$output" ] || [ -h "$output" ]; then
        say "$output appeared meanwhile; the capture stays in $part"
        leave 1
    else
        mv "$part" "$output"
    fi
}

# --- Who this host is --------------------------------------------------------------------------------------------------

# What a tool complained, as an errno; 5 (EIO) when it says nothing known.
read_errno() { # FILE
    complaint=
    read -r complaint <"$1"
    case $complaint in
    *"don't have permission"*) errno=1 error='Operation not permitted' ;;
    *[Pp]'ermission denied'*) errno=13 error='Permission denied' ;;
    *'not permitted'*) errno=1 error='Operation not permitted' ;;
    *'o such file'* | *nonexistent*) errno=2 error='No such file or directory' ;;
    *'nvalid argument'*) errno=22 error='Invalid argument' ;;
    *'not supported'*) errno=95 error='Operation not supported' ;;
    *) errno=5 error='Input/output error' ;;
    esac
}

denials=
refused=
# deny PATH TICK, after read_errno
deny() {
    denials="$denials${denials:+,}{\"path\":\"$1\",\"errno\":$errno,\"error\":\"$error\",\"tick\":$2}"
    case $errno in 1 | 13) refused="$refused $1" ;; esac
}

# copy PATH FILE: false when it cannot be read, errno and error say why
copy() {
    if [ ! -e "$1" ]; then
        errno=2 error='No such file or directory'
        return 1
    fi
    cat "$1" >"$2" 2>complaint && return 0
    read_errno complaint
    return 1
}

# read_once FOLDER SOURCES: into `list`, as FOLDER/path
read_once() {
    for path in $2; do
        case $path in *'*'*) continue ;; esac # a pattern that nothing matches
        copied=$((copied + 1))
        if copy "$path" "once.$copied"; then printf '%s %s\n' "once.$copied" "$1$path" >>list; else [ "$1" = end ] || deny "$path" null; fi
    done
}

# answer NAME: standard input becomes start/hindcast/NAME
answer() {
    copied=$((copied + 1))
    cat >"once.$copied"
    printf '%s %s\n' "once.$copied" "start/hindcast/$1" >>list
}

json_text() { printf '%s' "$1" | tr -d '\000-\037' | sed 's/[\\"]/\\&/g'; }
json_number() { case $1 in '' | *[!0-9-]*) printf null ;; *) printf '%s' "$1" ;; esac }

# The auxiliary vector (man 3 getauxval): pairs of words, AT_PAGESZ is 6 and AT_CLKTCK 17. For busybox, which has no getconf.
auxiliary() { # KEY
    od -A n -v -t u4 /proc/self/auxv 2>&3 | awk -v key="$1" '
        { for (i = 1; i <= NF; ++i) word[n++] = $i }
        END {
            wide = word[1] == 0 # 64 bits: the upper half of the first key (little endian)
            for (i = 0; i < n; i += wide ? 4 : 2)
                if (word[i] == key) { print word[i + (wide ? 2 : 1)]; exit }
        }'
}

learn_host() {
    clock_ticks=$(getconf CLK_TCK 2>&3) || clock_ticks=$(auxiliary 17)
    page_size=$(getconf PAGESIZE 2>&3) || page_size=$(auxiliary 6)
    cpus=$(grep -c '^cpu[0-9]' /proc/stat)
    boot_time=$(sed -n 's/^btime //p' /proc/stat)
    boot_id=
    [ ! -r /proc/sys/kernel/random/boot_id ] || read -r boot_id </proc/sys/kernel/random/boot_id
    kernel=$(uname -r)
    machine=$(uname -m)
    uid=$(id -u)
    timezone=$TZ_OF_HOST
    if [ -z "$timezone" ] && [ -r /etc/timezone ]; then read -r timezone </etc/timezone; fi
    if [ -z "$timezone" ]; then
        timezone=$(readlink /etc/localtime 2>&3)
        case $timezone in */zoneinfo/*) timezone=${timezone#*/zoneinfo/} ;; *) timezone= ;; esac
    fi
    utc_offset=$(date +%z | sed -n 's/^\([-+]\)\([0-9][0-9]\)\([0-9][0-9]\)$/\1 1\2 1\3/p')
    if [ -n "$utc_offset" ]; then
        # shellcheck disable=SC2086 # sign, 1hh, 1mm
        set -- $utc_offset
        utc_offset=$((($2 - 100) * 3600 + ($3 - 100) * 60))
        [ "$1" = + ] || utc_offset=-$utc_offset
    fi
}

answer_questions() {
    answer uname <<END
sysname $(uname -s)
nodename $hostname
release $kernel
version $(uname -v)
machine $machine
END
    {
        [ -z "$timezone" ] || printf 'name %s\n' "$timezone"
        printf 'abbreviation %s\n' "$(date +%Z)"
        [ -z "$utc_offset" ] || printf 'utc_offset_s %s\n' "$utc_offset"
    } | answer timezone
    {
        [ -z "$clock_ticks" ] || printf 'clock_ticks %s\n' "$clock_ticks"
        [ -z "$page_size" ] || printf 'page_size %s\n' "$page_size"
        printf 'processors_online %s\n' "$cpus"
    } | answer sysconf
    printf 'uid %s\n' "$uid" | answer limits
    for file in /.dockerenv /run/.containerenv; do
        if [ -e "$file" ]; then printf '%s yes\n' "$file"; else printf '%s no\n' "$file"; fi
    done | answer container
}

write_manifest() { # FIRST_TICK ...
    printf '{"format":"hindcast","schema":1,"tool":"%s %s","segment":%s,"first_tick":%s,"interval_ns":%s,' \
        "$program" "$version" "$segment" "$1" "${interval_cs}0000000"
    printf '"hostname":"%s","kernel":"%s","machine":"%s","boot_id":"%s","boot_time_s":%s,"clock_ticks":%s,"page_size":%s,' \
        "$host_json" "$kernel_json" "$machine" "$boot_id" "$(json_number "$boot_time")" "$(json_number "$clock_ticks")" "$(json_number "$page_size")"
    if [ -n "$timezone" ]; then timezone_json="\"$timezone\""; else timezone_json=null; fi
    printf '"cpus":%s,"timezone":%s,"utc_offset_s":%s,"uid":%s,"clocks":{"real_ns":%s,"mono_ns":%s,"boot_ns":%s},' \
        "$(json_number "$cpus")" "$timezone_json" "$(json_number "$utc_offset")" "$(json_number "$uid")" \
        "$((up * 10000000 + wall_offset))" "${up}0000000" "${up}0000000"
    seconds=null
    [ -z "$last_slot" ] || seconds=$((last_slot * interval_cs / 100)).$((last_slot * interval_cs / 10 % 10))
    printf '"config":{"interval_s":%s.%s,"duration_s":%s,"redact":"%s"},"denials":[%s]}\n' \
        "$((interval_cs / 100))" "$((100 + interval_cs % 100))" "$seconds" "$redact" "$denials" | sed 's/\("interval_s":[0-9]*\.\)1/\1/'
}

# --- Processes ---------------------------------------------------------------------------------------------------------

# What --redact hides: values of options and variables whose names name a secret, accounts in URLs, headers, tokens known by
# their shape, and the passwords of a few programs. The recorder knows more places, and "hindcast-report redact" can be run
# on what this wrote; names of processes and texts of tools other than dmesg are taken as they are.
redaction_functions='
BEGIN {
    secret = "(passw(or)?d|passphrase|passcode|secret|token|api[-_.]?key|access[-_.]?key|private[-_.]?key|credential|signature|session|cookie|pwd|dsn|jwt|storepass|keypass)"
    word = "(auth|pass|pw|sig|creds)"
    reference = "(file|path|dir|url|uri|type|name|mode|policy|izer|size|count|max|min|ttl|timeout|algorithm|class)s?[\"\047 ]*[=:]$"
    header = "(authorization|cookie|x-api-key|x-auth-token|private-token)[\"\047]*[:=] *"
}
# Hides what follows each match of `name`, up to a byte of `stop`.
function hidden(text, name, stop,  done, lower, end, matched) {
    done = ""
    lower = tolower(text)
    while (match(lower, name)) {
        matched = substr(lower, RSTART, RLENGTH)
        end = RSTART + RLENGTH
        done = done substr(text, 1, end - 1)
        text = substr(text, end)
        lower = substr(lower, end)
        end = match(text, stop) ? RSTART : length(text) + 1
        if (matched ~ reference || matched ~ /^(old)?pwd=$/ && text ~ /^\// || substr(text, 1, 10) == "<redacted>") continue
        if (end > 1) done = done "<redacted>"
        text = substr(text, end)
        lower = substr(lower, end)
    }
    return done text
}
function hiddenAnywhere(text) {
    if (text ~ /:\/\//) {
        gsub("://[^/@ \001\"\047]*:[^/@ \001\"\047]*@", "://<redacted>@", text)
        gsub("://[^/@ \001\"\047]*:[0-9]*[^0-9/@ \001\"\047][^@ \001\"\047]*@", "://<redacted>@", text)
        gsub("://[^/@ \001\"\047:]+@", "://<redacted>@", text)
    }
    if (text ~ /gh[opsur]_|github_pat_|glpat-|xox[a-z]-|AKIA|ASIA|AIza|[sr]k_live_|eyJ/) {
        gsub(/(gh[opsur]|github_pat)_[A-Za-z0-9_]+/, "<redacted>", text)
        gsub(/(glpat|xox[a-z])-[A-Za-z0-9_.-]+/, "<redacted>", text)
        gsub(/A[KS]IA[A-Z0-9]+/, "<redacted>", text)
        gsub(/AIza[A-Za-z0-9_-]+/, "<redacted>", text)
        gsub(/[sr]k_live_[A-Za-z0-9]+/, "<redacted>", text)
        gsub(/eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_.-]+/, "<redacted>", text)
    }
    if (tolower(text) ~ header) text = hidden(text, header, "[\"\001]")
    if (text ~ /[?&]/) text = hidden(text, "[?&](sig|auth|key|code)=", "[ &#\"\001]")
    if (text ~ /[=:]/ && tolower(text) ~ secret) {
        text = hidden(text, secret "[a-z0-9_.-]*=", "[ &;\"\001]")
        text = hidden(text, secret "[a-z0-9_.-]*[\"\047]+ *: *[\"\047]", "[\"\047]")
        text = hidden(text, secret "[a-z0-9_.-]*: +", "[ \"\047]")
    }
    return text
}
function hiddenArgument(text, program,  lower, matched) {
    lower = tolower(text)
    if (match(lower, "^-*[a-z0-9_.-]*" secret "[a-z0-9_.-]*=") || match(lower, "^-*([a-z0-9_.-]*[_.-])?" word "=")) {
        matched = substr(lower, RSTART, RLENGTH)
        if (matched !~ reference && !(matched ~ /^(old)?pwd=$/ && text ~ /=\//)) return substr(text, 1, RLENGTH) "<redacted>"
    }
    if (program ~ /^(mysql|mariadb|sshpass$)/ && text ~ /^-p./) return "-p<redacted>"
    return hiddenAnywhere(text)
}
# Arguments with \001 behind each
function hiddenCommand(text,  n, words, i, result, program, isNext, lower) {
    n = split(text, words, "\001")
    result = ""
    isNext = 0
    program = ""
    for (i = 1; i <= n; ++i) {
        lower = tolower(words[i])
        if (i == 1 || words[i - 1] ~ /^(sudo|env|nice|timeout)$/ || lower ~ /^(mysql|mariadb|sshpass|curl|redis-cli|ldap)/) {
            program = words[i]
            sub(/.*\//, "", program)
        }
        if (isNext && words[i] !~ /^(--[a-z].*|-[a-zA-Z])$/ && words[i] != "" && i <= n) words[i] = "<redacted>"
        else words[i] = hiddenArgument(words[i], program)
        isNext = lower ~ ("^--?([a-z0-9_.-]*[_.-])?(" secret "s?|" word ")$") && lower !~ /^--?(no|ask|prompt|with|max)-/
        if (program ~ /^(mysql|mariadb)/ && program !~ /^(mysqld|mariadbd)$/ || program == "sshpass") isNext = isNext || words[i] == "-p"
        if (program == "curl") isNext = isNext || words[i] ~ /^-[a-zA-Z]*u$/
        if (program == "redis-cli") isNext = isNext || words[i] == "-a"
        if (program ~ /^ldap/) isNext = isNext || words[i] == "-w"
        if (program == "sshpass" && i > 1 && words[i] !~ /^(-|<)/) program = words[i]
        result = result (i > 1 ? "\001" : "") words[i]
    }
    return result
}'

# A line of /proc/<pid>/stat ends when at least 20 fields follow the last ")": a process may have put newlines, blanks
# and parentheses into its name of at most 15 bytes, but not that many fields.
stat_functions='
function isComplete(text,  fields) {
    return match(text, /\)[^)]*$/) && split(substr(text, RSTART + 1), fields, " ") >= 20
}
{ line = pending == "" ? $0 : pending "\n" $0 }
part != "commands" && part != "owners" {
    if (!isComplete(line)) { pending = line; next }
    pending = ""
    pid = substr(line, 1, index(line, " ") - 1)
}'

# First file: the processes one tick ago (none at the first tick of a segment); second: now. Out come blocks of those that
# are new or changed, and of those that ended. Lengths are explicit: no name can pretend to be a block.
changes_program="
part == \"now\" && pending == \"\" && ((pid = substr(\$0, 1, index(\$0, \" \") - 1)) in before) && before[pid] == \$0 {
    seen[pid] = 1
    next
}
$stat_functions"'
part == "before" { before[pid] = line; next }
{
    seen[pid] = 1
    if (!(pid in before) || before[pid] != line)
        printf "== /proc/%s/stat %s 0 0 %d\n%s\n\n", pid, time, length(line) + 1, line
}
END { for (pid in before) if (!(pid in seen)) printf "== /proc/%s/stat %s 0 3 0\n\n", pid, time }'

# Who the processes are: pids.txt. Effective uids from /proc/<pid>/status, command lines as `head` shows them ("==> file <==",
# NUL bytes made \001 before); each pid is taken once, in the order of the files, so that an argument that looks like such
# a heading cannot rename what came before.
identity_program="$redaction_functions$stat_functions"'
function escaped(text,  i) {
    gsub(/%/, "%25", text)
    gsub(/ /, "%20", text)
    if (text ~ /[\001-\037\177]/) {
        gsub(/\001/, "%00", text)
        for (i = 2; i < 32; ++i) if (index(text, control[i])) gsub(control[i], sprintf("%%%02X", i), text)
        gsub(/\177/, "%7F", text)
    }
    return text
}
function close_command() { if (current != "") command[current] = body }
BEGIN { for (i = 2; i < 32; ++i) control[i] = sprintf("%c", i) }
part == "stat" {
    match(line, /\)[^)]*$/)
    split(substr(line, RSTART + 1), fields, " ")
    first = index(line, "(")
    name[pid] = substr(line, first + 1, RSTART - first - 1)
    start[pid] = fields[20]
    order[++processes] = pid
    next
}
part == "owners" { split($0, path, "/"); split($0, uids, "\t"); owner[path[3]] = uids[3]; next }
/^==> \/proc\/[0-9]+\/cmdline <==$/ {
    split($0, path, "/")
    if ((path[3] in name) && !(path[3] in command) && path[3] != current) {
        close_command()
        current = path[3]
        body = ""
        lines = 0
        next
    }
}
{ body = lines++ ? body "\n" $0 : $0 }
END {
    close_command()
    for (i = 1; i <= processes; ++i) {
        pid = order[i]
        if (redact != "off" && pid in command) command[pid] = hiddenCommand(command[pid])
        text = pid in command ? (command[pid] == "-" ? "%2D" : escaped(command[pid])) : "-"
        print pid, start[pid], (pid in owner ? owner[pid] : "-"), escaped(name[pid]), text
    }
}'

# all_processes FILE: /proc/<pid>/FILE of all, as arguments of the command line that follows; by xargs when they are many
all_processes() { # FILE COMMAND...
    file=$1
    shift
    set -- "$@" /proc/[0-9]*/"$file"
    if [ $# -lt 4000 ]; then
        "$@"
    else
        printf '%s\n' /proc/[0-9]*/"$file" | xargs "$1" # the only command for so many is cat
    fi
}

# Reading a command line waits for the process's memory map, which may be locked for long: in the background, and when it
# does not come back, no second one is started.
identify() {
    all_processes stat cat >identity.stat
    if set -- /proc/[0-9]*/status && [ $# -lt 4000 ]; then
        grep '^Uid:' "$@" >identity.owners
        head -c 4096 /proc/[0-9]*/cmdline | tr '\000' '\001' >identity.commands
    else
        : >identity.owners
        : >identity.commands
    fi
    awk -v redact="$redact" "$identity_program" part=stat identity.stat part=owners identity.owners part=commands identity.commands >pids.part \
        && mv pids.part pids.new
}

start_identifying() {
    if [ -z "$can_background" ]; then
        identify 2>&3
    elif [ -z "$identifier" ] || ! kill -0 "$identifier" 2>&3; then
        identify >&3 2>&3 4>&- &
        identifier=$!
        helpers="$helpers $identifier"
    fi
}

# --- Stock tools -------------------------------------------------------------------------------------------------------
# Their text is taken as it is. Those that run along end by themselves after `round_ticks` ticks, so that none outlives a
# script that was killed for long; then they are started anew and their text becomes members tools/NNNNNN/NAME.txt.

round_ticks=600
tool_round=0
running_tools=

start_tool() { # NAME COMMAND...
    tool=$1
    shift
    has "$1" || return 0
    S_TIME_FORMAT=ISO "$@" >"tool.$tool" 2>&3 4>&- &
    running_tools="$running_tools $tool:$!"
    helpers="$helpers $!"
}

start_tools() {
    tool_round_begin=$slot
    [ -n "$with_tools" ] && [ -n "$can_background" ] || return 0
    every=$(((interval_cs + 50) / 100))
    [ $every -gt 0 ] || every=1
    rounds=$((round_ticks * interval_cs / 100 / every + 2))
    start_tool vmstat vmstat -n -t $every $rounds
    start_tool iostat iostat -xtz $every $rounds
    start_tool mpstat mpstat -P ALL $every $rounds
    start_tool sar sar -n DEV,EDEV,TCP,ETCP $every $rounds
    start_tool pidstat pidstat -durwh $((every * 10)) $((rounds / 10 + 1)) # it reads as much as all the rest here
}

# Ends the tools, and lists what they printed.
take_tools() {
    for entry in $running_tools; do kill -INT "${entry#*:}" 2>&3; done # sysstat prints what it holds back
    for entry in $running_tools; do
        tool=${entry%%:*}
        [ "$tool" != vmstat ] || kill "${entry#*:}" 2>&3
        wait "${entry#*:}" 2>&3
        [ ! -s "tool.$tool" ] || mv "tool.$tool" "text.$tool"
        [ ! -s "text.$tool" ] || printf 'text.%s tools/%06d/%s.txt\n' "$tool" $tool_round "$tool" >>list
    done
    running_tools=
    tool_round=$((tool_round + 1))
}

# What is only a picture of one moment: a block tools/NAME of the tick that follows. In the background, because df may wait
# for a dead file server; it is not asked again while it does.
snapshot_tool() { # NAME COMMAND...
    tool=$1
    shift
    has "$1" || return 1
    "$@" >"snapshot.$tool" || return 1
    printf '== tools/%s %s0000000 0 0 %s\n' "$tool" "$up" "$(($(wc -c <"snapshot.$tool")))" >>snapshot.part
    cat "snapshot.$tool" >>snapshot.part
    printf '\n' >>snapshot.part
}

take_snapshot() {
    now
    : >snapshot.part
    snapshot_tool ss ss -tanoie || snapshot_tool netstat netstat -tan
    snapshot_tool ps ps -eo pid,ppid,stat,wchan,nlwp,rss,vsz,comm || snapshot_tool ps ps
    snapshot_tool free free
    snapshot_tool uptime uptime
    mv snapshot.part snapshot.new
    : >snapshot.part
    snapshot_tool df df -P -k
    snapshot_tool df-inodes df -P -i
    cat snapshot.part >>snapshot.new
}

start_snapshot() {
    [ -n "$with_tools" ] && [ -n "$can_background" ] || return 0
    if [ -z "$photographer" ] || ! kill -0 "$photographer" 2>&3; then
        rm -f snapshot.new
        (take_snapshot && mv snapshot.new snapshot.ready) >&3 2>&3 4>&- &
        photographer=$!
        helpers="$helpers $photographer"
    fi
}

# kernel_log MEMBER: what dmesg shows, where it is permitted
kernel_log() {
    [ -n "$with_tools" ] && has dmesg || return 0
    if dmesg >log.text 2>complaint; then
        if [ "$redact" = off ]; then
            mv log.text "log.$1"
        else
            awk "$redaction_functions"' { print hiddenAnywhere($0) }' log.text >"log.$1"
        fi
        printf '%s %s\n' "log.$1" "$2" >>list
    elif [ "$1" = start ]; then
        read_errno complaint
        deny dmesg null
    fi
}

# --- Packets -----------------------------------------------------------------------------------------------------------
# tcpdump writes a new file every 10 s; those it has finished become members packets/IFACE/NNNNNN.pcap.

packet_member=0
packets_lost=0
tcpdump_pid=
packets_have_ended=
packets_denied=
# It was said already: the last line need not name it once more.
deny_packets() {
    refused_before=$refused
    deny "packets/$interface" null
    refused=$refused_before
    packets_denied=yes
}

start_packets() {
    [ -n "$packets" ] || return 0
    errno=2 error='No such file or directory'
    if ! has tcpdump; then
        say "--packets: there is no tcpdump here; the rest is recorded"
        deny_packets
        return
    elif [ -z "$can_background" ]; then
        say "--packets: there is no /dev/null here, which running beside needs; the rest is recorded"
        deny_packets
        return
    fi
    set -- tcpdump -n -i "$interface" -s 96 --time-stamp-precision=nano -G 10 -w 'pcap.%s'
    [ "$uid" != 0 ] || set -- "$@" -Z root # else it could write no second file into our private folder
    [ -z "$filter" ] || set -- "$@" -- "$filter"
    : >tcpdump.text # it is looked into before tcpdump has begun
    "$@" >&3 2>tcpdump.text 4>&- &
    tcpdump_pid=$!
    helpers="$helpers $tcpdump_pid"
    patience=100 # its first line says that it listens; when it does not come, it has given up
    while ! grep -q 'listening on' tcpdump.text && kill -0 $tcpdump_pid 2>&3 && [ $patience -gt 0 ] && [ -z "$stopped" ]; do
        pause 5
        patience=$((patience - 1))
    done
    if ! grep -q 'listening on' tcpdump.text; then
        grep -v 'verbose output' tcpdump.text >complaint
        read_errno complaint
        say "--packets: ${complaint:-tcpdump does not answer}; the rest is recorded"
        deny_packets
        tcpdump_pid=
    fi
}

# Lists the finished files (at the end all), and what tcpdump counts so far: it prints that at SIGUSR1.
take_packets() {
    [ -n "$tcpdump_pid" ] || return 0
    if [ -n "$packets_have_ended" ]; then
        kill $tcpdump_pid 2>&3
        wait $tcpdump_pid 2>&3
    else
        kill -USR1 $tcpdump_pid 2>&3
    fi
    finished=
    for file in pcap.[0-9]*; do
        [ -f "$file" ] || continue
        if [ -n "$finished" ]; then take_packet_file "$finished"; fi
        finished=$file
    done
    if [ -n "$packets_have_ended" ] && [ -n "$finished" ]; then take_packet_file "$finished"; fi
}

take_packet_file() {
    member=$(printf 'packets/%s/%06d' "$interface" $packet_member)
    mv "$1" "taken.$packet_member.pcap"
    {
        # Seconds and nanoseconds of the first packet: behind the file's header of 24 bytes.
        od -A n -t u4 -j 24 -N 8 "taken.$packet_member.pcap" | awk 'NF == 2 { printf "first_real_ns %d%09d\n", $1, $2 }'
        # Of the last count that tcpdump printed: what the kernel dropped since the file before.
        if lost=$(sed -n 's/^\(.*[^0-9]\)*\([0-9][0-9]*\) packets* dropped by kernel.*$/\2/p' tcpdump.text | tail -n 1) && [ -n "$lost" ]; then
            printf 'dropped %s\n' $((lost - packets_lost))
            packets_lost=$lost
        fi
        [ -z "$filter" ] || printf 'filter %s\n' "$filter"
        printf 'snaplen 96\n'
    } >"taken.$packet_member.text"
    printf '%s %s\n' "taken.$packet_member.pcap" "$member.pcap" "taken.$packet_member.text" "$member.txt" >>list
    packet_member=$((packet_member + 1))
}

# --- One tick ----------------------------------------------------------------------------------------------------------

# begin_segment: which sources can be read; a small file with the block's header goes before each in the one `cat`
begin_segment() {
    segment_ticks_taken=0
    tick_members=
    previous=none
    : >none
    cat_arguments=
    blocks=
    once_blocks=
    absent=
    number=0
    for path in $tick_sources $segment_sources; do
        if [ $segment -eq 0 ]; then
            errno=0
            copy "$path" probe || deny "$path" "$slot"
            [ $errno -eq 0 ] || unreadable="$unreadable $path:$errno"
        fi
        case $unreadable' ' in *" $path:"*)
            rest=${unreadable#*" $path:"}
            absent="$absent $path ${rest%% *}"
            continue
            ;;
        esac
        case " $segment_sources " in *" $path "*) continue ;; esac
        number=$((number + 1))
        blocks="$blocks $path"
        cat_arguments="$cat_arguments block.$number $path"
    done
    once_arguments=
    for path in $segment_sources; do
        case $unreadable' ' in *" $path:"*) continue ;; esac
        number=$((number + 1))
        once_blocks="$once_blocks $path"
        once_arguments="$once_arguments block.$number $path"
    done
    start_identifying
}

own_cost() {
    # Fields of man 5 proc_pid_stat, counted from the state: 12 to 15 are CPU time of this shell and of what it waited for.
    read -r line </proc/self/stat
    # shellcheck disable=SC2086
    set -- ${line##*') '}
    own_user=$(((${12} + ${14}) * 1000000 / ${clock_ticks:-100}))
    own_system=$(((${13} + ${15}) * 1000000 / ${clock_ticks:-100}))
    own_memory=$((${22} * ${page_size:-4096}))
}

take_tick() { # LATE_CS MISSED
    own_cost "$@"
    late=$1
    missed=$2
    now
    member=t.$slot
    start=${up}0000000
    number=0
    arguments=$cat_arguments
    paths=$blocks
    if [ $segment_ticks_taken -eq 0 ]; then
        arguments="$arguments$once_arguments"
        paths="$paths$once_blocks"
    fi
    for path in $paths; do
        number=$((number + 1))
        printf '== %s %s 0 0 -\n' "$path" "$start" >"block.$number"
    done
    {
        printf '== hindcast/tick %s 0 0 -\ntick %s\nreal_ns %s\nmono_ns %s\nboot_ns %s\nlate_ns %s\nmissed %s\n' \
            "$start" "$slot" "$((up * 10000000 + wall_offset))" "$start" "$start" "$((late * 10000000))" "$missed"
        printf 'self_user_us %s\nself_system_us %s\nself_rss_bytes %s\n' "$own_user" "$own_system" "$own_memory"
        [ "$output" = - ] || printf 'written_bytes %s\n' "$((written))"
        if [ $segment_ticks_taken -eq 0 ]; then
            # shellcheck disable=SC2086 # path errno path errno
            [ -z "$absent" ] || printf "== %s $start 0 %s 0\n\n" $absent
        fi
        # shellcheck disable=SC2086 # lists of paths without blanks
        cat $arguments
        all_processes stat cat >"now.$slot"
        awk -v time="$start" "$changes_program" part=before "$previous" part=now "now.$slot"
        if [ -f snapshot.ready ]; then
            cat snapshot.ready
            rm -f snapshot.ready
        fi
        printf '== end ticks=%s\n' "$((ticks + 1))"
    } >"$member" 2>complaints
    rm -f "$previous"
    previous=now.$slot
    # ^C also goes to cat and awk, and a tick they did not finish is none.
    if [ -n "$stopped" ]; then
        rm -f "$member"
        return
    fi
    ticks=$((ticks + 1))
    segment_ticks_taken=$((segment_ticks_taken + 1))
    tick_members="$tick_members $slot"
}

end_segment() {
    [ -n "$tick_members" ] || return 0
    # shellcheck disable=SC2086 # a list of numbers
    write_manifest $tick_members >manifest
    printf 'manifest seg/%s/manifest.json\n' $segment >list
    if [ -f pids.new ]; then
        mv pids.new pids
        printf 'pids seg/%s/pids.txt\n' $segment >>list
    fi
    for number in $tick_members; do printf 't.%s seg/%s/t/%06d.txt\n' "$number" $segment "$number" >>list; done
    pack
    packed_ticks=$ticks
    for number in $tick_members; do rm -f "t.$number"; done
    tick_members=
    segment=$((segment + 1))
    take_packets
    pack
    rm -f taken.*
}

# --- The recording -----------------------------------------------------------------------------------------------------

: >list
copied=0
ticks=0
packed_ticks=0
segment=0
unreadable=
identifier=
photographer=
slot=0
now
learn_host
host_json=$(json_text "$hostname")
kernel_json=$(json_text "$kernel")
measure_wall_offset

read_once start "$start_sources"
answer_questions
kernel_log start start/tools/dmesg.txt
pack
start_packets

begin_segment
start_snapshot

# Slot 0 lies on the next multiple of the interval on the wall clock (of one second, when the interval is longer).
step=$((interval_cs > 100 ? 100 : interval_cs))
now
wall_cs=$((up + wall_offset / 10000000))
base=$((up + step - wall_cs % step))
missed=0
missed_total=0

start_tools
# What runs beside ends when this shell vanishes (kill -9), and the private folder goes with it.
if [ -n "$can_background" ]; then
    (
        trap '' INT HUP
        while [ -d "/proc/$$" ]; do sleep 5; done
        for helper in $helpers; do kill "$helper"; done
        rm -rf "$work"
    ) >&3 2>&3 4>&- &
    helpers="$helpers $!"
fi

while :; do
    due=$((base + slot * interval_cs))
    now
    [ "$up" -ge $due ] || pause $((due - up))
    [ -z "$stopped" ] || break
    now
    late=$((up - due))
    # Later than half an interval: this slot is left out and never caught up. The last one of all is taken however late.
    while [ $((late * 2)) -gt "$interval_cs" ] && [ "$slot" != "$last_slot" ]; do
        slot=$((slot + 1))
        missed=$((missed + 1))
        late=$((late - interval_cs))
    done
    [ $late -ge 0 ] || [ -z "$fraction_sleep" ] || continue
    take_tick "$late" "$missed"
    [ -z "$stopped" ] || break
    missed_total=$((missed_total + missed))
    missed=0
    last_taken=$slot
    [ "$slot" != "$last_slot" ] || break
    slot=$((slot + 1))
    if [ $segment_ticks_taken -ge $segment_ticks ]; then
        end_segment
        check_wall_offset
        if [ $((slot - tool_round_begin)) -ge $round_ticks ] && [ -n "$running_tools" ]; then
            take_tools
            pack
            rm -f text.*
            start_tools
        fi
        begin_segment
        [ $((segment % 6)) -ne 0 ] || start_snapshot
    fi
done

# --- The end -----------------------------------------------------------------------------------------------------------

if [ $ticks -eq 0 ]; then
    say "stopped before the first sample; nothing was recorded"
    [ -z "$part" ] || rm -f "$part"
    leave 1
fi
packets_have_ended=yes
end_segment
take_tools
kernel_log end tools/dmesg.txt
read_once end "$end_sources"
missed_total=$((missed_total + missed))
printf 'missed_total %s\nlast_slot %s\n' $missed_total "$last_taken" >summary
printf 'summary end/hindcast/summary\n' >>list
pack
zeros 256
# shellcheck disable=SC2059
printf "$zeros$zeros$zeros$zeros" >piece.end # the two blocks of zeros that end a tar archive
(
    trap '' INT TERM HUP
    $compressor <piece.end >&4
) 2>pack.errors || output_failed
[ -z "$part" ] || name_output

if [ $missed_total -gt 0 ]; then say "$missed_total samples were left out, because they could not be taken in time"; fi
if [ -z "$quiet" ]; then
    if [ "$output" = - ]; then where='to standard output'; else where="$output"; fi
    say "wrote $where: $ticks samples"
fi
status=0
[ -z "$packets_denied" ] || status=3
if [ -n "$refused" ]; then
    status=3
    say "permission was denied to:$refused"
fi
if [ -n "$stopped" ] && [ -n "$last_slot" ]; then status=6; fi
leave $status
