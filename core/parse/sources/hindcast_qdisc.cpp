// The recorder's list of queueing disciplines, asked of rtnetlink: a line of names beginning with "#", then one a line,
// "-" for what is not counted. Source: capture/FORMAT.md; man 8 tc.
#include "base/text_scanner.h"
#include "framing/block.h"
#include "parse/parser.h"

#include <array>
#include <string>
#include <vector>

namespace hindcast::parse {
namespace {

struct QueueFigure {
    std::string_view name, metric;
    Unit unit;
    Kind kind;
};
constexpr std::array figures{
    QueueFigure{"bytes", "net.qdisc.bytes", Unit::Bytes, Kind::Counter},
    QueueFigure{"packets", "net.qdisc.packets", Unit::Packets, Kind::Counter},
    QueueFigure{"drops", "net.qdisc.dropped", Unit::Packets, Kind::Counter},
    QueueFigure{"overlimits", "net.qdisc.overlimits", Unit::Count, Kind::Counter},
    QueueFigure{"requeues", "net.qdisc.requeues", Unit::Count, Kind::Counter},
    QueueFigure{"backlog_bytes", "net.qdisc.backlog_bytes", Unit::Bytes, Kind::Gauge},
    QueueFigure{"backlog_packets", "net.qdisc.backlog", Unit::Packets, Kind::Gauge},
};

class QueueReader {
public:
    explicit QueueReader(Builder& out)
        : m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_names.clear();
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);) {
            if (line.starts_with("# inconsistent"))
                m_out.note(NoteSeverity::Info, "the list changed while it was told");
            else if (line.starts_with("# left_out"))
                m_out.note(NoteSeverity::Info, "there are more queues than were listed");
            else if (line.starts_with('#'))
                m_names = fields(line.substr(1));
            else if (!trimmed(line).empty() && !readLine(line, sample.time))
                m_out.skipped(line, "expected one value for each name of the first line");
        }
    }

private:
    bool readLine(std::string_view line, Time time)
    {
        const auto values = fields(line);
        if (m_names.empty() || values.size() < m_names.size())
            return false;
        Labels labels;
        for (std::size_t i = 0; i < m_names.size(); ++i)
            if (m_names[i] == "interface" || m_names[i] == "kind" || m_names[i] == "handle" || m_names[i] == "parent")
                labels.push_back({std::string(m_names[i]), framing::unescapeField(values[i])});
        for (std::size_t i = 0; i < m_names.size(); ++i)
            for (const QueueFigure& figure : figures)
                if (figure.name == m_names[i] && values[i] != "-") {
                    const auto value = parseInteger(values[i]);
                    if (!value)
                        return false;
                    m_out.add(figure.metric, labels, figure.unit, figure.kind, time, static_cast<double>(*value));
                }
        return !labels.empty();
    }

    Builder& m_out;
    std::vector<std::string_view> m_names;
};

void parse(const Input& input, Builder& out)
{
    QueueReader reader(out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

} // namespace

Parser hindcast_qdisc()
{
    return {.id = "hindcast_qdisc", .title = "Queueing disciplines", .members = "hindcast/qdisc", .parse = parse};
}

} // namespace hindcast::parse
