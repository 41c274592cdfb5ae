#include "parse/demux.h"

#include "archive/part_decoder.h"
#include "base/text_scanner.h"
#include "framing/block.h"
#include "parse/process_detail.h"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>

namespace hindcast::parse {
namespace {

constexpr std::string_view samplesFolder = "samples/";
constexpr std::string_view tickRecord = "hindcast/tick";
constexpr std::string_view sampledRecord = "hindcast/sampled";
constexpr std::string_view hotRecord = "hindcast/hot";
constexpr std::string_view namespaceRecord = "hindcast/netns";

/// "/proc/4121/stat" -> "4121"; "" for anything else.
std::string_view processPart(std::string_view path)
{
    constexpr std::string_view folder = "/proc/";
    if (!path.starts_with(folder))
        return {};
    path.remove_prefix(folder.size());
    const auto number = path.substr(0, path.find('/'));
    const bool isNumber = !number.empty() && number.size() < path.size()
        && std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
    return isNumber ? number : std::string_view{};
}

/// The four files that list sockets when the recorder was refused the kernel's socket dump.
bool isSocketFile(std::string_view path)
{
    return path == "/proc/net/tcp" || path == "/proc/net/tcp6" || path == "/proc/net/udp" || path == "/proc/net/udp6";
}

/// Whether the file of a process, "/proc/4121/status", tells more of what its stat tells: one parser makes one entity
/// of them. So do the recorder's own lists of numbers by process.
bool tellsOfProcess(std::string_view path)
{
    if (path == "hindcast/oom" || path == "hindcast/fds")
        return true;
    const auto pid = processPart(path);
    return !pid.empty() && isProcessDetail(path.substr(path.find('/', 6) + 1));
}

/// The same of a thread: what stands beside its stat, and the list of processes whose threads are read.
bool tellsOfThread(std::string_view path)
{
    return path == hotRecord
        || (path.starts_with("/proc/") && path.ends_with("/schedstat")
            && path.find("/task/") != std::string_view::npos);
}

/// "samples/proc/stat"; "samples/proc/[pid]/stat" for any process, "samples/proc/[pid]/task/[tid]/stat" for any thread.
/// The process that stands for a network namespace keeps its number: each has counters of its own.
std::string memberName(std::string_view path)
{
    const auto pid = processPart(path);
    std::string name(samplesFolder);
    if (pid.empty())
        return name.append(path.starts_with('/') ? path.substr(1) : path);
    const auto rest = path.substr(6 + pid.size());
    if (rest.starts_with("/net/"))
        return name.append(path.substr(1));
    constexpr std::string_view threads = "/task/";
    if (!rest.starts_with(threads))
        return name.append("proc/[pid]").append(rest);
    const auto file = rest.find('/', threads.size());
    return name.append("proc/[pid]/task/[tid]").append(file == std::string_view::npos ? "" : rest.substr(file));
}

std::optional<std::int64_t> keyedNumber(std::string_view line, std::string_view key)
{
    if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != ' ')
        return std::nullopt;
    return parseInteger<std::int64_t>(line.substr(key.size() + 1));
}

/// Packers that know no time write zero, or 1980, with which the times of a zip begin.
std::optional<Time> writingTime(std::int64_t modified)
{
    constexpr std::int64_t year1990 = 631'152'000, year2200 = 7'258'118'400;
    return modified > year1990 && modified < year2200 ? std::optional(Time{std::chrono::seconds{modified}})
                                                      : std::nullopt;
}

struct TickRecord {
    TickClocks clocks;
    std::uint64_t missed = 0;
    bool isValid = false;
};

TickRecord readTickRecord(std::string_view body)
{
    TickRecord record;
    bool hasReal = false, hasMonotonic = false, hasBoot = false;
    for (std::string_view line; nextLine(body, line);) {
        if (const auto real = keyedNumber(line, "real_ns")) {
            record.clocks.real = *real;
            hasReal = true;
        } else if (const auto monotonic = keyedNumber(line, "mono_ns")) {
            record.clocks.monotonic = *monotonic;
            hasMonotonic = true;
        } else if (const auto boot = keyedNumber(line, "boot_ns")) {
            record.clocks.boot = *boot;
            hasBoot = true;
        } else if (const auto missed = keyedNumber(line, "missed")) {
            record.missed = static_cast<std::uint64_t>(std::max<std::int64_t>(*missed, 0));
        }
    }
    if (!hasBoot)
        record.clocks.boot = record.clocks.monotonic;
    // Bounds keep the sums below from overflowing, whatever the file says: ±292 years fit an int64 of nanoseconds.
    constexpr std::int64_t most = std::int64_t{1} << 61;
    const auto isSane = [](std::int64_t value) { return value > -most && value < most; };
    record.isValid = hasReal && hasMonotonic && isSane(record.clocks.real) && isSane(record.clocks.monotonic)
        && isSane(record.clocks.boot);
    return record;
}

class Demuxer {
public:
    Demuxer(const archive::Part& part, const SourceChoice& choice)
        : m_part(part)
        , m_choice(choice)
    {
    }

    Demuxed run()
    {
        for (const archive::Member& member : m_part.members)
            take(member);
        const bool isSegment = !m_result.tickTimes.empty();
        if (isSegment && m_result.manifest.empty())
            note(fmt::format("seg/{}/manifest.json", m_result.segment.value_or(0)), NoteSeverity::DataLoss, "missing");
        for (auto& [path, report] : m_details)
            m_result.others.push_back(std::move(report));
        for (SourceSamples& source : m_result.sources)
            if (source.parser && source.clock != Clock::Wall && !isIdentityPath(source.member))
                m_result.notes.push_back({source.member, 0, NoteSeverity::Info, "no clock: samples are numbered", 1});
        return std::move(m_result);
    }

private:
    void take(const archive::Member& member)
    {
        if (const auto tick = archive::tickOf(member.path)) {
            m_result.segment = archive::segmentOf(member.path);
            takeTick(member, *tick);
        } else if (archive::segmentOf(member.path) && member.path.ends_with("/manifest.json")) {
            m_result.segment = archive::segmentOf(member.path);
            m_result.manifest = member.bytes;
            list(member, "seg/*/manifest.json", "manifest");
        } else if (archive::segmentOf(member.path) && member.path.ends_with("/pids.txt")) {
            takePids(member);
            list(member, "seg/*/pids.txt", "pids");
        } else if (member.path == "manifest.json") {
            m_result.manifest = member.bytes;
            list(member, member.path, "manifest");
        } else if (member.path == "end/hindcast/events") {
            takeLastEvents(member);
        } else if (isDumpFactsPath(member.path)) {
            m_result.askedDumps.push_back(readDumpFacts(member.path, member.bytes));
            list(member, member.path, "jvm_meta");
        } else if (member.path.starts_with(samplesFolder)) {
            takeSampleFile(member);
        } else if (isIdentityPath(member.path)) {
            takeIdentityFile(member);
        } else {
            takeLoose(member);
        }
    }

    void list(const archive::Member& member, std::string path, std::string source)
    {
        m_result.others.push_back({std::move(path), std::move(source), member.bytes.size(), 1, 0, {}, 0});
    }

    /// What happened after the last tick: lines as in the block hindcast/events, which have times of their own.
    void takeLastEvents(const archive::Member& member)
    {
        std::string_view line = member.bytes;
        const auto real = parseInteger<std::int64_t>(nextField(line));
        SourceSamples& source = sourceOf("hindcast/events", Clock::Wall);
        source.bytes += member.bytes.size();
        ++source.readings;
        source.samples.push_back({timeFromNanoseconds(real.value_or(0)), "hindcast/events", member.bytes, 0, {}});
    }

    // One tick of a capture

    void takeTick(const archive::Member& member, std::uint64_t tick)
    {
        std::string_view rest = member.bytes;
        framing::Block block;
        if (framing::nextBlock(rest, block) != framing::NextBlock::Found || block.path != tickRecord) {
            note(member.path, NoteSeverity::DataLoss,
                "the tick does not begin with a hindcast/tick block and was left out");
            return;
        }
        const TickRecord record = readTickRecord(block.body);
        if (!record.isValid) {
            note(member.path, NoteSeverity::DataLoss, "the tick's clocks cannot be read; it was left out");
            return;
        }
        beginTick(member.path, tick, record);
        addSample(block, Clock::Wall);
        for (;;) {
            const auto state = framing::nextBlock(rest, block);
            if (state == framing::NextBlock::Found) {
                addSample(block, Clock::Wall);
                continue;
            }
            if (state == framing::NextBlock::Damaged)
                note(member.path, NoteSeverity::DataLoss,
                    "a block header cannot be read; the rest of the tick was left out");
            break;
        }
    }

    void beginTick(const std::string& member, std::uint64_t tick, const TickRecord& record)
    {
        const Nanoseconds asleep{record.clocks.boot - record.clocks.monotonic};
        const Nanoseconds offset{record.clocks.real - record.clocks.boot};
        if (m_result.lastOffset) {
            const Nanoseconds change = offset - *m_result.lastOffset;
            if (change > clockStepThreshold || change < -clockStepThreshold) {
                m_result.correction -= change;
                m_result.steps.push_back({Time{Nanoseconds{record.clocks.real}} + m_result.correction, change});
            }
        } else {
            m_result.firstOffset = offset;
            m_result.firstBoot = Nanoseconds{record.clocks.boot};
            m_result.missedBeforeFirst = record.missed;
        }
        m_result.lastOffset = offset;
        // Wall time of an instant t of CLOCK_MONOTONIC: real + (t - mono), less the steps.
        m_toWall = Nanoseconds{record.clocks.real - record.clocks.monotonic} + m_result.correction;
        m_tickTime = Time{Nanoseconds{record.clocks.monotonic} + m_toWall};
        noteSuspension(asleep);
        noteLostTicks(member, tick, record.missed);
        if (m_result.lastTime && record.missed > 0)
            m_result.gaps.push_back({{*m_result.lastTime, m_tickTime}, ticksText(record.missed, "missed")});
        if (m_result.tickTimes.empty() || m_result.tickTimes.back() < m_tickTime)
            m_result.tickTimes.push_back(m_tickTime);
        if (!m_result.firstTick) {
            m_result.firstTick = tick;
            m_result.firstTime = m_tickTime;
        }
        m_result.lastTick = tick;
        m_result.lastTime = m_tickTime;
        m_processTickCounted = false;
    }

    /// CLOCK_BOOTTIME goes on while the machine sleeps, CLOCK_MONOTONIC does not (man 2 clock_gettime).
    void noteSuspension(Nanoseconds asleep)
    {
        if (!m_result.firstAsleep)
            m_result.firstAsleep = asleep;
        const Nanoseconds slept = asleep - m_result.lastAsleep.value_or(asleep);
        if (m_result.lastTime && slept > clockStepThreshold)
            m_result.suspensions.push_back({{*m_result.lastTime, m_tickTime}, slept});
        m_result.lastAsleep = asleep;
    }

    /// A jump of the tick numbers that the recorder does not account for.
    void noteLostTicks(const std::string& member, std::uint64_t tick, std::uint64_t missed)
    {
        if (!m_result.lastTick || tick <= *m_result.lastTick + 1 + missed)
            return;
        const std::uint64_t lost = tick - *m_result.lastTick - 1 - missed;
        m_result.gaps.push_back({{*m_result.lastTime, m_tickTime}, ticksText(lost, "lost")});
        note(member, NoteSeverity::DataLoss, ticksText(lost, "lost") + " before this one");
    }

    void addSample(const framing::Block& block, Clock clock)
    {
        const Time time = clock == Clock::Wall ? Time{Nanoseconds{block.startNanoseconds} + m_toWall}
                                               : Time{Nanoseconds{block.startNanoseconds}};
        const auto pid = processPart(block.path);
        if (!pid.empty() && block.path.ends_with("/cmdline")) {
            takeCommandLine(pid, block);
            return;
        }
        if (block.path == namespaceRecord) {
            takeNamespaces(block);
            return;
        }
        SourceSamples& source = sourceOf(block.path, clock);
        const bool isDetail = clock == Clock::Wall && (tellsOfProcess(block.path) || tellsOfThread(block.path));
        if (isDetail)
            countDetail(block, source);
        else
            source.bytes += block.body.size();
        const bool isProcess = source.parser && source.parser->isPerProcess;
        if (block.errorNumber != 0 && !isProcess) {
            const bool hasEnded = !pid.empty() && block.errorNumber == ESRCH; // a thread, which is no fault of its file
            if (!hasEnded)
                source.errorNumber = block.errorNumber;
            return;
        }
        const bool isSameReading = isSocketFile(block.path) && !source.samples.empty()
            && source.samples.front().path != block.path; // its other files
        if (!isDetail && !isSameReading && (!isProcess || !std::exchange(m_processTickCounted, true)))
            ++source.readings;
        // All processes of a tick share one instant: the rows of a process table belong together.
        source.samples.push_back(
            {isProcess && clock == Clock::Wall ? m_tickTime : time, block.path, block.body, block.errorNumber, {}});
        if (m_result.lastTick)
            source.samples.back().monotonic = Nanoseconds{block.startNanoseconds};
        if (block.errorNumber == ESRCH && processPart(block.path).size() + 11 == block.path.size()
            && block.path.ends_with("/stat"))
            endThreads(source.samples.back());
    }

    /// A process that ends takes its threads along; of them no block says so.
    void endThreads(const Sample& end)
    {
        const auto threads = m_sourceIndex.find("samples/proc/[pid]/task/[tid]/stat");
        if (threads != m_sourceIndex.end()) {
            const Sample copy = end; // both may lie in the same vector
            m_result.sources[threads->second].samples.push_back(copy);
        }
    }

    /// What is read together with another source is a member of its own all the same.
    void countDetail(const framing::Block& block, const SourceSamples& source)
    {
        MemberReport& report = m_details[memberName(block.path)];
        if (report.path.empty()) {
            report.path = memberName(block.path);
            report.source = source.parser ? source.parser->id : std::string_view{};
        }
        report.bytes += block.body.size();
        if (block.errorNumber == 0 && std::exchange(m_detailCounted[report.path], m_tickTime) != m_tickTime)
            ++report.samples;
    }

    /// "# inode pid", then a line per network namespace and the process that stands for it.
    void takeNamespaces(const framing::Block& block)
    {
        MemberReport& report = m_details[memberName(block.path)];
        report.path = memberName(block.path);
        report.source = "namespaces";
        report.bytes += block.body.size();
        report.samples += block.errorNumber == 0 ? 1 : 0;
        std::string_view text = block.body;
        for (std::string_view line; nextLine(text, line);) {
            const auto inode = nextField(line);
            const auto pid = nextField(line);
            if (parseInteger(inode) && parseInteger(pid))
                m_result.namespaces[std::string(pid)] = inode;
        }
    }

    /// Blocks come in the same order tick after tick, so the place of the last one usually tells the next.
    SourceSamples& sourceOf(std::string_view path, Clock clock)
    {
        const bool isSame = m_guess < m_order.size() && m_order[m_guess].path == path;
        if (!isSame) {
            const auto known = m_places.find(path);
            if (known != m_places.end()) {
                m_guess = known->second;
            } else {
                m_order.push_back({path, newSource(path, clock)});
                m_guess = m_order.size() - 1;
                m_places.emplace(path, m_guess);
            }
        }
        return m_result.sources[m_order[m_guess++].source];
    }

    std::size_t newSource(std::string_view escapedPath, Clock clock)
    {
        // The sockets of a tick are one source, so that one parser counts all of them.
        const bool isSocketOfTick = m_result.lastTick && isSocketFile(escapedPath);
        // Which processes were read is part of what was read of them.
        const bool isOfProcess = escapedPath == sampledRecord || (clock == Clock::Wall && tellsOfProcess(escapedPath));
        const bool isOfThread = clock == Clock::Wall && tellsOfThread(escapedPath);
        std::string member = memberName(isSocketOfTick ? "/proc/net/tcp"
                : isOfProcess                          ? "/proc/1/stat"
                : isOfThread                           ? "/proc/1/task/1/stat"
                                                       : framing::unescapeField(escapedPath));
        const auto [known, isNew] = m_sourceIndex.try_emplace(member, m_result.sources.size());
        if (!isNew)
            return known->second;
        const Parser* parser = parserForSource(std::string_view(member).substr(samplesFolder.size()));
        SourceSamples source;
        source.member = std::move(member);
        source.parser = parser;
        source.clock = clock;
        m_result.sources.push_back(std::move(source));
        return m_result.sources.size() - 1;
    }

    void takeCommandLine(std::string_view pid, const framing::Block& block)
    {
        if (block.errorNumber != 0)
            return;
        ProcessIdentity identity;
        identity.pid = parseInteger<std::int64_t>(pid).value_or(0);
        identity.time = m_tickTime;
        identity.commandLine = std::string(block.body);
        m_result.identities.push_back(std::move(identity));
    }

    void takePids(const archive::Member& member)
    {
        std::string_view rest = member.bytes;
        std::uint64_t number = 0;
        for (std::string_view line; nextLine(rest, line);) {
            ++number;
            std::string_view left = line;
            const auto pid = parseInteger<std::int64_t>(nextField(left));
            const auto start = parseInteger(nextField(left));
            const auto uid = nextField(left);
            const auto comm = nextField(left);
            const auto commandLine = nextField(left);
            if (!pid || !start || uid.empty()) {
                m_result.notes.push_back(
                    {member.path, number, NoteSeverity::DataLoss, "expected: pid starttime uid comm cmdline", 1});
                continue;
            }
            ProcessIdentity identity;
            identity.pid = *pid;
            identity.startTicks = *start;
            if (uid != "-")
                identity.uid = std::string(uid);
            identity.comm = framing::unescapeField(comm);
            if (commandLine != "-")
                identity.commandLine = framing::unescapeField(commandLine);
            m_result.identities.push_back(std::move(identity));
        }
    }

    // Files

    /// samples/<path> of a loose capture: many samples of one source in the block grammar, or one sample as plain text.
    void takeSampleFile(const archive::Member& member)
    {
        std::string_view rest = member.bytes;
        m_toWall = Nanoseconds{0}; // here start_ns is wall time
        if (!rest.starts_with("== ")) {
            const auto path = std::string_view(member.path).substr(samplesFolder.size() - 1);
            const Parser* parser = parserForSource(path.substr(1));
            takeWholeFile(parser && !parser->gathered.empty() ? gatheredSource(samplesFolder, *parser)
                                                              : sourceOf(path, Clock::None),
                path, rest);
            return;
        }
        framing::Block block;
        for (;;) {
            const auto state = framing::nextBlock(rest, block);
            if (state == framing::NextBlock::Found) {
                const Time time{Nanoseconds{block.startNanoseconds}};
                if (time != m_tickTime)
                    m_processTickCounted = false;
                m_tickTime = time;
                addSample(block, Clock::Wall);
                continue;
            }
            if (state == framing::NextBlock::Damaged)
                note(member.path, NoteSeverity::DataLoss,
                    "a block header cannot be read; the rest of the file was left out");
            break;
        }
    }

    static void takeWholeFile(SourceSamples& source, std::string_view path, std::string_view text)
    {
        source.bytes += text.size();
        ++source.readings;
        source.samples.push_back({Time{}, path, text, 0, {}});
    }

    /// All files of a folder that are one member: "start/proc/sys".
    SourceSamples& gatheredSource(std::string_view prefix, const Parser& parser)
    {
        std::string member(prefix);
        member += parser.gathered;
        const auto [known, isNew] = m_sourceIndex.try_emplace(member, m_result.sources.size());
        if (isNew) {
            SourceSamples source;
            source.member = std::move(member);
            source.parser = &parser;
            source.clock = Clock::None;
            m_result.sources.push_back(std::move(source));
        }
        return m_result.sources[known->second];
    }

    /// start/<path> and end/<path>: read once, by whoever reads that path, without a time.
    void takeIdentityFile(const archive::Member& member)
    {
        const std::size_t folder = member.path.find('/');
        const auto path = std::string_view(member.path).substr(folder);
        const Parser* parser = parserForIdentity(path.substr(1));
        if (parser && !parser->gathered.empty()) {
            takeWholeFile(
                gatheredSource(std::string_view(member.path).substr(0, folder + 1), *parser), path, member.bytes);
            return;
        }
        SourceSamples source;
        source.member = member.path;
        source.parser = parser;
        source.clock = Clock::None;
        takeWholeFile(source, path, member.bytes);
        m_result.sources.push_back(std::move(source));
    }

    /// A file that is no part of a capture's tree: recognised by its content later, or only listed.
    void takeLoose(const archive::Member& member)
    {
        const std::string_view chosen = m_choice.of(member.path);
        const bool arePackets = chosen.empty()
            ? isPacketPath(member.path) || tcp::PacketReader::recognises(member.bytes)
            : chosen == packetSourceId;
        if (arePackets) {
            m_result.packets.push_back({member.path, member.bytes});
            return;
        }
        SourceSamples source;
        source.member = member.path;
        source.bytes = member.size;
        source.readings = 1;
        source.clock = Clock::None;
        source.writtenAt = writingTime(member.modified);
        source.samples.push_back({Time{}, std::string_view(member.path), member.bytes, 0});
        m_result.sources.push_back(std::move(source));
    }

    void note(const std::string& member, NoteSeverity severity, std::string message)
    {
        m_result.notes.push_back({member, 0, severity, std::move(message), 1});
    }

    struct Place {
        std::string_view path;
        std::size_t source;
    };

    const archive::Part& m_part;
    const SourceChoice& m_choice;
    Demuxed m_result;
    Nanoseconds m_toWall{};
    Time m_tickTime{};
    bool m_processTickCounted = false;
    std::vector<Place> m_order; ///< paths in the order first met
    std::unordered_map<std::string_view, std::size_t> m_places; ///< path -> m_order
    std::unordered_map<std::string, std::size_t> m_sourceIndex; ///< member -> m_result.sources
    std::map<std::string, MemberReport> m_details; ///< members that are read together with another one
    std::map<std::string, Time> m_detailCounted; ///< the tick each of them was counted at last
    std::size_t m_guess = 0;
};

} // namespace

bool isIdentityPath(std::string_view path)
{
    return path.starts_with("start/") || path.starts_with("end/");
}

std::string ticksText(std::uint64_t count, std::string_view what)
{
    return fmt::format("{} {} {}", count, count == 1 ? "tick" : "ticks", what);
}

Demuxed demux(const archive::Part& part, const SourceChoice& choice)
{
    return Demuxer(part, choice).run();
}

} // namespace hindcast::parse
