#include "tcp_kernel_network.h"

#include "tcp/analysis.h"
#include "tcp/frame_decoder.h"
#include "tcp/packet_reader.h"

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sstream>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hindcast::test {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::microseconds wireDelay = 3ms;
constexpr auto patience = 15s;
constexpr std::string_view marker = "end of what this test captures";
constexpr std::uint16_t markerPort = 9; // discard, RFC 863

[[noreturn]] void fail(const std::string& what)
{
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

std::int64_t microseconds()
{
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

std::string contents(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::uint16_t number16(std::string_view bytes, std::size_t at)
{
    return static_cast<std::uint16_t>(
        static_cast<unsigned char>(bytes[at]) << 8 | static_cast<unsigned char>(bytes[at + 1]));
}

bool hasProgram(const char* name)
{
    return std::system((std::string("command -v ") + name + " >/dev/null 2>&1").c_str()) == 0;
}

/// In /proc/net/tcp: TIME-WAIT and LISTEN are not waited for (net/ipv4/tcp_ipv4.c, include/net/tcp_states.h).
bool isAtRest(const std::string& table)
{
    std::istringstream lines(table);
    std::string line, skipped, local, remote, state;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
        std::istringstream fields(line);
        fields >> skipped >> local >> remote >> state;
        if (state != "06" && state != "0A" && state != "07")
            return false;
    }
    return true;
}

} // namespace

void Descriptor::close()
{
    if (m_number >= 0)
        ::close(m_number);
    m_number = -1;
}

std::string whyNoKernelNetwork()
{
    if (geteuid() != 0)
        return "needs root for network namespaces";
    for (const char* program : {"ip", "nft", "tcpdump"})
        if (!hasProgram(program))
            return std::string("needs the program ") + program;
    if (::access("/dev/net/tun", R_OK | W_OK) != 0)
        return "needs /dev/net/tun";
    Descriptor current(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (::unshare(CLONE_NEWNET) != 0)
        return "network namespaces are not allowed here";
    return ::setns(current.get(), CLONE_NEWNET) == 0 ? "" : "cannot come back from a network namespace";
}

KernelNetwork::KernelNetwork()
    : m_original(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC))
{
    std::string folder = (std::filesystem::temp_directory_path() / "hindcast-tcp-XXXXXX").string();
    if (!::mkdtemp(folder.data()))
        fail("mkdtemp");
    m_folder = folder;
    for (const End end : {End::Client, End::Server}) {
        createNamespace(end);
        createTap(end);
    }
    m_wire = std::thread([this] { carry(); });
}

KernelNetwork::~KernelNetwork()
{
    for (const int capture : m_captures) {
        ::kill(capture, SIGKILL);
        ::waitpid(capture, nullptr, 0);
    }
    m_isStopping = true;
    if (m_wire.joinable())
        m_wire.join();
    ::setns(m_original.get(), CLONE_NEWNET);
    std::error_code ignored;
    std::filesystem::remove_all(m_folder, ignored);
}

void KernelNetwork::createNamespace(End end)
{
    if (::unshare(CLONE_NEWNET) != 0)
        fail("unshare");
    m_namespaces[static_cast<std::size_t>(end)] = Descriptor(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
}

void KernelNetwork::createTap(End end)
{
    enter(end);
    Descriptor tap(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
    ifreq request{};
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    std::strncpy(request.ifr_name, "wire0", IFNAMSIZ - 1);
    if (tap.get() < 0 || ::ioctl(tap.get(), TUNSETIFF, &request) != 0)
        fail("TUNSETIFF");
    m_taps[static_cast<std::size_t>(end)] = std::move(tap);
    const bool isClient = end == End::Client;
    run(end, "ip link set lo up && ip link set wire0 up txqueuelen 1000");
    run(end, std::string("ip addr add ") + (isClient ? clientAddress : serverAddress) + "/24 dev wire0");
    run(end, std::string("ip addr add ") + (isClient ? clientAddress6 : serverAddress6) + "/64 dev wire0 nodad");
}

void KernelNetwork::enter(End end) const
{
    if (::setns(m_namespaces[static_cast<std::size_t>(end)].get(), CLONE_NEWNET) != 0)
        fail("setns");
}

void KernelNetwork::run(End end, const std::string& command) const
{
    enter(end);
    if (std::system(command.c_str()) != 0)
        throw std::runtime_error("failed: " + command);
}

std::string KernelNetwork::read(End end, const std::string& path) const
{
    enter(end);
    return contents(path);
}

std::uint64_t KernelNetwork::counter(End end, std::string_view group, std::string_view name) const
{
    std::istringstream lines(read(end, "/proc/thread-self/net/snmp") + read(end, "/proc/thread-self/net/netstat"));
    std::string names, values;
    while (std::getline(lines, names) && std::getline(lines, values)) {
        if (!std::string_view(names).starts_with(std::string(group) + ":"))
            continue;
        std::istringstream keys(names), numbers(values);
        std::string key, value;
        while (keys >> key && numbers >> value)
            if (key == name)
                return std::stoull(value);
    }
    throw std::runtime_error("no counter " + std::string(group) + " " + std::string(name));
}

void KernelNetwork::setLoss(std::uint16_t clientPort, std::function<bool(const FrameSeen&)> loses)
{
    const std::lock_guard lock(m_mutex);
    m_losses[clientPort] = std::move(loses);
}

void KernelNetwork::waitUntilClosed() const
{
    const auto deadline = std::chrono::steady_clock::now() + patience;
    const auto isClosed = [this] {
        for (const End end : {End::Client, End::Server})
            for (const char* table : {"/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6"})
                if (!isAtRest(read(end, table)))
                    return false;
        return true;
    };
    while (!isClosed()) {
        if (std::chrono::steady_clock::now() > deadline)
            throw std::runtime_error("connections stay open: " + read(End::Client, "/proc/thread-self/net/tcp")
                + read(End::Server, "/proc/thread-self/net/tcp"));
        std::this_thread::sleep_for(10ms);
    }
}

/// The wire: frames wait for their time in order, so delays never reorder.
void KernelNetwork::carry()
{
    std::deque<Waiting> queues[2];
    while (!m_isStopping) {
        std::int64_t next = microseconds() + 1000;
        for (const std::size_t from : {0U, 1U})
            for (auto& queue = queues[from]; !queue.empty(); queue.pop_front()) {
                if (queue.front().due > microseconds()) {
                    next = std::min(next, queue.front().due);
                    break;
                }
                const std::string& frame = queue.front().frame;
                [[maybe_unused]] const auto written = ::write(m_taps[1 - from].get(), frame.data(), frame.size());
            }
        pollfd waits[] = {{m_taps[0].get(), POLLIN, 0}, {m_taps[1].get(), POLLIN, 0}};
        const timespec time{0, std::max<std::int64_t>(0, next - microseconds()) * 1000};
        ::ppoll(waits, 2, &time, nullptr);
        for (const End from : {End::Client, End::Server})
            takeIn(from, queues[static_cast<std::size_t>(from)]);
    }
}

void KernelNetwork::takeIn(End from, std::deque<Waiting>& queue)
{
    std::string frame(2048, '\0');
    for (;;) {
        const auto size = ::read(m_taps[static_cast<std::size_t>(from)].get(), frame.data(), frame.size());
        if (size <= 0)
            return;
        const std::string_view bytes(frame.data(), static_cast<std::size_t>(size));
        if (!isLost(from, bytes))
            queue.push_back({microseconds() + wireDelay.count(), std::string(bytes)});
    }
}

bool KernelNetwork::isLost(End from, std::string_view frame)
{
    const bool isV6 = frame.size() > 54 && number16(frame, 12) == 0x86dd && frame[20] == 6;
    const bool isV4 = frame.size() >= 54 && number16(frame, 12) == 0x0800 && frame[23] == 6;
    if (!isV4 && !isV6)
        return false;
    const std::size_t tcp = isV6 ? 54 : 34;
    if (frame.size() < tcp + 20)
        return false;
    FrameSeen seen;
    seen.from = from;
    seen.sourcePort = number16(frame, tcp);
    seen.destinationPort = number16(frame, tcp + 2);
    seen.flags = static_cast<std::uint8_t>(frame[tcp + 13]);
    seen.payload = frame.size() - tcp - (static_cast<unsigned char>(frame[tcp + 12]) >> 4) * 4U;
    const std::lock_guard lock(m_mutex);
    const auto loss = m_losses.find(from == End::Client ? seen.sourcePort : seen.destinationPort);
    return loss != m_losses.end() && loss->second && loss->second(seen);
}

void KernelNetwork::startCaptures()
{
    startCapture(End::Client);
    startCapture(End::Server);
}

void KernelNetwork::startCapture(End end)
{
    enter(end);
    const std::string file = captureFile(end), log = file + ".log";
    const int child = ::fork();
    if (child < 0)
        fail("fork");
    if (child == 0) {
        const int out = ::open(log.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
        ::dup2(out, 2);
        ::execlp("tcpdump", "tcpdump", "-Z", "root", "-n", "-i", "wire0", "-s", "128", "-B", "65536", "-U",
            "--immediate-mode", "--time-stamp-precision=nano", "-w", file.c_str(), static_cast<char*>(nullptr));
        ::_exit(127);
    }
    m_captures.push_back(child);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (contents(log).find("listening on") == std::string::npos) {
        if (std::chrono::steady_clock::now() > deadline)
            throw std::runtime_error("tcpdump does not begin: " + contents(log));
        std::this_thread::sleep_for(5ms);
    }
}

bool KernelNetwork::hasMarker(End end) const
{
    return contents(captureFile(end)).find(marker) != std::string::npos;
}

void KernelNetwork::stopCaptures()
{
    enter(End::Client);
    Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(markerPort);
    ::inet_pton(AF_INET, serverAddress, &to.sin_addr);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!hasMarker(End::Client) || !hasMarker(End::Server)) {
        if (std::chrono::steady_clock::now() > deadline)
            throw std::runtime_error("the captures do not get to their end");
        ::sendto(socket.get(), marker.data(), marker.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
        std::this_thread::sleep_for(20ms);
    }
    for (const int capture : m_captures)
        ::kill(capture, SIGINT);
    for (const int capture : m_captures)
        ::waitpid(capture, nullptr, 0);
    m_captures.clear();
}

PacketCapture analysedCapture(const std::string& path)
{
    const std::string bytes = contents(path);
    tcp::PacketReader reader;
    tcp::FrameDecoder decoder;
    tcp::Analysis analysis;
    reader.read(bytes, tcp::PacketReader::Piece::Last);
    tcp::Frame frame;
    while (reader.next(frame)) {
        const auto kind = decoder.decode(frame);
        if (kind == tcp::FrameDecoder::Kind::Tcp) {
            tcp::Segment segment = decoder.segment();
            segment.time = frame.time.value_or(Time{});
            segment.frame = frame.number;
            analysis.add(segment);
        } else if (kind == tcp::FrameDecoder::Kind::IcmpError) {
            analysis.add(decoder.icmpError());
        }
    }
    return analysis.finish({});
}

} // namespace hindcast::test
