# Two hosts on one cable that loses 3 % each way; a new connection for each request. Recorded on the client, headers of
# its packets too. Both losses lie behind the client's capture point (in the input of either host), so it sees every segment
# that either side sent, and the retransmissions it finds must be those the two kernels counted.
# shellcheck shell=bash disable=SC2034,SC2154
seconds=42
host_name=client1
namespaces=--net
port=8081

about() { echo "3 % of the packets lost, each way, a connection per request"; }

needs() {
    needs_programs ip nft ethtool nstat python3 nsenter || return 1
    unshare --net nft add table inet lab 2>/dev/null || { echo "nftables does not work in a network namespace"; return 1; }
    unshare --net ip link add lab0 type veth peer name lab1 2>/dev/null || { echo "no veth devices"; return 1; }
    "$(program hindcast-record)" --help | grep -q -e --packets || { echo "this hindcast-record takes no packets"; return 1; }
}

on_server() { nsenter --target "$server" --net "$@"; }

# We are the client; the server's namespace lives as long as a process in it.
make_network() {
    unshare --net sleep infinity &
    server=$!
    while [ "$(readlink "/proc/$server/ns/net")" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
    ip link add lab0 type veth peer name lab1 netns "$server" || return 1
    ip addr add 10.203.7.1/24 dev lab0 && ip link set lo up && ip link set lab0 up || return 1
    on_server ip addr add 10.203.7.2/24 dev lab1 && on_server ip link set lo up && on_server ip link set lab1 up || return 1
    # veth carries packets of 64 KiB, of which one lost would be many segments at once.
    ethtool -K lab0 tso off gso off gro off >/dev/null && on_server ethtool -K lab1 tso off gso off gro off >/dev/null || return 1
    on_server python3 "$labs/requests.py" server "$port" 2>"$out/server.log" &
    until on_server ss -Hltn "sport = :$port" | grep -q LISTEN; do sleep 0.05; done
}

lose() { # WHERE MATCH
    "$1" nft "add table inet lab; add chain inet lab arriving { type filter hook input priority 0; };
        add rule inet lab arriving tcp $2 $port numgen random mod 100 < 3 counter drop"
}
on_client() { "$@"; }

# nstat keeps one history per user; here each side has its own, of zeros.
counters() { # WHERE NAME
    NSTAT_HISTORY="$state/nstat.$2" "$1" nstat -a -z >"$out/$2.nstat"
    "$1" nft list table inet lab >"$out/$2.nft"
}

fault() {
    make_network || return 1
    lose on_client sport && lose on_server dport || return 1
    start_recorder --packets lab0
    at 5
    mark begin
    python3 "$labs/requests.py" client 10.203.7.2 "$port" 32 12 >"$out/client.log" 2>&1 || return 1
    mark end
    wait_for_recorder || return 1 # nothing is sent any more: the last retransmissions are long done
    counters on_client client && counters on_server server
}

label() {
    cat <<END
{"lab": "$lab", "window": $(cat "$out/window"), "healthy": false,
 "principal": {"id": "tcp-retransmission-high", "object": "10.203.7.1 → 10.203.7.2:8081"},
 "accept_principal": [], "expected": ["tcp-retransmission-high"],
 "optional": ["tcp-rto-timeouts", "tcp-connection-churn", "pcap-loss-recovery"],
 "must_not": ["tcp-accept-queue-overflow", "tcp-syn-backlog-flood", "tcp-close-wait-leak", "disk-saturation", "cpu-saturation"],
 "culprit": null, "victim": null,
 "counters": ["client.nstat", "server.nstat"]}
END
}
