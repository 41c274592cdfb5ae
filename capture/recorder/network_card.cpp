#include "network_card.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace hindcast::recorder {
namespace {

constexpr std::uint32_t mostNames = 8192; // a card with 128 queues counts some thousand things
constexpr std::size_t nameBytes = ETH_GSTRING_LEN;

class Card {
public:
    explicit Card(const std::string& interface)
        : m_interface(interface)
        , m_socket(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0))
    {
    }
    ~Card()
    {
        if (m_socket >= 0)
            close(m_socket);
    }
    Card(const Card&) = delete;
    Card& operator=(const Card&) = delete;

    /// `question` begins with its command and receives the answer. 0 or errno.
    int ask(void* question) const
    {
        ifreq request{};
        if (m_socket < 0)
            return EBADF;
        if (m_interface.size() >= sizeof request.ifr_name)
            return ENAMETOOLONG;
        std::memcpy(request.ifr_name, m_interface.data(), m_interface.size());
        request.ifr_data = static_cast<char*>(question);
        return ioctl(m_socket, SIOCETHTOOL, &request) != 0 ? errno : 0;
    }
    template <typename Question> bool ask(Question& question, std::uint32_t command) const
    {
        question.cmd = command;
        return ask(&question) == 0;
    }
    const std::string& interface() const { return m_interface; }

private:
    const std::string& m_interface;
    int m_socket;
};

/// How many names a set has; 0 also when the driver has no such set, or one beyond what there is room for: the kernel
/// writes all of them, whatever room was announced.
std::uint32_t sizeOfSet(const Card& card, std::uint32_t set)
{
    // struct ethtool_sset_info with room for one answer
    struct {
        std::uint32_t command, reserved;
        std::uint64_t mask;
        std::uint32_t size;
    } question{ETHTOOL_GSSET_INFO, 0, std::uint64_t{1} << set, 0};
    const bool isKnown = card.ask(&question) == 0 && question.mask != 0;
    return isKnown && question.size <= mostNames ? question.size : 0;
}

/// The names of a set, each nameBytes long. The kernel writes as many as there are now, which may be more than were
/// counted a moment before: of those the room is kept too.
std::vector<char> namesOfSet(const Card& card, std::uint32_t set, std::uint32_t& count)
{
    std::vector<char> bytes(sizeof(ethtool_gstrings) + (std::size_t{count} + 256) * nameBytes);
    ethtool_gstrings question{};
    question.cmd = ETHTOOL_GSTRINGS;
    question.string_set = set;
    question.len = count;
    std::memcpy(bytes.data(), &question, sizeof question);
    if (card.ask(bytes.data()) != 0) {
        count = 0;
        return {};
    }
    std::memcpy(&question, bytes.data(), sizeof question);
    count = std::min(count, question.len);
    bytes.erase(bytes.begin(), bytes.begin() + sizeof question);
    return bytes;
}

std::string nameAt(const std::vector<char>& names, std::uint32_t index)
{
    const char* const name = names.data() + index * nameBytes;
    return {name, strnlen(name, nameBytes)};
}

void putLine(std::string& text, const char* name, const char* value)
{
    text.append(name).append(": ").append(value) += '\n';
}

void putNumber(std::string& text, const char* name, std::uint64_t value)
{
    char digits[24];
    std::snprintf(digits, sizeof digits, "%llu", static_cast<unsigned long long>(value));
    putLine(text, name, digits);
}

void putTitle(std::string& text, const char* title, const Card& card)
{
    text.append("\n").append(title).append(" for ").append(card.interface()) += ":\n";
}

void putYes(std::string& text, const char* name, bool isOn)
{
    putLine(text, name, isOn ? "on" : "off");
}

template <typename Text> std::string terminated(const Text& text)
{
    return {text, strnlen(text, sizeof text)};
}

int appendDriver(const Card& card, std::string& text)
{
    ethtool_drvinfo driver{};
    driver.cmd = ETHTOOL_GDRVINFO;
    if (const int failure = card.ask(&driver))
        return failure;
    putLine(text, "driver", terminated(driver.driver).c_str());
    putLine(text, "version", terminated(driver.version).c_str());
    putLine(text, "firmware-version", terminated(driver.fw_version).c_str());
    putLine(text, "bus-info", terminated(driver.bus_info).c_str());
    return 0;
}

void appendRings(const Card& card, std::string& text)
{
    ethtool_ringparam rings{};
    if (!card.ask(rings, ETHTOOL_GRINGPARAM))
        return;
    putTitle(text, "Ring parameters", card);
    text += "Pre-set maximums:\n";
    putNumber(text, "RX", rings.rx_max_pending);
    putNumber(text, "RX Mini", rings.rx_mini_max_pending);
    putNumber(text, "RX Jumbo", rings.rx_jumbo_max_pending);
    putNumber(text, "TX", rings.tx_max_pending);
    text += "Current hardware settings:\n";
    putNumber(text, "RX", rings.rx_pending);
    putNumber(text, "RX Mini", rings.rx_mini_pending);
    putNumber(text, "RX Jumbo", rings.rx_jumbo_pending);
    putNumber(text, "TX", rings.tx_pending);
}

void appendChannels(const Card& card, std::string& text)
{
    ethtool_channels channels{};
    if (!card.ask(channels, ETHTOOL_GCHANNELS))
        return;
    putTitle(text, "Channel parameters", card);
    text += "Pre-set maximums:\n";
    putNumber(text, "RX", channels.max_rx);
    putNumber(text, "TX", channels.max_tx);
    putNumber(text, "Other", channels.max_other);
    putNumber(text, "Combined", channels.max_combined);
    text += "Current hardware settings:\n";
    putNumber(text, "RX", channels.rx_count);
    putNumber(text, "TX", channels.tx_count);
    putNumber(text, "Other", channels.other_count);
    putNumber(text, "Combined", channels.combined_count);
}

void appendCoalescing(const Card& card, std::string& text)
{
    ethtool_coalesce coalescing{};
    if (!card.ask(coalescing, ETHTOOL_GCOALESCE))
        return;
    putTitle(text, "Coalesce parameters", card);
    putYes(text, "Adaptive RX", coalescing.use_adaptive_rx_coalesce != 0);
    putYes(text, "Adaptive TX", coalescing.use_adaptive_tx_coalesce != 0);
    putNumber(text, "rx-usecs", coalescing.rx_coalesce_usecs);
    putNumber(text, "rx-frames", coalescing.rx_max_coalesced_frames);
    putNumber(text, "rx-usecs-irq", coalescing.rx_coalesce_usecs_irq);
    putNumber(text, "rx-frames-irq", coalescing.rx_max_coalesced_frames_irq);
    putNumber(text, "tx-usecs", coalescing.tx_coalesce_usecs);
    putNumber(text, "tx-frames", coalescing.tx_max_coalesced_frames);
    putNumber(text, "tx-usecs-irq", coalescing.tx_coalesce_usecs_irq);
    putNumber(text, "tx-frames-irq", coalescing.tx_max_coalesced_frames_irq);
    putNumber(text, "stats-block-usecs", coalescing.stats_block_coalesce_usecs);
    putNumber(text, "sample-interval", coalescing.rate_sample_interval);
}

void appendPause(const Card& card, std::string& text)
{
    ethtool_pauseparam pause{};
    if (!card.ask(pause, ETHTOOL_GPAUSEPARAM))
        return;
    putTitle(text, "Pause parameters", card);
    putYes(text, "Autonegotiate", pause.autoneg != 0);
    putYes(text, "RX", pause.rx_pause != 0);
    putYes(text, "TX", pause.tx_pause != 0);
}

/// By the kernel's own names (tx-tcp-segmentation, rx-gro), not the older ones of ethtool.
void appendFeatures(const Card& card, std::string& text)
{
    std::uint32_t count = sizeOfSet(card, ETH_SS_FEATURES);
    const std::vector<char> names = namesOfSet(card, ETH_SS_FEATURES, count);
    const std::uint32_t words = (count + 31) / 32;
    if (words == 0)
        return;
    std::vector<std::uint32_t> question(
        2 + 4 * std::size_t{words}); // struct ethtool_gfeatures: 4 masks of 32 bits each
    question[0] = ETHTOOL_GFEATURES;
    question[1] = words;
    if (card.ask(question.data()) != 0)
        return;
    putTitle(text, "Features", card);
    for (std::uint32_t index = 0; index < count; ++index) {
        const std::uint32_t* const masks =
            question.data() + 2 + 4 * (index / 32); // available, requested, active, fixed
        const std::uint32_t bit = 1U << (index % 32);
        const std::string name = nameAt(names, index);
        if (name.empty())
            continue;
        const bool isFixed = (masks[0] & bit) == 0 || (masks[3] & bit) != 0;
        const bool isActive = (masks[2] & bit) != 0;
        const bool isRequested = isActive != ((masks[1] & bit) != 0) && !isFixed;
        std::string value = isActive ? "on" : "off";
        value += isFixed ? " [fixed]" : isRequested ? isActive ? " [requested off]" : " [requested on]" : "";
        putLine(text, name.c_str(), value.c_str());
    }
}

} // namespace

int appendCardFacts(const std::string& interface, std::string& text)
{
    const Card card(interface);
    if (const int failure = appendDriver(card, text))
        return failure;
    appendRings(card, text);
    appendChannels(card, text);
    appendCoalescing(card, text);
    appendPause(card, text);
    appendFeatures(card, text);
    return 0;
}

bool isRunning(const std::string& interface)
{
    ifreq request{};
    if (interface.size() >= sizeof request.ifr_name)
        return false;
    std::memcpy(request.ifr_name, interface.data(), interface.size());
    const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const bool isTold = descriptor >= 0 && ioctl(descriptor, SIOCGIFFLAGS, &request) == 0;
    if (descriptor >= 0)
        close(descriptor);
    return isTold && (request.ifr_flags & IFF_RUNNING) != 0;
}

int appendCardStatistics(const std::string& interface, std::string& text)
{
    const Card card(interface);
    ethtool_drvinfo driver{};
    driver.cmd = ETHTOOL_GDRVINFO;
    if (const int failure = card.ask(&driver))
        return failure;
    std::uint32_t count = driver.n_stats;
    if (count > mostNames)
        return E2BIG;
    const std::vector<char> names = namesOfSet(card, ETH_SS_STATS, count);
    if (count == 0)
        return EOPNOTSUPP;
    // struct ethtool_stats: command, number, values. Room for those that were added since they were counted.
    std::vector<std::uint64_t> values(1 + std::size_t{count} + 256);
    const std::uint32_t head[2] = {ETHTOOL_GSTATS, count};
    std::memcpy(values.data(), head, sizeof head);
    if (const int failure = card.ask(values.data()))
        return failure;
    for (std::uint32_t index = 0; index < count; ++index)
        putNumber(text, nameAt(names, index).c_str(), values[1 + index]);
    return 0;
}

} // namespace hindcast::recorder
