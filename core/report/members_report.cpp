#include "report/members_report.h"

#include "report/json_text.h"
#include "report/value_text.h"

#include <cstring>
#include <fmt/format.h>

namespace hindcast::report {
namespace {

using Align = TextTable::Align;

std::string firstProblem(const MemberReport& member)
{
    if (!member.firstProblem.empty())
        return safeText(member.firstProblem);
    return member.errorNumber != 0 && member.samples == 0
        ? std::string("not recorded: ") + std::strerror(member.errorNumber)
        : std::string();
}

/// Facts of the host are kept for people to read; nothing is lost when no parser takes them.
std::string readBy(const MemberReport& member)
{
    if (!member.source.empty())
        return member.source + (member.isTimeInferred ? " (time inferred)" : "");
    const bool isKept =
        member.path.starts_with("start/") || member.path.starts_with("end/") || member.path == "index.txt";
    return isKept ? "(kept as it is)" : "(nothing yet)";
}

std::string_view kindName(framing::FrameKind kind)
{
    static constexpr std::string_view names[] = {"segment", "members", "close"};
    return names[static_cast<std::size_t>(kind)];
}

std::string frameName(const archive::FrameVerdict& frame)
{
    return frame.segment ? fmt::format("segment {}", *frame.segment)
        : frame.hasIndex ? std::string(kindName(frame.kind))
                         : "frame";
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many)
{
    return fmt::format("{} {}", groupedNumber(static_cast<double>(count)), count == 1 ? one : many);
}

void appendOptional(std::string& out, std::string_view key, std::string_view text)
{
    out += fmt::format(",\"{}\":", key);
    if (text.empty())
        out += "null";
    else
        appendJsonText(out, text);
}

} // namespace

std::string membersText(const Snapshot& snapshot)
{
    TextTable table({Align::Left, Align::Left, Align::Right, Align::Right, Align::Right, Align::Left});
    table.add({"member", "read by", "bytes", "samples", "skipped", "first problem"});
    for (const MemberReport& member : snapshot.members)
        table.add({safeText(member.path), readBy(member), groupedNumber(static_cast<double>(member.bytes)),
            groupedNumber(static_cast<double>(member.samples)), groupedNumber(static_cast<double>(member.skipped)),
            firstProblem(member)});
    return table.text("");
}

std::string membersJson(const Snapshot& snapshot)
{
    std::string out = "[";
    for (const MemberReport& member : snapshot.members) {
        out += out.size() == 1 ? "\n{\"path\":" : ",\n{\"path\":";
        appendJsonText(out, member.path);
        appendOptional(out, "source", member.source);
        out += fmt::format(",\"bytes\":{},\"samples\":{},\"skipped\":{},\"errno\":{}", member.bytes, member.samples,
            member.skipped, member.errorNumber);
        if (member.isTimeInferred)
            out += ",\"time_inferred\":true";
        appendOptional(out, "first_problem", firstProblem(member));
        out += '}';
    }
    return out + "\n]\n";
}

std::string verifyText(const std::string& path, const archive::Verdict& verdict)
{
    std::string out = fmt::format("{}: {}\n", safeText(path),
        verdict.isSound          ? verdict.hasFraming ? "sound" : "whole"
            : verdict.isFinished ? "DAMAGED"
                                 : "NOT FINISHED");
    out += fmt::format("  {}, {}",
        verdict.hasFraming ? counted(verdict.frames.size(), "frame", "frames")
                           : counted(verdict.members, "member read", "members read"),
        counted(verdict.ticks, "whole tick", "whole ticks"));
    if (verdict.corruptTicks)
        out += fmt::format(", {}", counted(verdict.corruptTicks, "damaged tick", "damaged ticks"));
    if (verdict.missedTicks)
        out += fmt::format(", {} not taken or lost", counted(verdict.missedTicks, "tick", "ticks"));
    out += '\n';
    if (!verdict.hasFraming)
        out += "  no checksums beyond the compressor's: a change of the content would not show\n";
    if (verdict.lastGoodTick)
        out += fmt::format("  last good tick: {}{}\n", *verdict.lastGoodTick,
            verdict.lastGoodTime ? " at " + formatUtc(*verdict.lastGoodTime, 3) : "");
    for (const archive::FrameVerdict& frame : verdict.frames)
        if (!frame.problem.empty())
            out += fmt::format("  byte {}: {}: {}; {} kept\n", frame.offset, frameName(frame), safeText(frame.problem),
                counted(frame.ticks, "tick", "ticks"));
    for (const archive::Damage& damage : verdict.damage)
        out += fmt::format("  byte {}: {}\n", damage.offset, safeText(damage.what));
    return out;
}

std::string verifyJson(const std::string& path, const archive::Verdict& verdict)
{
    std::string out = "{\"path\":";
    appendJsonText(out, path);
    out += fmt::format(",\"sound\":{},\"finished\":{},\"ticks\":{},\"corrupt_ticks\":{},\"missed_ticks\":{}",
        verdict.isSound, verdict.isFinished, verdict.ticks, verdict.corruptTicks, verdict.missedTicks);
    out += verdict.hasFraming ? ",\"members\":null" : fmt::format(",\"members\":{}", verdict.members);
    out += verdict.lastGoodTick ? fmt::format(",\"last_good_tick\":{}", *verdict.lastGoodTick)
                                : ",\"last_good_tick\":null";
    out += ",\"last_good_time\":";
    if (verdict.lastGoodTime)
        appendJsonTime(out, *verdict.lastGoodTime);
    else
        out += "null";
    out += ",\"frames\":[";
    for (const archive::FrameVerdict& frame : verdict.frames) {
        out += fmt::format("{}\n{{\"offset\":{},\"bytes\":{},\"kind\":\"{}\",\"segment\":{},\"ticks\":{},\"corrupt_"
                           "ticks\":{},\"missed_ticks\":{},"
                           "\"whole\":{},\"indexed\":{},\"chained\":{}",
            out.back() == '[' ? "" : ",", frame.offset, frame.bytes, kindName(frame.kind),
            frame.segment ? std::to_string(*frame.segment) : "null", frame.ticks, frame.corruptTicks, frame.missedTicks,
            frame.isWhole, frame.hasIndex, frame.isChained);
        appendOptional(out, "problem", frame.problem);
        out += '}';
    }
    out += "],\"damage\":[";
    for (const archive::Damage& damage : verdict.damage) {
        out += fmt::format(
            "{}\n{{\"offset\":{},\"loss\":{},\"what\":", out.back() == '[' ? "" : ",", damage.offset, damage.isLoss);
        appendJsonText(out, damage.what);
        out += '}';
    }
    return out + "]}\n";
}

} // namespace hindcast::report
