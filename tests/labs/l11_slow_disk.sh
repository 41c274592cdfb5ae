# A disk that does 100 requests a second: a file system on a loop device whose file lies in another loop device, and that
# one is throttled by the root group of the blkio controller, so for everybody. Eight processes read at random.
# shellcheck shell=bash disable=SC2034,SC2154
seconds=42
host_name=db1
throttle=/sys/fs/cgroup/blkio/blkio.throttle

about() { echo "random reads from a disk of 100 requests a second"; }

needs() {
    needs_programs losetup mkfs.ext4 fio dd fallocate || return 1
    [ -w "$throttle.read_iops_device" ] || { echo "no blkio controller (cgroup v1) with throttling in its root group"; return 1; }
    losetup -f >/dev/null 2>&1 || { echo "no loop devices"; return 1; }
}

# In a mount namespace of its own: the mounts vanish with it. Loop devices and limits do not, and are noted first.
attach() { # OPTIONS FILE -> device
    local device
    device=$(losetup -f --show "$@") || return 1
    # The number may be somebody else's by then: only what has our file behind it is detached.
    undo "case \$(cat /sys/block/${device##*/}/loop/backing_file) in *${state##*/}* | /disk*) losetup -d $device ;; esac"
    printf '%s' "$device"
}

limit() { # KIND VALUE
    undo "echo $(cat "/sys/block/${lower##*/}/dev") 0 >$throttle.$1_device"
    echo "$(cat "/sys/block/${lower##*/}/dev") $2" >"$throttle.$1_device"
}

make_disk() {
    mkdir "$state/lower" "$state/upper" || return 1
    truncate -s 400M "$state/image" && mkfs.ext4 -q -F "$state/image" || return 1
    lower=$(attach "$state/image") && mount "$lower" "$state/lower" || return 1
    fallocate -l 300M "$state/lower/disk" || return 1
    upper=$(attach --direct-io=on "$state/lower/disk") || return 1
    mkfs.ext4 -q -E lazy_itable_init=0,lazy_journal_init=0 "$upper" && mount "$upper" "$state/upper" || return 1
    # Extents that were only reserved cost no reading: the file is written first.
    dd if=/dev/urandom of="$state/upper/data" bs=1M count=100 oflag=direct conv=fsync 2>/dev/null
    sync -f "$state/upper/data"
    printf '%s\n' "${upper##*/}" >"$out/device"
}

fault() {
    make_disk || return 1
    limit read_iops 100 && limit write_iops 100 || return 1
    start_recorder
    at 5
    mark begin
    fio --name=reader --filename="$state/upper/data" --size=100m --rw=randread --bs=4k --direct=1 --ioengine=psync \
        --numjobs=8 --runtime=32 --time_based --output="$out/fio.log" || return 1
    mark end
    wait_for_recorder || return 1
    echo "$(cat "/sys/block/${lower##*/}/dev") 0" >"$throttle.read_iops_device"
    echo "$(cat "/sys/block/${lower##*/}/dev") 0" >"$throttle.write_iops_device"
    umount "$state/upper" && losetup -d "$upper" && umount "$state/lower" && losetup -d "$lower" && rm "$state/undo"
}

label() {
    cat <<END
{"lab": "$lab", "window": $(cat "$out/window"), "healthy": false,
 "principal": {"id": "disk-saturation", "object": "$(cat "$out/device")"},
 "accept_principal": ["disk-throughput-cap", "disk-slow-device"],
 "expected": ["disk-saturation"], "optional": ["load-without-cpu", "proc-dstate-cluster", "io-latency-bound-workload"],
 "must_not": ["swap-thrashing", "mem-available-low", "tcp-retransmission-high"],
 "culprit": "fio", "victim": "fio"}
END
}
