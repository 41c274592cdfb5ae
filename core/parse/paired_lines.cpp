#include "parse/paired_lines.h"

#include "base/text_scanner.h"
#include "parse/snake_case.h"

#include <algorithm>
#include <string>

namespace hindcast::parse {
namespace {

/// "Tcp" of "Tcp: …", "" when there is no colon.
std::string_view protocolOf(std::string_view line)
{
    const auto colon = line.find(':');
    const bool isFirstField =
        colon != std::string_view::npos && line.substr(0, colon).find(' ') == std::string_view::npos;
    return isFirstField ? line.substr(0, colon) : std::string_view{};
}

std::string_view behindProtocol(std::string_view line)
{
    return line.substr(line.find(':') + 1);
}

/// "tcpext", "udplite": the kernel's words for protocols hold no separate words.
std::string smallLetters(std::string_view protocol)
{
    std::string result(protocol.substr(0, 32));
    std::transform(result.begin(), result.end(), result.begin(),
        [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

std::size_t countFields(std::string_view line)
{
    std::size_t count = 0;
    while (!nextField(line).empty())
        ++count;
    return count;
}

} // namespace

void PairedLines::read(const Sample& sample)
{
    m_out.setText(sample.text);
    m_known.restart();
    auto rest = sample.text;
    std::string_view names;
    for (std::string_view line; nextLine(rest, line);) {
        if (trimmed(line).empty())
            continue;
        const auto protocol = protocolOf(line);
        if (protocol.empty()) {
            m_out.skipped(line, "expected a protocol and a colon");
        } else if (names.empty() || protocolOf(names) != protocol) {
            if (!names.empty())
                m_out.skipped(names, "a line of names without a line of values");
            names = line;
        } else {
            readPair(names, behindProtocol(line), line, sample.time);
            names = {};
        }
    }
    if (!names.empty())
        m_out.skipped(names, "a line of names without a line of values");
}

void PairedLines::readPair(std::string_view names, std::string_view values, std::string_view valueLine, Time time)
{
    auto& refs = m_known.at(names);
    if (refs.empty())
        refs = makeSeries(names);
    // With one value missing it cannot be told which, so none is believed.
    if (countFields(values) != refs.size()) {
        m_out.skipped(valueLine, "the line of values is not as long as the line of names");
        return;
    }
    for (const SeriesRef ref : refs) {
        const auto field = nextField(values);
        const auto value = parseInteger<std::uint64_t>(field);
        if (value)
            m_out.add(ref, time, static_cast<double>(*value) / m_divisors[ref.index]);
        else if (!parseInteger<std::int64_t>(field)) // "-1" says that there is no such number, e.g. no fixed MaxConn
            m_out.skipped(valueLine, "a value is not a number");
    }
}

std::vector<SeriesRef> PairedLines::makeSeries(std::string_view names)
{
    std::vector<SeriesRef> refs;
    const auto protocol = protocolOf(names);
    auto rest = behindProtocol(names);
    for (auto name = nextField(rest); !name.empty(); name = nextField(rest))
        refs.push_back(makeSeries(protocol, name));
    return refs;
}

SeriesRef PairedLines::makeSeries(std::string_view protocol, std::string_view name)
{
    ProtocolValue meaning;
    for (const ProtocolValue& known : m_meanings)
        if (known.protocol == protocol && known.name == name)
            meaning = known;
    const std::string metric =
        meaning.metric.empty() ? smallLetters(protocol) + '.' + snakeCase(name) : std::string(meaning.metric);
    const SeriesRef ref = m_out.series(metric, {}, meaning.unit, meaning.kind);
    if (m_divisors.size() <= ref.index)
        m_divisors.resize(ref.index + 1, 1.0);
    m_divisors[ref.index] = meaning.divisor;
    return ref;
}

int recognisePairedLines(std::string_view beginning, std::string_view protocol)
{
    std::string_view names, values;
    if (!nextLine(beginning, names) || !nextLine(beginning, values))
        return 0;
    if (protocolOf(names) != protocol || protocolOf(values) != protocol)
        return 0;
    auto first = behindProtocol(values);
    return parseInteger<std::int64_t>(nextField(first)) ? 90 : 0;
}

} // namespace hindcast::parse
