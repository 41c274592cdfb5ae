// A file system has no room left, or soon will not. What counts is what programs may have (df "Avail"), without root's
// reserve.
#include "diagnose/figures.h"
#include "diagnose/filesystem_fill.h"
#include "diagnose/inquiry.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace hindcast::diagnose {
namespace {

constexpr double percent = 100;
constexpr double hour = 3600;

class Fill {
public:
    Fill(const Inquiry& inquiry, const FilesystemFill& fill)
        : m_inquiry(inquiry)
        , m_fill(fill)
        , m_available(fill.available.back())
        , m_total(fill.total.back())
    {
    }

    bool isMeasured() const { return !std::isnan(m_available) && m_total > 0 && !m_fill.isImage; }
    double usedPercent() const { return (m_total - m_available) / m_total * percent; }

    std::optional<Level> level() const
    {
        if (!isMeasured())
            return std::nullopt;
        std::optional<Level> level;
        const bool isScarce = m_available <= m_inquiry.parameter("available_share") / percent * m_total;
        if (isScarce && m_available < m_inquiry.parameter("available"))
            level = Level::Warning;
        if (usedPercent() >= m_inquiry.parameter("serious_used")
            || (isScarce && m_available < m_inquiry.parameter("serious_available")))
            level = Level::Serious;
        if (const double hours = hoursToFull(); hours < m_inquiry.parameter("hours_to_full"))
            level = std::max(level.value_or(Level::Warning),
                hours < m_inquiry.parameter("serious_hours_to_full") ? Level::Serious : Level::Warning);
        if (level && isImportant())
            level = std::min(raised(*level), Level::Serious); // critical is what no byte is left of
        if (level && m_fill.times.size() < 2)
            level = Level::Warning; // a single look: for how long is not known
        if (m_available <= 0)
            level = Level::Critical; // however often looked at: the next write fails
        return level;
    }

    Finding describe(Level level) const
    {
        const bool isFull = m_available <= 0;
        Finding finding = m_inquiry.finding({ObjectKind::Filesystem, m_fill.mount, m_fill.mount}, {episode()});
        finding.level = level;
        finding.role = isFull ? Role::Culprit : Role::Risk;
        finding.sentence = isFull ? fmt::format("File system {} is full", m_fill.mount)
                                  : fmt::format("File system {} has {} left ({} used)", m_fill.mount,
                                      inBytes(m_available), inPercent(usedPercent()));
        if (const double hours = hoursToFull(); std::isfinite(hours) && !isFull)
            finding.sentence += fmt::format(", full in about {} h at this rate", inNumber(hours));
        finding.mechanism = isFull ? "writes fail for want of space" : "little space is left";
        Evidence available = evidence("filesystem.available", m_available);
        available.limit = m_inquiry.parameter("available_share") / percent * m_total;
        available.limitName = m_inquiry.fullName("available_share");
        available.text = fmt::format("of {}", inBytes(m_total));
        finding.evidence.push_back(available);
        for (const Event* event : spaceEvents())
            finding.evidence.push_back(Inquiry::ofEvent(*event, EvidenceRole::Support));
        finding.culpritReason = "which files grew was not recorded";
        finding.victimReason = isFull ? "whoever writes there" : "no one yet";
        Certainty certainty;
        certainty.base = 0.9; // the kernel counts it exactly
        finding.confidence = confidence(certainty);
        return finding;
    }

    Evidence looked() const
    {
        Evidence nearest = evidence("filesystem.available", m_available);
        nearest.role = EvidenceRole::Context;
        nearest.limit = m_inquiry.parameter("available_share") / percent * m_total;
        nearest.limitName = m_inquiry.fullName("available_share");
        return nearest;
    }

private:
    /// Where most things stop when it is full.
    bool isImportant() const
    {
        return m_fill.mount == "/" || m_fill.mount == "/var" || m_fill.mount.starts_with("/var/log");
    }

    Episode episode() const
    {
        if (m_fill.times.size() < 2)
            return {{m_fill.times[0], m_fill.times[0] + Nanoseconds{1}}, Episode::Extent::Snapshot};
        return {{m_fill.times.front(), m_fill.times.back() + Nanoseconds{1}}, Episode::Extent::Span};
    }

    /// At the rate over the capture; infinite when it does not fill, or was looked at over less than ten minutes.
    double hoursToFull() const
    {
        constexpr std::chrono::minutes least{10};
        if (m_fill.times.size() < 2 || m_fill.times.back() - m_fill.times.front() < least)
            return std::numeric_limits<double>::infinity();
        const double taken = m_fill.available.front() - m_available;
        const double seconds = toSeconds(m_fill.times.back() - m_fill.times.front());
        return taken > 0 ? m_available / (taken / seconds) / hour : std::numeric_limits<double>::infinity();
    }

    Evidence evidence(const char* name, double value) const
    {
        Evidence one;
        one.metric = name;
        one.labels = {{"device", m_fill.device}, {"mount", m_fill.mount}};
        one.source = m_fill.source;
        one.member = m_fill.member;
        one.range = {m_fill.times.back(), m_fill.times.back() + Nanoseconds{1}};
        one.value = value;
        one.unit = Unit::Bytes;
        return one;
    }

    std::vector<const Event*> spaceEvents() const
    {
        std::vector<const Event*> events;
        for (const Event& event : m_inquiry.snapshot().events)
            if (event.text.find("No space left on device") != std::string::npos)
                events.push_back(&event);
        return events;
    }

    const Inquiry& m_inquiry;
    const FilesystemFill& m_fill;
    double m_available, m_total;
};

RuleResult check(const Inquiry& inquiry)
{
    RuleResult result;
    const auto fills = filesystemFills(inquiry.snapshot());
    std::size_t measured = 0;
    for (const FilesystemFill& one : fills) {
        const Fill fill(inquiry, one);
        measured += fill.isMeasured() ? 1 : 0;
        if (const auto level = fill.level())
            result.findings.push_back(fill.describe(*level));
    }
    if (measured == 0) {
        result.isEvaluable = false;
        result.missing.push_back({"room of the file systems", "no file system told its size", "give the output of df"});
    }
    if (auto later = laterLook(inquiry.snapshot(), fills); later && measured > 0 && result.findings.empty()) {
        result.isEvaluable = false;
        result.missing.push_back(std::move(*later));
    }
    if (result.findings.empty())
        for (const FilesystemFill& one : fills)
            if (const Fill fill(inquiry, one); fill.isMeasured())
                result.looked.push_back(fill.looked());
    return result;
}

} // namespace

Rule fs_space_full()
{
    constexpr double gibibyte = 1073741824;
    Rule rule;
    rule.id = "fs-space-full";
    rule.question = "Is a file system full, or soon?";
    rule.title = "File system out of space (or soon)";
    rule.role = Role::Risk;
    rule.resource = Resource::Filesystem;
    rule.useClass = Rule::Class::Error;
    rule.needs = {{"room of the file systems", {metric("filesystem.available"), {Input::Kind::Table, "filesystems"}},
        {"hindcast/filesystems"}, "record with hindcast-record, or give the output of df"}};
    rule.parameters = {
        {"available_share", 5, Unit::Percent, "available of all at most this", "Prometheus node mixin"},
        {"available", 20 * gibibyte, Unit::Bytes, "and less than this", "house"},
        {"serious_used", 98, Unit::Percent, "used, from here on serious", "Netdata disks"},
        {"serious_available", gibibyte, Unit::Bytes, "available, below this serious", "house"},
        {"hours_to_full", 8, Unit::None, "hours until full at the rate seen", "Netdata disks"},
        {"serious_hours_to_full", 2, Unit::None, "hours until full: serious", "Netdata disks"},
    };
    rule.causes = {
        "logs", "core or heap dumps", "temporary files", "snapshots", "deleted files that are held open", "a quota"};
    rule.checks = {"inodes too", "deleted files held open: lsof +L1"};
    rule.fixes = {"rotate, compress or delete", "restart who holds deleted files", "extend it", "an alarm earlier"};
    rule.check = check;
    return rule;
}

} // namespace hindcast::diagnose
