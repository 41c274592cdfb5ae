// /proc/mdstat: software RAID: an array, its level and devices, which of them work, and how far a rebuild is. Source:
// kernel drivers/md/md.c, md_seq_show(), status_resync().
//   md0 : active raid1 sdb1[1] sda1[0](F)
//         1046528 blocks super 1.2 [2/1] [U_]
//         [=>...................]  recovery =  8.5% (16775552/195310144) finish=17.0min speed=174745K/sec
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/table_maker.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

constexpr double kibibyte = 1024;

class MdstatReader {
public:
    MdstatReader(Builder& out, std::optional<Time> time)
        : m_out(out)
        , m_table("software_raid", time)
    {
    }

    void read(std::string_view text)
    {
        m_out.setText(text);
        std::uint64_t number = 0;
        for (std::string_view line; nextLine(text, line);) {
            ++number;
            if (!trimmed(line).empty() && !readLine(line, number))
                m_out.skipped(line, "not a line of an array");
        }
        m_table.finish(m_out);
    }

private:
    bool readLine(std::string_view line, std::uint64_t number)
    {
        if (line.starts_with("Personalities") || line.starts_with("unused devices") || line.starts_with("read_ahead")
            || line.starts_with("Event:"))
            return true; // what the kernel could do, and 2.4's settings
        if (line.starts_with("md"))
            return readArray(line, number);
        if (m_table.rows() == 0)
            return false;
        if (line.find(" blocks") != std::string_view::npos)
            return readSize(line);
        for (const std::string_view work : {"recovery", "resync", "reshape", "check", "repair"})
            if (line.find(work) != std::string_view::npos)
                return readProgress(line, work);
        return line.find("bitmap:") != std::string_view::npos;
    }

    /// "md127 : active (auto-read-only) raid5 sdd1[3](S) …"; an inactive array has no level.
    bool readArray(std::string_view line, std::uint64_t number)
    {
        auto rest = line;
        const auto name = nextField(rest);
        if (nextField(rest) != ":")
            return false;
        const auto state = nextField(rest);
        if (state.empty())
            return false;
        m_table.beginRow(number);
        m_table.set("array", name);
        m_table.set("state", state);
        std::string devices;
        double failed = 0, count = 0;
        for (auto word = nextField(rest); !word.empty(); word = nextField(rest)) {
            if (word.find('[') == std::string_view::npos) {
                m_table.set(word.starts_with('(') ? "mode" : "level", word);
                continue;
            }
            devices.append(devices.empty() ? "" : " ").append(word);
            ++count;
            failed += word.find("(F)") != std::string_view::npos ? 1 : 0;
        }
        m_table.set("devices", Unit::Count, count);
        m_table.set("failed", Unit::Count, failed);
        m_table.set("device_list", devices);
        return true;
    }

    /// "… blocks super 1.2 level 5, 64k chunk, algorithm 2 [4/3] [UUU_]"
    bool readSize(std::string_view line)
    {
        const auto blocks = parseInteger(nextField(line));
        if (!blocks)
            return false;
        m_table.set("size", Unit::Bytes, static_cast<double>(*blocks) * kibibyte);
        const auto open = line.find('['), slash = line.find('/', open), close = line.find(']', open);
        if (open == std::string_view::npos || slash > close)
            return true; // linear and raid0 tell of no missing devices
        const auto wanted = parseInteger(line.substr(open + 1, slash - open - 1)),
                   working = parseInteger(line.substr(slash + 1, close - slash - 1));
        if (wanted && working) {
            m_table.set("wanted", Unit::Count, static_cast<double>(*wanted));
            m_table.set("working", Unit::Count, static_cast<double>(*working));
        }
        const auto shown = line.find('[', close);
        if (shown != std::string_view::npos)
            m_table.set("working_places", trimmed(line.substr(shown)));
        return true;
    }

    /// "[==>.....]  recovery = 12.6% (37043392/292945152) finish=127.5min speed=33440K/sec", or "resync=DELAYED".
    bool readProgress(std::string_view line, std::string_view work)
    {
        m_table.set("work", work);
        const auto sign = line.find('=', line.find(work));
        if (sign == std::string_view::npos)
            return false;
        auto rest = line.substr(sign + 1);
        const auto share = nextField(rest);
        if (!share.ends_with('%')) {
            m_table.set("work_state", share);
            return true;
        }
        if (const auto percent = parseDouble(share.substr(0, share.size() - 1)))
            m_table.set("work_done", Unit::Percent, *percent);
        constexpr std::string_view finish = "finish=", speed = "speed=";
        for (auto word = nextField(rest); !word.empty(); word = nextField(rest)) {
            const auto minutes = word.starts_with(finish) && word.ends_with("min")
                ? parseDouble(word.substr(finish.size(), word.size() - finish.size() - 3))
                : std::nullopt;
            if (minutes)
                m_table.set("work_left", Unit::Seconds, *minutes * 60);
            const auto kibibytes = word.starts_with(speed) && word.ends_with("K/sec")
                ? parseDouble(word.substr(speed.size(), word.size() - speed.size() - 5))
                : std::nullopt;
            if (kibibytes)
                m_table.set("work_speed", Unit::BytesPerSecond, *kibibytes * kibibyte);
        }
        return true;
    }

    Builder& m_out;
    TableMaker m_table;
};

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        MdstatReader(out, listedAt(input, sample)).read(sample.text);
    // A host without arrays is worth knowing: no table alone could mean that nothing was read.
    if (out.tables().empty() && !input.samples.empty() && out.skippedLines() == 0) {
        TableMaker table("software_raid");
        table.beginRow(1);
        table.set("array", "none");
        table.finish(out);
    }
}

int recognise(std::string_view beginning)
{
    return trimmed(beginning.substr(0, 64)).starts_with("Personalities :") ? 95 : 0;
}

} // namespace

Parser proc_mdstat()
{
    return {.id = "proc_mdstat",
        .title = "Software RAID",
        .members = "proc/mdstat",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
