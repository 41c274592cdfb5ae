// A file system has no inodes left: no file can be made though there is room. File systems that make inodes as they
// need them do not say how many there are, and are not judged.
#include "diagnose/figures.h"
#include "diagnose/filesystem_fill.h"
#include "diagnose/inquiry.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace hindcast::diagnose {
namespace {

constexpr double percent = 100;

bool isMeasured(const FilesystemFill& fill)
{
    return fill.inodes.back() > 0 && !std::isnan(fill.inodesFree.back()) && !fill.isImage;
}

double usedPercent(const FilesystemFill& fill)
{
    return (fill.inodes.back() - fill.inodesFree.back()) / fill.inodes.back() * percent;
}

std::optional<Level> levelOf(const Inquiry& inquiry, const FilesystemFill& fill)
{
    if (fill.inodesFree.back() <= 0)
        return Level::Critical; // however often looked at: the next file cannot be made
    if (usedPercent(fill) < inquiry.parameter("used"))
        return std::nullopt;
    const bool isSingleLook = fill.times.size() < 2;
    return usedPercent(fill) >= inquiry.parameter("serious_used") && !isSingleLook ? Level::Serious : Level::Warning;
}

Evidence evidenceOf(const Inquiry& inquiry, const FilesystemFill& fill, EvidenceRole role)
{
    Evidence one;
    one.role = role;
    one.metric = "filesystem.inodes_free";
    one.labels = {{"device", fill.device}, {"mount", fill.mount}};
    one.source = fill.source;
    one.member = fill.member;
    one.range = {fill.times.back(), fill.times.back() + Nanoseconds{1}};
    one.value = fill.inodesFree.back();
    one.unit = Unit::Count;
    one.limit = (1 - inquiry.parameter("used") / percent) * fill.inodes.back();
    one.limitName = inquiry.fullName("used");
    one.text = fmt::format("of {}", inNumber(fill.inodes.back()));
    return one;
}

Finding describe(const Inquiry& inquiry, const FilesystemFill& fill, Level level)
{
    const bool isSpan = fill.times.size() > 1;
    const Episode episode{{fill.times.front(), fill.times.back() + Nanoseconds{1}},
        isSpan ? Episode::Extent::Span : Episode::Extent::Snapshot};
    Finding finding = inquiry.finding({ObjectKind::Filesystem, fill.mount, fill.mount}, {episode});
    const bool isOut = fill.inodesFree.back() <= 0;
    finding.level = level;
    finding.role = isOut ? Role::Culprit : Role::Risk;
    finding.evidence.push_back(evidenceOf(inquiry, fill, EvidenceRole::Trigger));
    finding.sentence = isOut
        ? fmt::format("File system {} has no inode left", fill.mount)
        : fmt::format("File system {} has {} of its inodes in use", fill.mount, inPercent(usedPercent(fill)));
    if (!std::isnan(fill.available.back()) && fill.total.back() > 0)
        finding.sentence += fmt::format(
            ", while {} of its space is free", inPercent(fill.available.back() / fill.total.back() * percent));
    finding.mechanism = isOut ? "no file can be made, whatever the room" : "few more files can be made";
    finding.culpritReason = "which folder holds the files was not recorded";
    finding.victimReason = isOut ? "whoever makes files there" : "no one yet";
    Certainty certainty;
    certainty.base = 0.9; // the kernel counts it exactly
    finding.confidence = confidence(certainty);
    return finding;
}

RuleResult check(const Inquiry& inquiry)
{
    RuleResult result;
    std::size_t measured = 0;
    const auto fills = filesystemFills(inquiry.snapshot());
    for (const FilesystemFill& fill : fills) {
        if (!isMeasured(fill))
            continue;
        ++measured;
        if (const auto level = levelOf(inquiry, fill))
            result.findings.push_back(describe(inquiry, fill, *level));
        else
            result.looked.push_back(evidenceOf(inquiry, fill, EvidenceRole::Context));
    }
    if (!result.findings.empty())
        result.looked.clear();
    else if (auto later = laterLook(inquiry.snapshot(), fills); later && measured > 0) {
        result.isEvaluable = false;
        result.missing.push_back(std::move(*later));
    }
    if (measured == 0) {
        result.isEvaluable = false;
        result.missing.push_back(
            {"inodes of the file systems", "no file system says how many it has", "give the output of df -i"});
    }
    return result;
}

} // namespace

Rule fs_inodes_exhausted()
{
    Rule rule;
    rule.id = "fs-inodes-exhausted";
    rule.question = "Is a file system out of inodes?";
    rule.title = "No inodes left";
    rule.role = Role::Risk;
    rule.resource = Resource::Filesystem;
    rule.useClass = Rule::Class::Error;
    rule.needs = {{"inodes of the file systems", {metric("filesystem.inodes"), {Input::Kind::Table, "filesystems"}},
        {"hindcast/filesystems"}, "record with hindcast-record, or give the output of df -i"}};
    rule.parameters = {
        {"used", 90, Unit::Percent, "of the inodes in use", "Netdata disks"},
        {"serious_used", 98, Unit::Percent, "from here on serious", "Netdata disks"},
    };
    rule.causes = {"many small files: sessions, cache, mail, spool", "a cleaning job that fails", "container layers"};
    rule.checks = {"find / -xdev -printf '%h\\n' | sort | uniq -c | sort -n | tail"};
    rule.fixes = {"delete or rotate small files",
        "make the file system anew with more inodes, or use one that makes them as needed"};
    rule.check = check;
    return rule;
}

} // namespace hindcast::diagnose
