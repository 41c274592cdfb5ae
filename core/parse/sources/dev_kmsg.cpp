// /dev/kmsg: the kernel's log as records, "prefix,sequence,microseconds,flags;text" and lines of " KEY=value". Source:
// kernel Documentation/ABI/testing/dev-kmsg. The stamps are those of the scheduler's clock, which stands still while
// the machine sleeps, as CLOCK_MONOTONIC does: the tick tells both clocks at once, so a record becomes an instant.
//
// That clock is not steered by NTP and may be seconds off after months. A record that was not there at one tick and is
// at the next was written between the two, whatever its stamp says.
#include "base/text_scanner.h"
#include "parse/kernel_log.h"
#include "parse/parser.h"

#include <algorithm>
#include <string>
#include <unordered_set>

namespace hindcast::parse {
namespace {

struct Record {
    std::uint64_t prefix = 0; ///< 8 * facility + level
    std::uint64_t sequence = 0;
    std::uint64_t microseconds = 0;
    std::string text;
};

/// "\x0a" and its like are bytes that are not printable.
std::string unescape(std::string_view text)
{
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool isEscape = text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x';
        const auto byte = isEscape ? parseHex(text.substr(i + 2, 2)) : std::nullopt;
        if (byte) {
            result += static_cast<char>(*byte);
            i += 3;
        } else {
            result += text[i];
        }
    }
    return result;
}

std::optional<Record> readRecord(std::string_view line)
{
    const auto semicolon = line.find(';');
    if (semicolon == std::string_view::npos)
        return std::nullopt;
    auto head = line.substr(0, semicolon);
    const auto nextNumber = [&head] {
        const auto comma = head.find(',');
        const auto number = parseInteger(head.substr(0, comma));
        head.remove_prefix(comma == std::string_view::npos ? head.size() : comma + 1);
        return number;
    };
    const auto prefix = nextNumber(), sequence = nextNumber(), microseconds = nextNumber();
    constexpr std::uint64_t longest = 1'000'000ULL * 86400 * 36500; // a century of running
    if (!prefix || !sequence || !microseconds || *microseconds > longest)
        return std::nullopt;
    return Record{*prefix, *sequence, *microseconds, unescape(line.substr(semicolon + 1))};
}

class KmsgReader {
public:
    KmsgReader(const Input& input, Builder& out)
        : m_host(input.host)
        , m_clock(input.clock)
        , m_out(out)
        , m_log(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        auto rest = sample.text;
        std::uint64_t number = 0;
        for (std::string_view line; nextLine(rest, line);) {
            ++number;
            if (line.empty() || line.front() == ' ')
                continue; // " SUBSYSTEM=block": what the text says in its own words
            if (const auto record = readRecord(line))
                add(sample, *record, number);
            else
                m_out.skipped(line, "expected: prefix,sequence,microseconds,flags;text");
        }
        if (sample.monotonic)
            m_lastRead = sample.time;
    }

private:
    void add(const Sample& sample, const Record& record, std::uint64_t number)
    {
        if (!m_known.insert(record.sequence).second)
            return;
        KernelLine line;
        const Nanoseconds stamp{static_cast<std::int64_t>(record.microseconds) * 1000};
        setTime(line, sample, stamp);
        line.level = static_cast<unsigned>(record.prefix & 7);
        line.isFromKernel = record.prefix / 8 == 0;
        line.line = number;
        line.text = record.text;
        m_log.add(line);
    }

    void setTime(KernelLine& line, const Sample& sample, Nanoseconds stamp) const
    {
        line.clock = Clock::Wall;
        if (m_clock == Clock::Wall && sample.monotonic) {
            line.time = sample.time - *sample.monotonic + stamp;
            if (m_lastRead)
                line.time = std::max(line.time, *m_lastRead + Nanoseconds{1});
            line.time = std::min(line.time, sample.time);
        } else if (m_clock == Clock::Wall && m_host.bootTime) {
            line.time = *m_host.bootTime + stamp;
        } else {
            line.clock = Clock::Boot;
            line.time = Time{stamp};
        }
    }

    const Host& m_host;
    Clock m_clock;
    Builder& m_out;
    KernelLog m_log;
    std::unordered_set<std::uint64_t> m_known; ///< sequence numbers
    std::optional<Time> m_lastRead; ///< when the log was read before
};

void parse(const Input& input, Builder& out)
{
    KmsgReader reader(input, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

int recognise(std::string_view beginning)
{
    std::string_view line;
    if (!nextLine(beginning, line) || !readRecord(line))
        return 0;
    const auto flags = line.substr(0, line.find(';'));
    return std::count(flags.begin(), flags.end(), ',') >= 3 ? 90 : 0;
}

} // namespace

Parser dev_kmsg()
{
    return {.id = "dev_kmsg", .title = "Kernel log", .members = "dev/kmsg", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
