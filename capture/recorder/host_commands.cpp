#include "host_commands.h"

#include "events.h"
#include "framing/block.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <string_view>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

constexpr std::int64_t patience = 2'000'000'000; // nanoseconds
constexpr std::int64_t longPatience = 10'000'000'000;
constexpr std::size_t mostBytes = 256 << 10;
constexpr const char* dockerSocket = "/var/run/docker.sock";
constexpr const char* containerSockets[] = {"/run/containerd/containerd.sock", "/run/crio/crio.sock"};

/// Its path; "" when it is not installed. PATH is not asked: whoever may run us as root need not be trusted to choose
/// what else root runs.
std::string pathOf(const std::string& program)
{
    std::string_view rest = systemPath;
    while (!rest.empty()) {
        const std::string_view folder = rest.substr(0, rest.find(':'));
        rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
        std::string file(folder);
        if (access((file.append("/") += program).c_str(), X_OK) == 0)
            return file;
    }
    return {};
}

bool isTalkative(const char* socket)
{
    return access(socket, W_OK) == 0;
}

/// One that sleeps to save power would be woken (Documentation/ABI/testing/sysfs-devices-power, runtime_status).
bool isGraphicsCardAwake(const Root& root)
{
    if (!root.exists("/dev/nvidiactl"))
        return false;
    const std::vector<std::string> cards = root.matches("/sys/bus/pci/drivers/nvidia/*/power/runtime_status");
    return std::none_of(cards.begin(), cards.end(),
        [&](const std::string& card) { return root.firstLine(card.c_str()) == "suspended"; });
}

/// Where the kernel's own log and the files of a log daemon are denied.
bool isKernelLogDenied(const Root& root)
{
    for (const char* const path : {"/dev/kmsg", "/var/log/kern.log", "/var/log/messages"}) {
        const int descriptor = root.openFile(path);
        if (descriptor >= 0) {
            close(descriptor);
            return false;
        }
    }
    return true;
}

} // namespace

std::vector<HostCommand> hostCommands(const Root& root)
{
    std::vector<HostCommand> commands;
    const auto add = [&](const char* name, std::vector<std::string> words, std::int64_t time = patience) {
        words.front() = pathOf(words.front());
        if (!words.front().empty())
            commands.push_back({name, std::move(words), time});
    };
    add("chronyc", {"chronyc", "-n", "tracking"});
    add("last", {"last", "-x", "-F", "-n", "30", "reboot", "shutdown", "runlevel"}); // no users among them
    // Asking would load the kernel's firewall where none is in use.
    if (geteuid() == 0 && root.exists("/sys/module/nf_tables"))
        add("nft", {"nft", "list", "ruleset"});
    if (geteuid() == 0 && !root.firstLine("/proc/net/ip_tables_names").empty())
        add("iptables", {"iptables-legacy-save", "-c"});
    if (geteuid() == 0 && !root.firstLine("/proc/net/ip6_tables_names").empty())
        add("ip6tables", {"ip6tables-legacy-save", "-c"});
    // Named, because DOCKER_HOST may point to another machine.
    if (isTalkative(dockerSocket))
        add("docker",
            {"docker", "-H", std::string("unix://") + dockerSocket, "ps", "--no-trunc", "--format",
                "{{.ID}} {{.Names}} {{.Image}} {{.CreatedAt}}"});
    for (const char* const socket : containerSockets)
        if (isTalkative(socket))
            add("crictl", {"crictl", "-r", std::string("unix://") + socket, "ps", "--no-trunc"});
    if (isGraphicsCardAwake(root))
        add("nvidia-smi", {"nvidia-smi"}, longPatience);
    if (isKernelLogDenied(root))
        add("journalctl", {"journalctl", "-k", "-b", "-n", "2000", "-o", "short-iso-precise", "--no-pager"});
    return commands;
}

namespace {

/// Containers that run here, but that may not be asked for.
std::vector<Denial> refusedSockets()
{
    std::vector<Denial> refused;
    const auto ask = [&](const char* socket) {
        if (access(socket, W_OK) != 0 && isRefusal(errno))
            refused.push_back({socket, errno, std::nullopt});
    };
    ask(dockerSocket);
    std::for_each(std::begin(containerSockets), std::end(containerSockets), ask);
    return refused;
}

} // namespace

HostCommands::HostCommands(const Options& options, const Root& root, StuckHelpers& stuck, Events& events)
    : m_root(root)
    , m_events(events)
    , m_isAllowed(options.hasCommands && root.isRealRoot()) // they tell of this host, whatever the root
    , m_helper(stuck)
{
}

void HostCommands::sample(const TickContext& context, std::string& blocks)
{
    if (!m_isAllowed)
        return;
    takeAnswer(context.tick, blocks);
    if (!m_hasRun)
        m_denials = refusedSockets();
    if (!m_hasRun || context.turn == Turn::Triggered) {
        m_hasRun = true;
        m_waiting = hostCommands(m_root);
        std::reverse(m_waiting.begin(), m_waiting.end());
    }
    if (m_waiting.empty() || context.turn == Turn::Burst || m_helper.state() == Helper::State::Running)
        return;
    m_running = std::move(m_waiting.back());
    m_waiting.pop_back();
    if (const int failure = m_helper.startCommand(m_running.words, m_running.patienceNanoseconds, mostBytes))
        m_denials.push_back({"tools/" + m_running.name, failure, context.tick});
}

/// What it wrote before it was ended counts, and so do complaints: they say why there is nothing else.
void HostCommands::takeAnswer(std::uint64_t tick, std::string& blocks)
{
    const Helper::State state = m_helper.poll();
    if (state == Helper::State::Idle || state == Helper::State::Running)
        return;
    const std::string path = "tools/" + m_running.name;
    const bool isTimedOut = state == Helper::State::TimedOut;
    framing::appendBlock(blocks, path, m_helper.begin(), (monotonicNow() - m_helper.begin()) / 1000,
        isTimedOut ? ETIMEDOUT : 0, isTimedOut ? std::string_view() : std::string_view(m_helper.bytes()));
    if (isTimedOut) {
        m_denials.push_back({path, ETIMEDOUT, tick});
        m_events.add("helper-stuck", {{"source", "commands"}, {"path", path}});
    }
    m_helper.clear();
}

void HostCommands::addDenials(std::vector<Denial>& denials) const
{
    denials.insert(denials.end(), m_denials.begin(), m_denials.end());
}

void HostCommands::addIntentions(std::vector<std::string>& lines) const
{
    if (!m_isAllowed)
        return;
    if (m_root.isRealRoot())
        lines.emplace_back(
            "/sys/module/nf_tables, /proc/net/{ip,ip6}_tables_names, /dev/nvidiactl, "
            "/sys/bus/pci/drivers/nvidia/*/power/runtime_status, /var/run/docker.sock, "
            "/run/containerd/containerd.sock, /run/crio/crio.sock  which of the commands have a meaning here");
    for (const HostCommand& command : hostCommands(m_root)) {
        std::string line = "command, after the start and at a trigger:";
        for (const std::string& word : command.words)
            line += ' ' + word;
        lines.push_back(std::move(line));
    }
}

} // namespace hindcast::recorder
