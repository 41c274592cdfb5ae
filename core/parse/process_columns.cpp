#include "parse/process_columns.h"

#include "base/text_scanner.h"
#include "parse/snake_case.h"
#include "parse/tool_number.h"

#include <algorithm>
#include <array>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

/// man 1 ps, "STANDARD FORMAT SPECIFIERS"; busybox has some of its own.
constexpr std::array psColumns{
    ProcessColumn{"PID", "pid", Unit::Count, ProcessValue::Number},
    ProcessColumn{"PPID", "ppid", Unit::Count, ProcessValue::Number},
    ProcessColumn{"PGID", "pgid", Unit::Count, ProcessValue::Number},
    ProcessColumn{"PGRP", "pgid", Unit::Count, ProcessValue::Number},
    ProcessColumn{"SID", "sid", Unit::Count, ProcessValue::Number},
    ProcessColumn{"SESS", "sid", Unit::Count, ProcessValue::Number},
    ProcessColumn{"TGID", "tgid", Unit::Count, ProcessValue::Number},
    ProcessColumn{"LWP", "tid", Unit::Count, ProcessValue::Number},
    ProcessColumn{"TID", "tid", Unit::Count, ProcessValue::Number},
    ProcessColumn{"SPID", "tid", Unit::Count, ProcessValue::Number},
    ProcessColumn{"NLWP", "threads", Unit::Count, ProcessValue::Number},
    ProcessColumn{"THCNT", "threads", Unit::Count, ProcessValue::Number},
    ProcessColumn{"%CPU", "cpu_percent", Unit::Percent, ProcessValue::Percent},
    ProcessColumn{"C", "cpu_share", Unit::Percent, ProcessValue::Number},
    ProcessColumn{"%MEM", "memory_percent", Unit::Percent, ProcessValue::Percent},
    ProcessColumn{"VSZ", "virtual", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"VSIZE", "virtual", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"VmSize", "virtual", Unit::Bytes, ProcessValue::Kibibytes}, // old busybox
    ProcessColumn{"RSS", "resident", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"RSZ", "resident", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"PSS", "pss", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"USS", "uss", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"SWAP", "swap", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"SZ", "size_pages", Unit::Count, ProcessValue::Number},
    ProcessColumn{"NI", "nice", Unit::None, ProcessValue::Number},
    ProcessColumn{"PRI", "priority", Unit::None, ProcessValue::Number},
    ProcessColumn{"PSR", "processor", Unit::None, ProcessValue::Number},
    ProcessColumn{"MINFL", "minor_faults", Unit::Count, ProcessValue::Number},
    ProcessColumn{"MINFLT", "minor_faults", Unit::Count, ProcessValue::Number},
    ProcessColumn{"MAJFL", "major_faults", Unit::Count, ProcessValue::Number},
    ProcessColumn{"MAJFLT", "major_faults", Unit::Count, ProcessValue::Number},
    ProcessColumn{"ELAPSED", "elapsed", Unit::Seconds, ProcessValue::CpuTime},
    ProcessColumn{"TIME", "cpu_time", Unit::Seconds, ProcessValue::CpuTime},
    ProcessColumn{"USER", "user"},
    ProcessColumn{"User", "user"},
    ProcessColumn{"UID", "uid"},
    ProcessColumn{"Uid", "uid"},
    ProcessColumn{"TTY", "tty"},
    ProcessColumn{"TT", "tty"},
    ProcessColumn{"STAT", "state", Unit::None, ProcessValue::State},
    ProcessColumn{"Stat", "state", Unit::None, ProcessValue::State},
    ProcessColumn{"S", "state", Unit::None, ProcessValue::State},
    ProcessColumn{"START", "started"},
    ProcessColumn{"STIME", "started"},
    ProcessColumn{"STARTED", "started", Unit::None, ProcessValue::Date},
    ProcessColumn{"COMMAND", "command", Unit::None, ProcessValue::Command},
    ProcessColumn{"Command", "command", Unit::None, ProcessValue::Command},
    ProcessColumn{"CMD", "command", Unit::None, ProcessValue::Command},
    ProcessColumn{"ARGS", "command", Unit::None, ProcessValue::Command},
    ProcessColumn{"COMM", "comm", Unit::None, ProcessValue::Command},
};

/// man 1 top, "DESCRIPTIONS of Fields"; procps 3.2 and 2 (SIZE, SHARE) and busybox have some of their own.
constexpr std::array topColumns{
    ProcessColumn{"PID", "pid", Unit::Count, ProcessValue::Number},
    ProcessColumn{"PPID", "ppid", Unit::Count, ProcessValue::Number},
    ProcessColumn{"TGID", "tgid", Unit::Count, ProcessValue::Number},
    ProcessColumn{"PGRP", "pgid", Unit::Count, ProcessValue::Number},
    ProcessColumn{"SID", "sid", Unit::Count, ProcessValue::Number},
    ProcessColumn{"USER", "user"},
    ProcessColumn{"UID", "uid"},
    ProcessColumn{"PR", "priority", Unit::None, ProcessValue::Number}, // "rt" stays text
    ProcessColumn{"PRI", "priority", Unit::None, ProcessValue::Number},
    ProcessColumn{"NI", "nice", Unit::None, ProcessValue::Number},
    ProcessColumn{"AGNI", "autogroup_nice", Unit::None, ProcessValue::Number},
    ProcessColumn{"VIRT", "virtual", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"VSZ", "virtual", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"SIZE", "virtual", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"RES", "resident", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"RSS", "resident", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"SHR", "shared", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"SHARE", "shared", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"SWAP", "swap", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"CODE", "code", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"DATA", "data", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"USED", "used", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"PSS", "pss", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"USS", "uss", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"PSan", "pss_anonymous", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"PSfd", "pss_file", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"PSsh", "pss_shared", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"RSan", "resident_anonymous", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"RSfd", "resident_file", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"RSlk", "resident_locked", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"RSsh", "resident_shared", Unit::Bytes, ProcessValue::Kibibytes},
    ProcessColumn{"S", "state", Unit::None, ProcessValue::State},
    ProcessColumn{"STAT", "state", Unit::None, ProcessValue::State},
    ProcessColumn{"%CPU", "cpu_percent", Unit::Percent, ProcessValue::Percent},
    ProcessColumn{"%MEM", "memory_percent", Unit::Percent, ProcessValue::Percent},
    ProcessColumn{"%VSZ", "virtual_percent", Unit::Percent, ProcessValue::Percent}, // of memory, busybox
    ProcessColumn{"%CUC", "cpu_percent_with_children", Unit::Percent, ProcessValue::Percent}, // since it began
    ProcessColumn{"%CUU", "cpu_percent_since_start", Unit::Percent, ProcessValue::Percent},
    ProcessColumn{"TIME+", "cpu_time", Unit::Seconds, ProcessValue::CpuTime},
    ProcessColumn{"TIME", "cpu_time", Unit::Seconds, ProcessValue::CpuTime},
    ProcessColumn{"ELAPSED", "elapsed", Unit::Seconds, ProcessValue::CpuTime},
    ProcessColumn{"STARTED", "started", Unit::Seconds, ProcessValue::CpuTime}, // since boot
    ProcessColumn{"nTH", "threads", Unit::Count, ProcessValue::Number},
    ProcessColumn{"P", "processor", Unit::None, ProcessValue::Number},
    ProcessColumn{"#C", "processor", Unit::None, ProcessValue::Number},
    ProcessColumn{"CPU", "processor", Unit::None, ProcessValue::Number},
    ProcessColumn{"LC", "processor", Unit::None, ProcessValue::Number},
    ProcessColumn{"NU", "numa_node", Unit::None, ProcessValue::Number},
    ProcessColumn{"nMaj", "major_faults", Unit::Count, ProcessValue::Scaled},
    ProcessColumn{"nFLT", "major_faults", Unit::Count, ProcessValue::Scaled},
    ProcessColumn{"nMin", "minor_faults", Unit::Count, ProcessValue::Scaled},
    ProcessColumn{"vMj", "major_faults_delta", Unit::Count, ProcessValue::Scaled},
    ProcessColumn{"vMn", "minor_faults_delta", Unit::Count, ProcessValue::Scaled},
    ProcessColumn{"nDRT", "dirty_pages", Unit::Count, ProcessValue::Scaled},
    ProcessColumn{"OOMa", "oom_adjustment", Unit::None, ProcessValue::Number},
    ProcessColumn{"OOMs", "oom_score", Unit::None, ProcessValue::Number},
    ProcessColumn{"TTY", "tty"},
    ProcessColumn{"GROUP", "group"},
    ProcessColumn{"WCHAN", "wchan"},
    ProcessColumn{"Flags", "flags"},
    ProcessColumn{"CGROUPS", "cgroups", Unit::None, ProcessValue::Words},
    ProcessColumn{"CGNAME", "cgroup_name", Unit::None, ProcessValue::Words},
    ProcessColumn{"SUPGIDS", "supplementary_gids", Unit::None, ProcessValue::Words},
    ProcessColumn{"SUPGRPS", "supplementary_groups", Unit::None, ProcessValue::Words},
    ProcessColumn{"ENVIRON", "environment", Unit::None, ProcessValue::Words},
    ProcessColumn{"EXE", "executable", Unit::None, ProcessValue::Words},
    ProcessColumn{"LXC", "container", Unit::None, ProcessValue::Words},
    ProcessColumn{"COMMAND", "command", Unit::None, ProcessValue::Command},
};

struct Translation {
    string_view word, heading;
};
/// procps-ng 4.0, po/*.po: German, French, Polish, Brazilian Portuguese, Ukrainian, Romanian, Swedish, Vietnamese and
/// Chinese; other languages leave the headings in English.
constexpr std::array translations{
    Translation{"进程号", "PID"},
    Translation{"UTIL.", "USER"},
    Translation{"UŻYTK.", "USER"},
    Translation{"USUARIO", "USER"},
    Translation{"КОР.", "USER"},
    Translation{"UTILIZ.", "USER"},
    Translation{"ANVÄNDARE", "USER"},
    Translation{"NG_DÙNG", "USER"},
    Translation{"WIRT", "VIRT"},
    Translation{"REZ", "RES"},
    Translation{"WSP", "SHR"},
    Translation{"M.PART", "SHR"},
    Translation{"DELT", "SHR"},
    Translation{"日", "S"},
    Translation{"%PAM", "%MEM"},
    Translation{"%MIN", "%MEM"},
    Translation{"ZEIT+", "TIME+"},
    Translation{"TEMPS+", "TIME+"},
    Translation{"CZAS+", "TIME+"},
    Translation{"TEMPO+", "TIME+"},
    Translation{"TIMP+", "TIME+"},
    Translation{"TID+", "TIME+"},
    Translation{"THGIAN+", "TIME+"},
    Translation{"ZEIT", "TIME"},
    Translation{"TEMPS", "TIME"},
    Translation{"CZAS", "TIME"},
    Translation{"TEMPO", "TIME"},
    Translation{"TIMP", "TIME"},
    Translation{"TID", "TIME"},
    Translation{"GIỜ", "TIME"},
    Translation{"时间", "TIME"},
    Translation{"BEFEHL", "COMMAND"},
    Translation{"COM.", "COMMAND"},
    Translation{"KOMENDA", "COMMAND"},
    Translation{"COMANDO", "COMMAND"},
    Translation{"COMANDA", "COMMAND"},
    Translation{"KOMMANDO", "COMMAND"},
    Translation{"LỆNH", "COMMAND"},
    Translation{"FPID", "PPID"},
    Translation{"AID", "UID"},
    Translation{"GRUPPE", "GROUP"},
    Translation{"GROUPE", "GROUP"},
    Translation{"GRUPA", "GROUP"},
    Translation{"GRUPO", "GROUP"},
    Translation{"GRUP", "GROUP"},
    Translation{"GRUPP", "GROUP"},
    Translation{"NHÓM", "GROUP"},
    Translation{"ÉCH.", "SWAP"},
    Translation{"VÄXL", "SWAP"},
    Translation{"KOD", "CODE"},
    Translation{"COD", "CODE"},
    Translation{"MÃ", "CODE"},
    Translation{"DATEN", "DATA"},
    Translation{"DANE", "DATA"},
    Translation{"DADO", "DATA"},
    Translation{"DATE", "DATA"},
    Translation{"UTIL", "USED"},
    Translation{"UŻ.", "USED"},
    Translation{"USAD", "USED"},
    Translation{"ANV", "USED"},
    Translation{"DÙNG", "USED"},
    Translation{"UMGEBUNG", "ENVIRON"},
    Translation{"ZMIENNE", "ENVIRON"},
    Translation{"MEDIU", "ENVIRON"},
    Translation{"MILJÖ", "ENVIRON"},
    Translation{"nWT", "nTH"},
    Translation{"aTR", "nTH"},
};

template <typename Columns> const ProcessColumn* find(const Columns& columns, string_view heading)
{
    for (const ProcessColumn& column : columns)
        if (column.heading == heading)
            return &column;
    return nullptr;
}

/// "27k": top counts by 1000 here.
std::optional<double> readScaledCount(string_view text)
{
    constexpr string_view letters = "kmgtpe";
    double factor = 1;
    if (!text.empty())
        if (const auto power = letters.find(text.back()); power != string_view::npos) {
            for (std::size_t i = 0; i <= power; ++i)
                factor *= 1000;
            text.remove_suffix(1);
        }
    const auto number = readLocalNumber(text);
    return number ? std::optional(*number * factor) : std::nullopt;
}

std::optional<double> readPercentage(string_view text)
{
    if (text.ends_with('%'))
        text.remove_suffix(1);
    return readLocalNumber(text);
}

/// "0:38", "2-14:46:30", "36,12"; etimes and cputimes of ps print whole seconds.
std::optional<double> readTime(string_view text)
{
    if (const auto time = readTaskTime(text))
        return time;
    const auto seconds = parseInteger(text);
    return seconds ? std::optional(static_cast<double>(*seconds)) : std::nullopt;
}

std::optional<double> readNumber(ProcessValue form, string_view text)
{
    constexpr double kibibyte = 1024;
    switch (form) {
    case ProcessValue::Number:
        return readLocalNumber(text);
    case ProcessValue::Percent:
        return readPercentage(text);
    case ProcessValue::Scaled:
        return readScaledCount(text);
    case ProcessValue::Kibibytes:
        return readSize(text, kibibyte);
    case ProcessValue::CpuTime:
        return readTime(text);
    default:
        return std::nullopt;
    }
}

} // namespace

const ProcessColumn* psColumn(string_view heading)
{
    return find(psColumns, heading);
}

const ProcessColumn* topColumn(string_view heading)
{
    if (const ProcessColumn* known = find(topColumns, heading))
        return known;
    for (const Translation& translation : translations)
        if (translation.word == heading)
            return find(topColumns, translation.heading);
    return nullptr;
}

void ProcessCells::begin(
    std::span<const string_view> headings, const ProcessColumn* (*meaningOf)(string_view), TableMaker& table)
{
    m_columns.clear();
    std::vector<std::size_t> taken;
    const auto isTaken = [&taken](
                             std::size_t place) { return std::find(taken.begin(), taken.end(), place) != taken.end(); };
    for (const string_view heading : headings) {
        const ProcessColumn* meaning = meaningOf(heading);
        Column column;
        column.isKnown = meaning != nullptr;
        column.value = meaning ? meaning->value : ProcessValue::Text;
        column.unit = meaning ? meaning->unit : Unit::None;
        std::string name = meaning ? std::string(meaning->name) : snakeCase(heading);
        if (name.empty())
            name = "unnamed"; // "#": no letter in it
        column.place = table.column(name, column.unit);
        if (isTaken(column.place))
            column.place = table.column(snakeCase(heading), column.unit);
        for (int copy = 2; isTaken(column.place); ++copy)
            column.place = table.column(name + '_' + std::to_string(copy), column.unit);
        taken.push_back(column.place);
        m_columns.push_back(column);
    }
}

void ProcessCells::set(std::size_t column, string_view value, TableMaker& table) const
{
    const Column& one = m_columns[column];
    if (value == "-")
        return; // of a row of threads (ps m), the process's row tells it
    if (!one.isKnown) {
        if (const auto number = parseInteger<std::int64_t>(value))
            table.set(one.place, static_cast<double>(*number));
        else
            table.set(one.place, value);
    } else if (const auto number = readNumber(one.value, value)) {
        table.set(one.place, *number);
    } else {
        table.set(one.place, value);
    }
}

} // namespace hindcast::parse
