// The table of sysstat_columns.h: every activity of sysstat 7 to 12.7, in the order of `sar -A`. Source: man 1 sar,
// activity.c, pr_stats.c, json_stats.c.
#include "parse/sysstat_columns.h"

#include <array>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr double sector = 512; // man 1 sar: "Blocks are equivalent to sectors and therefore have a size of 512 bytes"
constexpr double kibibyte = 1024, mebibyte = 1024.0 * 1024;
constexpr double millisecond = 1000; // divided by
constexpr double megahertz = 1e6;
constexpr auto bytes = Unit::Bytes, bytesRate = Unit::BytesPerSecond, count = Unit::Count, rate = Unit::CountPerSecond,
               packets = Unit::PacketsPerSecond, percent = Unit::Percent, none = Unit::None;
constexpr auto instant = Nature::Instant, interval = Nature::Interval, mean = Nature::MeanOfRequests;

// -u, -u ALL. %user and %system of plain -u include guests and interrupts, %usr and %sys of ALL do not.
constexpr std::array cpuColumns{
    SysstatColumn{"%user", "cpu.user", percent},
    SysstatColumn{"%usr", "cpu.user", percent},
    SysstatColumn{"%nice", "cpu.nice", percent},
    SysstatColumn{"%system", "cpu.system", percent},
    SysstatColumn{"%sys", "cpu.system", percent},
    SysstatColumn{"%iowait", "cpu.iowait", percent},
    SysstatColumn{"%steal", "cpu.steal", percent},
    SysstatColumn{"%irq", "cpu.irq", percent},
    SysstatColumn{"%soft", "cpu.softirq", percent},
    SysstatColumn{"%guest", "cpu.guest", percent},
    SysstatColumn{"%gnice", "cpu.guest_nice", percent},
    SysstatColumn{"%idle", "cpu.idle", percent},
};
// -w; -c before sysstat 9
constexpr std::array taskColumns{
    SysstatColumn{"proc/s", "system.forks", rate},
    SysstatColumn{"cswch/s", "system.context_switches", rate},
};
// -I; columns of single CPUs are made by sysstatLayout()
constexpr std::array interruptColumns{
    SysstatColumn{"intr/s", "system.interrupts", rate, 1, 1, interval, "value"},
    SysstatColumn{"all", "system.interrupts", rate},
};
// -W
constexpr std::array swapColumns{
    SysstatColumn{"pswpin/s", "swap.in", bytesRate, sysstatPages},
    SysstatColumn{"pswpout/s", "swap.out", bytesRate, sysstatPages},
};
// -B. pgpgin and pgpgout are KiB
constexpr std::array pagingColumns{
    SysstatColumn{"pgpgin/s", "paging.in", bytesRate, kibibyte},
    SysstatColumn{"pgpgout/s", "paging.out", bytesRate, kibibyte},
    SysstatColumn{"fault/s", "paging.faults", rate},
    SysstatColumn{"majflt/s", "paging.major_faults", rate},
    SysstatColumn{"pgfree/s", "vm.pgfree", rate},
    SysstatColumn{"pgscank/s", "reclaim.scanned", rate, 1, 1, interval, {}, "by", "kswapd"},
    SysstatColumn{"pgscand/s", "reclaim.scanned", rate, 1, 1, interval, {}, "by", "direct"},
    SysstatColumn{"pgsteal/s", "reclaim.stolen", rate},
    SysstatColumn{"%vmeff", "reclaim.efficiency", percent},
    SysstatColumn{"pgprom/s", "reclaim.promoted", rate},
    SysstatColumn{"pgdem/s", "reclaim.demoted", rate},
};
// -b: of all block devices together
constexpr std::array ioColumns{
    SysstatColumn{"tps", "disk.requests", rate},
    SysstatColumn{"rtps", "disk.reads", rate},
    SysstatColumn{"wtps", "disk.writes", rate},
    SysstatColumn{"dtps", "disk.discards", rate},
    SysstatColumn{"bread/s", "disk.read_bytes", bytesRate, sector},
    SysstatColumn{"bwrtn/s", "disk.written_bytes", bytesRate, sector},
    SysstatColumn{"bdscd/s", "disk.discarded_bytes", bytesRate, sector},
};
// -r, -S, -R. What "used" takes out has changed (12.0: buffers, cached and slab too), so it is no other source's.
constexpr std::array memoryColumns{
    SysstatColumn{"kbmemfree", "memory.free", bytes, kibibyte, 1, instant},
    SysstatColumn{"kbavail", "memory.available", bytes, kibibyte, 1, instant},
    SysstatColumn{"kbmemused", "memory.in_use", bytes, kibibyte, 1, instant},
    SysstatColumn{"%memused", "memory.in_use_share", percent, 1, 1, instant},
    SysstatColumn{"kbbuffers", "memory.buffers", bytes, kibibyte, 1, instant},
    SysstatColumn{"kbcached", "memory.cached", bytes, kibibyte, 1, instant},
    SysstatColumn{"kbcommit", "memory.committed", bytes, kibibyte, 1, instant},
    SysstatColumn{"%commit", "memory.committed_share", percent, 1, 1, instant},
    SysstatColumn{"kbactive", "memory.active", bytes, kibibyte, 1, instant},
    SysstatColumn{"kbinact", "memory.inactive", bytes, kibibyte, 1, instant, "inactive"},
    SysstatColumn{"kbdirty", "memory.dirty", bytes, kibibyte, 1, instant},
    SysstatColumn{"kbshmem", "memory.shared", bytes, kibibyte, 1, instant, "shared"},
    SysstatColumn{"kbanonpg", "memory.anonymous", bytes, kibibyte, 1, instant},
    SysstatColumn{"kbslab", "memory.slab", bytes, kibibyte, 1, instant},
    SysstatColumn{"kbkstack", "memory.kernel_stack", bytes, kibibyte, 1, instant},
    SysstatColumn{"kbpgtbl", "memory.page_tables", bytes, kibibyte, 1, instant},
    SysstatColumn{"kbvmused", "memory.vmalloc_used", bytes, kibibyte, 1, instant},
    SysstatColumn{"kbswpfree", "memory.swap_free", bytes, kibibyte, 1, instant},
    SysstatColumn{"kbswpused", "memory.swap_used", bytes, kibibyte, 1, instant},
    SysstatColumn{"%swpused", "memory.swap_used_share", percent, 1, 1, instant},
    SysstatColumn{"kbswpcad", "memory.swap_cached", bytes, kibibyte, 1, instant},
    SysstatColumn{"%swpcad", "memory.swap_cached_share", percent, 1, 1, instant},
    SysstatColumn{"frmpg/s", "memory.free_change", bytesRate, sysstatPages},
    SysstatColumn{"shmpg/s", "memory.shared_change", bytesRate, sysstatPages},
    SysstatColumn{"bufpg/s", "memory.buffers_change", bytesRate, sysstatPages},
    SysstatColumn{"campg/s", "memory.cached_change", bytesRate, sysstatPages},
};
// -H
constexpr std::array hugePageColumns{
    SysstatColumn{"kbhugfree", "memory.huge_pages_free_bytes", bytes, kibibyte, 1, instant},
    SysstatColumn{"kbhugused", "memory.huge_pages_used_bytes", bytes, kibibyte, 1, instant},
    SysstatColumn{"%hugused", "memory.huge_pages_used_share", percent, 1, 1, instant},
    SysstatColumn{"kbhugrsvd", "memory.huge_pages_reserved_bytes", bytes, kibibyte, 1, instant},
    SysstatColumn{"kbhugsurp", "memory.huge_pages_surplus_bytes", bytes, kibibyte, 1, instant},
};
// -v
constexpr std::array tableColumns{
    SysstatColumn{"dentunusd", "system.unused_directory_entries", count, 1, 1, instant},
    SysstatColumn{"file-nr", "system.open_files", count, 1, 1, instant},
    SysstatColumn{"inode-nr", "system.inodes", count, 1, 1, instant},
    SysstatColumn{"pty-nr", "system.pseudo_terminals", count, 1, 1, instant},
    SysstatColumn{"file-sz", "system.open_files", count, 1, 1, instant},
    SysstatColumn{"inode-sz", "system.inodes", count, 1, 1, instant},
};
// -q, -q LOAD
constexpr std::array queueColumns{
    SysstatColumn{"runq-sz", "cpu.run_queue", count, 1, 1, instant},
    SysstatColumn{"plist-sz", "system.threads", count, 1, 1, instant},
    SysstatColumn{"ldavg-1", "load.1", none, 1, 1, instant},
    SysstatColumn{"ldavg-5", "load.5", none, 1, 1, instant},
    SysstatColumn{"ldavg-15", "load.15", none, 1, 1, instant},
    SysstatColumn{"blocked", "cpu.blocked", count, 1, 1, instant},
};
// -q PSI; kernel Documentation/accounting/psi.rst
constexpr std::array stallCpuColumns{
    SysstatColumn{"%scpu-10", "pressure.cpu.some.avg10", percent, 1, 1, instant, "some_avg10"},
    SysstatColumn{"%scpu-60", "pressure.cpu.some.avg60", percent, 1, 1, instant, "some_avg60"},
    SysstatColumn{"%scpu-300", "pressure.cpu.some.avg300", percent, 1, 1, instant, "some_avg300"},
    SysstatColumn{"%scpu", "pressure.cpu.some", percent, 1, 1, interval, "some_avg"},
};
constexpr std::array stallIoColumns{
    SysstatColumn{"%sio-10", "pressure.io.some.avg10", percent, 1, 1, instant, "some_avg10"},
    SysstatColumn{"%sio-60", "pressure.io.some.avg60", percent, 1, 1, instant, "some_avg60"},
    SysstatColumn{"%sio-300", "pressure.io.some.avg300", percent, 1, 1, instant, "some_avg300"},
    SysstatColumn{"%sio", "pressure.io.some", percent, 1, 1, interval, "some_avg"},
    SysstatColumn{"%fio-10", "pressure.io.full.avg10", percent, 1, 1, instant, "full_avg10"},
    SysstatColumn{"%fio-60", "pressure.io.full.avg60", percent, 1, 1, instant, "full_avg60"},
    SysstatColumn{"%fio-300", "pressure.io.full.avg300", percent, 1, 1, instant, "full_avg300"},
    SysstatColumn{"%fio", "pressure.io.full", percent, 1, 1, interval, "full_avg"},
};
constexpr std::array stallMemoryColumns{
    SysstatColumn{"%smem-10", "pressure.memory.some.avg10", percent, 1, 1, instant, "some_avg10"},
    SysstatColumn{"%smem-60", "pressure.memory.some.avg60", percent, 1, 1, instant, "some_avg60"},
    SysstatColumn{"%smem-300", "pressure.memory.some.avg300", percent, 1, 1, instant, "some_avg300"},
    SysstatColumn{"%smem", "pressure.memory.some", percent, 1, 1, interval, "some_avg"},
    SysstatColumn{"%fmem-10", "pressure.memory.full.avg10", percent, 1, 1, instant, "full_avg10"},
    SysstatColumn{"%fmem-60", "pressure.memory.full.avg60", percent, 1, 1, instant, "full_avg60"},
    SysstatColumn{"%fmem-300", "pressure.memory.full.avg300", percent, 1, 1, instant, "full_avg300"},
    SysstatColumn{"%fmem", "pressure.memory.full", percent, 1, 1, interval, "full_avg"},
};
// -y; 32-bit and older versions head transmit interrupts "txmtin/s"
constexpr std::array terminalColumns{
    SysstatColumn{"rcvin/s", "tty.receive_interrupts", rate},
    SysstatColumn{"xmtin/s", "tty.transmit_interrupts", rate},
    SysstatColumn{"txmtin/s", "tty.transmit_interrupts", rate},
    SysstatColumn{"framerr/s", "tty.frame_errors", rate},
    SysstatColumn{"prtyerr/s", "tty.parity_errors", rate},
    SysstatColumn{"brk/s", "tty.breaks", rate},
    SysstatColumn{"ovrun/s", "tty.overruns", rate},
};
// -d. Of sadf -j, which prints sizes in sectors and in KiB, the latter come later and stay.
constexpr std::array diskColumns{
    SysstatColumn{"tps", "disk.requests", rate},
    SysstatColumn{"rd_sec/s", "disk.read_bytes", bytesRate, sector},
    SysstatColumn{"wr_sec/s", "disk.written_bytes", bytesRate, sector},
    SysstatColumn{"dc_sec/s", "disk.discarded_bytes", bytesRate, sector},
    SysstatColumn{"rkB/s", "disk.read_bytes", bytesRate, kibibyte},
    SysstatColumn{"wkB/s", "disk.written_bytes", bytesRate, kibibyte},
    SysstatColumn{"dkB/s", "disk.discarded_bytes", bytesRate, kibibyte},
    SysstatColumn{"avgrq-sz", "disk.request_size", bytes, sector, 1, mean},
    SysstatColumn{"areq-sz", "disk.request_size", bytes, kibibyte, 1, mean},
    SysstatColumn{"avgqu-sz", "disk.queue", none},
    SysstatColumn{"aqu-sz", "disk.queue", none},
    SysstatColumn{"await", "disk.await", Unit::Seconds, 1, millisecond, mean},
    SysstatColumn{"svctm", "disk.service_time", Unit::Seconds, 1, millisecond, mean},
    SysstatColumn{"%util", "disk.util", percent},
};
// -n DEV
constexpr std::array interfaceColumns{
    SysstatColumn{"rxpck/s", "net.rx.packets", packets},
    SysstatColumn{"txpck/s", "net.tx.packets", packets},
    SysstatColumn{"rxbyt/s", "net.rx.bytes", bytesRate},
    SysstatColumn{"txbyt/s", "net.tx.bytes", bytesRate},
    SysstatColumn{"rxkB/s", "net.rx.bytes", bytesRate, kibibyte},
    SysstatColumn{"txkB/s", "net.tx.bytes", bytesRate, kibibyte},
    SysstatColumn{"rxcmp/s", "net.rx.compressed", packets},
    SysstatColumn{"txcmp/s", "net.tx.compressed", packets},
    SysstatColumn{"rxmcst/s", "net.rx.multicast", packets},
    SysstatColumn{"%ifutil", "net.util", percent},
};
// -n EDEV
constexpr std::array interfaceErrorColumns{
    SysstatColumn{"rxerr/s", "net.rx.errors", packets},
    SysstatColumn{"txerr/s", "net.tx.errors", packets},
    SysstatColumn{"coll/s", "net.tx.collisions", packets},
    SysstatColumn{"rxdrop/s", "net.rx.dropped", packets},
    SysstatColumn{"txdrop/s", "net.tx.dropped", packets},
    SysstatColumn{"txcarr/s", "net.tx.carrier", packets},
    SysstatColumn{"rxfram/s", "net.rx.frame", packets},
    SysstatColumn{"rxfifo/s", "net.rx.fifo", packets},
    SysstatColumn{"txfifo/s", "net.tx.fifo", packets},
};
// -n NFS, NFSD
constexpr std::array nfsColumns{
    SysstatColumn{"call/s", "nfs.client.calls", rate},
    SysstatColumn{"retrans/s", "nfs.client.retransmissions", rate},
    SysstatColumn{"read/s", "nfs.client.reads", rate},
    SysstatColumn{"write/s", "nfs.client.writes", rate},
    SysstatColumn{"access/s", "nfs.client.accesses", rate},
    SysstatColumn{"getatt/s", "nfs.client.getattrs", rate},
};
constexpr std::array nfsServerColumns{
    SysstatColumn{"scall/s", "nfs.server.calls", rate},
    SysstatColumn{"badcall/s", "nfs.server.bad_calls", rate},
    SysstatColumn{"packet/s", "nfs.server.packets", packets},
    SysstatColumn{"udp/s", "nfs.server.packets_udp", packets},
    SysstatColumn{"tcp/s", "nfs.server.packets_tcp", packets},
    SysstatColumn{"hit/s", "nfs.server.cache_hits", rate},
    SysstatColumn{"miss/s", "nfs.server.cache_misses", rate},
    SysstatColumn{"sread/s", "nfs.server.reads", rate},
    SysstatColumn{"swrite/s", "nfs.server.writes", rate},
    SysstatColumn{"saccess/s", "nfs.server.accesses", rate},
    SysstatColumn{"sgetatt/s", "nfs.server.getattrs", rate},
};
// -n SOCK, SOCK6
constexpr std::array socketColumns{
    SysstatColumn{"totsck", "sockets.used", count, 1, 1, instant},
    SysstatColumn{"tcpsck", "sockets.tcp.in_use", count, 1, 1, instant},
    SysstatColumn{"udpsck", "sockets.udp.in_use", count, 1, 1, instant},
    SysstatColumn{"rawsck", "sockets.raw.in_use", count, 1, 1, instant},
    SysstatColumn{"ip-frag", "sockets.frag.in_use", count, 1, 1, instant},
    SysstatColumn{"tcp-tw", "sockets.tcp.time_wait", count, 1, 1, instant},
};
constexpr std::array socket6Columns{
    SysstatColumn{"tcp6sck", "sockets.tcp6.in_use", count, 1, 1, instant},
    SysstatColumn{"udp6sck", "sockets.udp6.in_use", count, 1, 1, instant},
    SysstatColumn{"raw6sck", "sockets.raw6.in_use", count, 1, 1, instant},
    SysstatColumn{"ip6-frag", "sockets.frag6.in_use", count, 1, 1, instant},
};
// -n IP, EIP: the names of /proc/net/snmp stand in man 1 sar
constexpr std::array ipColumns{
    SysstatColumn{"irec/s", "ip.packets_in", packets},
    SysstatColumn{"fwddgm/s", "ip.packets_forwarded", packets},
    SysstatColumn{"idel/s", "ip.packets_delivered", packets},
    SysstatColumn{"orq/s", "ip.packets_out", packets},
    SysstatColumn{"asmrq/s", "ip.reassembly_fragments_in", packets},
    SysstatColumn{"asmok/s", "ip.reassembled", rate},
    SysstatColumn{"fragok/s", "ip.fragmented", rate},
    SysstatColumn{"fragcrt/s", "ip.fragments_out", packets},
};
constexpr std::array ipErrorColumns{
    SysstatColumn{"ihdrerr/s", "ip.header_errors_in", packets},
    SysstatColumn{"iadrerr/s", "ip.address_errors_in", packets},
    SysstatColumn{"iukwnpr/s", "ip.unknown_protocols_in", packets},
    SysstatColumn{"idisc/s", "ip.discards_in", packets},
    SysstatColumn{"odisc/s", "ip.discards_out", packets},
    SysstatColumn{"onort/s", "ip.no_routes_out", packets},
    SysstatColumn{"asmf/s", "ip.reassembly_failures", rate},
    SysstatColumn{"fragf/s", "ip.fragmentation_failures", packets},
};
// -n ICMP, EICMP
constexpr std::array icmpColumns{
    SysstatColumn{"imsg/s", "icmp.messages_in", rate},
    SysstatColumn{"omsg/s", "icmp.messages_out", rate},
    SysstatColumn{"iech/s", "icmp.in_echos", rate},
    SysstatColumn{"iechr/s", "icmp.in_echo_reps", rate},
    SysstatColumn{"oech/s", "icmp.out_echos", rate},
    SysstatColumn{"oechr/s", "icmp.out_echo_reps", rate},
    SysstatColumn{"itm/s", "icmp.in_timestamps", rate},
    SysstatColumn{"itmr/s", "icmp.in_timestamp_reps", rate},
    SysstatColumn{"otm/s", "icmp.out_timestamps", rate},
    SysstatColumn{"otmr/s", "icmp.out_timestamp_reps", rate},
    SysstatColumn{"iadrmk/s", "icmp.in_addr_masks", rate},
    SysstatColumn{"iadrmkr/s", "icmp.in_addr_mask_reps", rate},
    SysstatColumn{"oadrmk/s", "icmp.out_addr_masks", rate},
    SysstatColumn{"oadrmkr/s", "icmp.out_addr_mask_reps", rate},
};
constexpr std::array icmpErrorColumns{
    SysstatColumn{"ierr/s", "icmp.errors_in", rate},
    SysstatColumn{"oerr/s", "icmp.errors_out", rate},
    SysstatColumn{"idstunr/s", "icmp.destination_unreachable_in", rate},
    SysstatColumn{"odstunr/s", "icmp.destination_unreachable_out", rate},
    SysstatColumn{"itmex/s", "icmp.time_exceeded_in", rate},
    SysstatColumn{"otmex/s", "icmp.time_exceeded_out", rate},
    SysstatColumn{"iparmpb/s", "icmp.in_parm_probs", rate},
    SysstatColumn{"oparmpb/s", "icmp.out_parm_probs", rate},
    SysstatColumn{"isrcq/s", "icmp.in_src_quenchs", rate},
    SysstatColumn{"osrcq/s", "icmp.out_src_quenchs", rate},
    SysstatColumn{"iredir/s", "icmp.in_redirects", rate},
    SysstatColumn{"oredir/s", "icmp.out_redirects", rate},
};
// -n TCP, ETCP; sysstat 12.7 heads retransmissions "retrseg/s"
constexpr std::array tcpColumns{
    SysstatColumn{"active/s", "tcp.active_opens", rate},
    SysstatColumn{"passive/s", "tcp.passive_opens", rate},
    SysstatColumn{"iseg/s", "tcp.segments_in", rate},
    SysstatColumn{"oseg/s", "tcp.segments_out", rate},
};
constexpr std::array tcpErrorColumns{
    SysstatColumn{"atmptf/s", "tcp.attempt_fails", rate},
    SysstatColumn{"estres/s", "tcp.established_resets", rate},
    SysstatColumn{"retrans/s", "tcp.retransmitted_segments", rate},
    SysstatColumn{"retrseg/s", "tcp.retransmitted_segments", rate},
    SysstatColumn{"isegerr/s", "tcp.errors_in", rate},
    SysstatColumn{"orsts/s", "tcp.resets_sent", rate},
};
// -n UDP, UDP6
constexpr std::array udpColumns{
    SysstatColumn{"idgm/s", "udp.datagrams_in", rate},
    SysstatColumn{"odgm/s", "udp.datagrams_out", rate},
    SysstatColumn{"noport/s", "udp.no_port", rate},
    SysstatColumn{"idgmerr/s", "udp.errors_in", rate},
};
constexpr std::array udp6Columns{
    SysstatColumn{"idgm6/s", "udp6.datagrams_in", rate},
    SysstatColumn{"odgm6/s", "udp6.datagrams_out", rate},
    SysstatColumn{"noport6/s", "udp6.no_port", rate},
    SysstatColumn{"idgmer6/s", "udp6.errors_in", rate},
};
// -n IP6, EIP6, ICMP6, EICMP6: the names of /proc/net/snmp6
constexpr std::array ip6Columns{
    SysstatColumn{"irec6/s", "ip6.packets_in", packets},
    SysstatColumn{"fwddgm6/s", "ip6.packets_forwarded", packets},
    SysstatColumn{"idel6/s", "ip6.packets_delivered", packets},
    SysstatColumn{"orq6/s", "ip6.packets_out", packets},
    SysstatColumn{"asmrq6/s", "ip6.reassembly_fragments_in", packets},
    SysstatColumn{"asmok6/s", "ip6.reassembled", rate},
    SysstatColumn{"imcpck6/s", "ip6.multicast_packets_in", packets},
    SysstatColumn{"omcpck6/s", "ip6.multicast_packets_out", packets},
    SysstatColumn{"fragok6/s", "ip6.fragmented", rate},
    SysstatColumn{"fragcr6/s", "ip6.fragments_out", packets},
};
constexpr std::array ip6ErrorColumns{
    SysstatColumn{"ihdrer6/s", "ip6.header_errors_in", packets},
    SysstatColumn{"iadrer6/s", "ip6.address_errors_in", packets},
    SysstatColumn{"iukwnp6/s", "ip6.unknown_protocols_in", packets},
    SysstatColumn{"i2big6/s", "ip6.too_big_errors_in", packets},
    SysstatColumn{"idisc6/s", "ip6.discards_in", packets},
    SysstatColumn{"odisc6/s", "ip6.discards_out", packets},
    SysstatColumn{"inort6/s", "ip6.no_routes_in", packets},
    SysstatColumn{"onort6/s", "ip6.no_routes_out", packets},
    SysstatColumn{"asmf6/s", "ip6.reassembly_failures", rate},
    SysstatColumn{"fragf6/s", "ip6.fragmentation_failures", packets},
    SysstatColumn{"itrpck6/s", "ip6.truncated_packets_in", packets},
};
constexpr std::array icmp6Columns{
    SysstatColumn{"imsg6/s", "icmp6.messages_in", rate},
    SysstatColumn{"omsg6/s", "icmp6.messages_out", rate},
    SysstatColumn{"iech6/s", "icmp6.in_echos", rate},
    SysstatColumn{"iechr6/s", "icmp6.in_echo_replies", rate},
    SysstatColumn{"oechr6/s", "icmp6.out_echo_replies", rate},
    SysstatColumn{"igmbq6/s", "icmp6.in_group_memb_queries", rate},
    SysstatColumn{"igmbr6/s", "icmp6.in_group_memb_responses", rate},
    SysstatColumn{"ogmbr6/s", "icmp6.out_group_memb_responses", rate},
    SysstatColumn{"igmbrd6/s", "icmp6.in_group_memb_reductions", rate},
    SysstatColumn{"ogmbrd6/s", "icmp6.out_group_memb_reductions", rate},
    SysstatColumn{"irtsol6/s", "icmp6.in_router_solicits", rate},
    SysstatColumn{"ortsol6/s", "icmp6.out_router_solicits", rate},
    SysstatColumn{"irtad6/s", "icmp6.in_router_advertisements", rate},
    SysstatColumn{"inbsol6/s", "icmp6.in_neighbor_solicits", rate},
    SysstatColumn{"onbsol6/s", "icmp6.out_neighbor_solicits", rate},
    SysstatColumn{"inbad6/s", "icmp6.in_neighbor_advertisements", rate},
    SysstatColumn{"onbad6/s", "icmp6.out_neighbor_advertisements", rate},
};
constexpr std::array icmp6ErrorColumns{
    SysstatColumn{"ierr6/s", "icmp6.errors_in", rate},
    SysstatColumn{"idtunr6/s", "icmp6.destination_unreachable_in", rate},
    SysstatColumn{"odtunr6/s", "icmp6.destination_unreachable_out", rate},
    SysstatColumn{"itmex6/s", "icmp6.time_exceeded_in", rate},
    SysstatColumn{"otmex6/s", "icmp6.time_exceeded_out", rate},
    SysstatColumn{"iprmpb6/s", "icmp6.in_parm_problems", rate},
    SysstatColumn{"oprmpb6/s", "icmp6.out_parm_problems", rate},
    SysstatColumn{"iredir6/s", "icmp6.in_redirects", rate},
    SysstatColumn{"oredir6/s", "icmp6.out_redirects", rate},
    SysstatColumn{"ipck2b6/s", "icmp6.in_pkt_too_bigs", rate},
    SysstatColumn{"opck2b6/s", "icmp6.out_pkt_too_bigs", rate},
};
// -n FC: frames and words of four bytes
constexpr std::array fibreChannelColumns{
    SysstatColumn{"fch_rxf/s", "fibre_channel.rx.frames", rate},
    SysstatColumn{"fch_txf/s", "fibre_channel.tx.frames", rate},
    SysstatColumn{"fch_rxw/s", "fibre_channel.rx.bytes", bytesRate, 4},
    SysstatColumn{"fch_txw/s", "fibre_channel.tx.bytes", bytesRate, 4},
};
// -n SOFT
constexpr std::array softnetColumns{
    SysstatColumn{"total/s", "net.softnet.processed", packets},
    SysstatColumn{"dropd/s", "net.softnet.dropped", packets},
    SysstatColumn{"squeezd/s", "net.softnet.time_squeeze", rate},
    SysstatColumn{"rx_rps/s", "net.softnet.received_rps", rate},
    SysstatColumn{"flw_lim/s", "net.softnet.flow_limited", packets},
    SysstatColumn{"blg_len", "net.softnet.backlog", Unit::Packets, 1, 1, instant},
};
// -m. A frequency is cycles a second
constexpr std::array frequencyColumns{
    SysstatColumn{"MHz", "cpu.frequency", rate, megahertz, 1, instant, "frequency"},
};
constexpr std::array weightedFrequencyColumns{
    SysstatColumn{"wghMHz", "cpu.weighted_frequency", rate, megahertz, 1, interval, "weighted-frequency"},
};
constexpr std::array fanColumns{
    SysstatColumn{"rpm", "sensor.fan_rpm", none, 1, 1, instant},
    SysstatColumn{"drpm", "sensor.fan_rpm_above_minimum", none, 1, 1, instant},
};
constexpr std::array temperatureColumns{
    SysstatColumn{"degC", "sensor.celsius", none, 1, 1, instant},
    SysstatColumn{"%temp", "sensor.temperature_share", percent, 1, 1, instant},
};
constexpr std::array voltageColumns{
    SysstatColumn{"inV", "sensor.volts", none, 1, 1, instant},
    SysstatColumn{"%in", "sensor.voltage_share", percent, 1, 1, instant},
};
constexpr std::array batteryColumns{
    SysstatColumn{"%cap", "battery.charge", percent, 1, 1, instant, "%capacity"},
    SysstatColumn{"cap/min", "battery.charge_per_minute", percent, 1, 1, interval, "variation"},
    SysstatColumn{"status", ""},
};
constexpr std::array usbColumns{
    SysstatColumn{"idvendor", ""},
    SysstatColumn{"idprod", ""},
    SysstatColumn{"maxpower", ""},
    SysstatColumn{"manufact", ""},
    SysstatColumn{"product", ""},
};
// -F
constexpr std::array filesystemColumns{
    SysstatColumn{"MBfsfree", "filesystem.free", bytes, mebibyte, 1, instant},
    SysstatColumn{"MBfsused", "filesystem.used", bytes, mebibyte, 1, instant},
    SysstatColumn{"%fsused", "filesystem.used_share", percent, 1, 1, instant},
    SysstatColumn{"%ufsused", "filesystem.used_share_unprivileged", percent, 1, 1, instant},
    SysstatColumn{"Ifree", "filesystem.inodes_free", count, 1, 1, instant},
    SysstatColumn{"Iused", "filesystem.inodes_used", count, 1, 1, instant},
    SysstatColumn{"%Iused", "filesystem.inodes_used_share", percent, 1, 1, instant},
};

constexpr std::array activities{
    SysstatActivity{"CPU", "cpu", "cpu.", "cpu-load cpu-load-all cpu", cpuColumns},
    SysstatActivity{"", "", "system.", "process-and-context-switch", taskColumns},
    SysstatActivity{"INTR", "interrupt", "system.interrupts_", "interrupts", interruptColumns},
    SysstatActivity{"", "", "swap.", "swap-pages", swapColumns},
    SysstatActivity{"", "", "paging.", "paging", pagingColumns},
    SysstatActivity{"", "", "disk.", "io io-reads io-writes io-discard", ioColumns},
    SysstatActivity{"", "", "memory.", "memory", memoryColumns},
    SysstatActivity{"", "", "memory.huge_pages_", "hugepages", hugePageColumns},
    SysstatActivity{"", "", "system.", "kernel", tableColumns},
    SysstatActivity{"", "", "load.", "queue", queueColumns},
    SysstatActivity{"", "", "pressure.cpu.", "psi-cpu", stallCpuColumns},
    SysstatActivity{"", "", "pressure.io.", "psi-io", stallIoColumns},
    SysstatActivity{"", "", "pressure.memory.", "psi-mem", stallMemoryColumns},
    SysstatActivity{"TTY", "tty", "tty.", "serial", terminalColumns},
    SysstatActivity{"DEV", "device", "disk.", "disk", diskColumns},
    SysstatActivity{"IFACE", "interface", "net.", "net-dev", interfaceColumns},
    SysstatActivity{"IFACE", "interface", "net.", "net-edev", interfaceErrorColumns},
    SysstatActivity{"", "", "nfs.client.", "net-nfs", nfsColumns},
    SysstatActivity{"", "", "nfs.server.", "net-nfsd", nfsServerColumns},
    SysstatActivity{"", "", "sockets.", "net-sock", socketColumns},
    SysstatActivity{"", "", "ip.", "net-ip", ipColumns},
    SysstatActivity{"", "", "ip.", "net-eip", ipErrorColumns},
    SysstatActivity{"", "", "icmp.", "net-icmp", icmpColumns},
    SysstatActivity{"", "", "icmp.", "net-eicmp", icmpErrorColumns},
    SysstatActivity{"", "", "tcp.", "net-tcp", tcpColumns},
    SysstatActivity{"", "", "tcp.", "net-etcp", tcpErrorColumns},
    SysstatActivity{"", "", "udp.", "net-udp", udpColumns},
    SysstatActivity{"", "", "sockets.", "net-sock6", socket6Columns},
    SysstatActivity{"", "", "ip6.", "net-ip6", ip6Columns},
    SysstatActivity{"", "", "ip6.", "net-eip6", ip6ErrorColumns},
    SysstatActivity{"", "", "icmp6.", "net-icmp6", icmp6Columns},
    SysstatActivity{"", "", "icmp6.", "net-eicmp6", icmp6ErrorColumns},
    SysstatActivity{"", "", "udp6.", "net-udp6", udp6Columns},
    SysstatActivity{"FCHOST", "host_adapter", "fibre_channel.", "fchosts fc-hosts", fibreChannelColumns},
    SysstatActivity{"CPU", "cpu", "net.softnet.", "softnet", softnetColumns},
    SysstatActivity{"CPU", "cpu", "cpu.", "cpu-frequency", frequencyColumns},
    SysstatActivity{"CPU", "cpu", "cpu.", "cpu-weighted-frequency", weightedFrequencyColumns},
    SysstatActivity{"FAN", "sensor", "sensor.fan_", "fan-speed", fanColumns},
    SysstatActivity{"TEMP", "sensor", "sensor.temperature_", "temperature", temperatureColumns},
    SysstatActivity{"IN", "sensor", "sensor.voltage_", "voltage-input", voltageColumns},
    SysstatActivity{"BAT", "battery", "battery.", "battery batteries", batteryColumns},
    SysstatActivity{"BUS", "bus", "usb.", "usb-devices", usbColumns},
    SysstatActivity{"FILESYSTEM", "device", "filesystem.", "filesystems", filesystemColumns},
    SysstatActivity{"MOUNTPOINT", "mount", "filesystem.", "", filesystemColumns},
};

} // namespace

std::span<const SysstatActivity> sysstatActivities()
{
    return activities;
}

} // namespace hindcast::parse
