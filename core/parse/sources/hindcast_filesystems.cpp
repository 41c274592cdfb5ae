// The recorder's list of local filesystems, by statvfs(3): a line of names beginning with "#", then one filesystem per
// line, fields by name, "-" for what was not told. Source: capture/FORMAT.md.
#include "base/text_scanner.h"
#include "framing/block.h"
#include "parse/parser.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

struct FilesystemFigure {
    std::string_view name, metric;
    Unit unit;
};
constexpr std::array figures{
    FilesystemFigure{"size_bytes", "filesystem.size", Unit::Bytes},
    FilesystemFigure{"free_bytes", "filesystem.free", Unit::Bytes},
    FilesystemFigure{"available_bytes", "filesystem.available", Unit::Bytes},
    FilesystemFigure{"inodes", "filesystem.inodes", Unit::Count},
    FilesystemFigure{"inodes_free", "filesystem.inodes_free", Unit::Count},
};

/// The value of each name; nothing when the line has fewer values than names.
std::optional<std::vector<std::string_view>> readValues(std::string_view line, std::size_t names)
{
    std::vector<std::string_view> values = fields(line);
    return values.size() >= names ? std::optional(std::move(values)) : std::nullopt;
}

class FilesystemReader {
public:
    explicit FilesystemReader(Builder& out)
        : m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_names.clear();
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);) {
            if (line.starts_with('#')) {
                m_names = fields(line.substr(1));
                continue;
            }
            const auto values = readValues(line, m_names.size());
            if (m_names.empty() || !values || !add(*values, sample.time))
                m_out.skipped(line, "expected one value for each name of the first line");
        }
    }

private:
    std::string_view valueOf(std::string_view name, const std::vector<std::string_view>& values) const
    {
        for (std::size_t i = 0; i < m_names.size(); ++i)
            if (m_names[i] == name && values[i] != "-")
                return values[i];
        return {};
    }

    bool add(const std::vector<std::string_view>& values, Time time)
    {
        const auto mount = valueOf("mount", values);
        if (mount.empty())
            return false;
        const Labels labels{
            {"device", framing::unescapeField(valueOf("device", values))}, {"mount", framing::unescapeField(mount)}};
        // A filesystem without a fixed number of inodes (btrfs, vfat) says 0: there is no bound to be near.
        const bool hasInodes = parseInteger(valueOf("inodes", values)).value_or(0) > 0;
        for (const FilesystemFigure& figure : figures) {
            const auto text = valueOf(figure.name, values);
            if (text.empty() || (figure.unit == Unit::Count && !hasInodes))
                continue;
            const auto value = parseInteger(text);
            if (!value)
                return false;
            m_out.add(figure.metric, labels, figure.unit, Kind::Gauge, time, static_cast<double>(*value));
        }
        return true;
    }

    Builder& m_out;
    std::vector<std::string_view> m_names;
};

void parse(const Input& input, Builder& out)
{
    FilesystemReader reader(out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

} // namespace

Parser hindcast_filesystems()
{
    return {.id = "hindcast_filesystems", .title = "Filesystems", .members = "hindcast/filesystems", .parse = parse};
}

} // namespace hindcast::parse
