#include "parse/load.h"

#include "base/text_scanner.h"
#include "parse/activity_file.h"
#include "parse/bundle_layout.h"
#include "parse/demux.h"
#include "parse/loose_reading.h"
#include "parse/manifest.h"
#include "parse/merge.h"
#include "parse/packet_loading.h"
#include "parse/parser.h"
#include "parse/plain_text.h"
#include "parse/recognition.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <fmt/format.h>
#include <latch>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <tuple>

namespace hindcast::parse {
namespace {

/// Members of start/ and end/ that no parser reads are kept for people; os-release is read here.
void takeIdentityFiles(Demuxed& facts, Host& host)
{
    const auto isIdentity = [](const SourceSamples& source) { return isIdentityPath(source.member) && !source.parser; };
    for (const SourceSamples& source : facts.sources) {
        if (!isIdentity(source))
            continue;
        MemberReport report{source.member, {}, source.bytes, 1, 0, {}, source.errorNumber};
        if (source.member.ends_with("/os-release") && !source.samples.empty()) {
            host.distribution = distributionName(source.samples.front().text);
            report.source = "os_release";
        }
        facts.others.push_back(std::move(report));
    }
    std::erase_if(facts.sources, isIdentity);
}

Host readManifest(Demuxed& facts)
{
    if (facts.manifest.empty())
        return {};
    facts.keyframeTick = manifestFirstTick(facts.manifest);
    facts.denials = manifestDenials(facts.manifest);
    auto manifest = parseManifest(facts.manifest);
    if (manifest)
        return std::move(*manifest);
    facts.notes.push_back({fmt::format("seg/{}/manifest.json", facts.segment.value_or(0)), 0, NoteSeverity::DataLoss,
        manifest.error().what, 1});
    return {};
}

/// Arguments are separated and ended by NUL in /proc/[pid]/cmdline (man 5 proc_pid_cmdline); people read blanks.
std::string readableCommandLine(std::string_view raw)
{
    while (!raw.empty() && raw.back() == '\0')
        raw.remove_suffix(1);
    std::string text(raw);
    std::replace(text.begin(), text.end(), '\0', ' ');
    return text;
}

/// Gives the part's processes their command lines and owners.
void attachIdentities(Builder& builder, const std::vector<ProcessIdentity>& identities)
{
    std::unordered_map<std::int64_t, std::vector<std::uint32_t>> byPid;
    auto& entities = builder.builtEntities();
    for (std::uint32_t i = 0; i < entities.size(); ++i)
        if (const auto pid = parseInteger<std::int64_t>(labelValue(entities[i].attributes, "pid"));
            pid && entities[i].kind == EntityKind::Process)
            byPid[*pid].push_back(i);
    const auto rightOne = [&](const ProcessIdentity& identity, const Builder::BuiltEntity& entity) {
        if (identity.startTicks)
            return parseInteger(labelValue(entity.attributes, "start_ticks")) == identity.startTicks;
        return !entity.rows.empty() && builder.rowTimes()[entity.rows.front()] <= identity.time;
    };
    for (const ProcessIdentity& identity : identities) {
        const auto candidates = byPid.find(identity.pid);
        if (candidates == byPid.end())
            continue;
        for (auto index = candidates->second.rbegin(); index != candidates->second.rend(); ++index) {
            if (!rightOne(identity, entities[*index]))
                continue;
            if (identity.uid)
                builder.setAttribute({*index}, "uid", *identity.uid);
            if (identity.commandLine && !identity.commandLine->empty())
                builder.setAttribute({*index}, "command_line", readableCommandLine(*identity.commandLine));
            break;
        }
    }
}

/// What a process of another network namespace sees, "samples/proc/2597/net/dev", is that namespace's, not the host's.
void labelNamespace(ParsedSource& source, const std::map<std::string, std::string>& inodes)
{
    constexpr std::string_view folder = "samples/proc/";
    std::string_view path = source.member;
    if (!path.starts_with(folder))
        return;
    path.remove_prefix(folder.size());
    const auto pid = path.substr(0, path.find('/'));
    if (!parseInteger(pid) || !path.substr(pid.size()).starts_with("/net/"))
        return;
    const auto inode = inodes.find(std::string(pid));
    source.builder.labelAll("netns", inode != inodes.end() ? inode->second : "of process " + std::string(pid));
}

/// The quick first look leaves packets to the full one, unless there is nothing else.
void leaveOutPackets(Demuxed& facts)
{
    for (const PacketMember& member : facts.packets)
        facts.others.push_back({member.path, std::string(packetSourceId), member.bytes.size(), 0, 0, {}, 0});
    facts.packets.clear();
}

/// How loose files are read, the same for all parts.
struct Reading {
    SourceChoice choice;
    bool isBare = false; ///< the input is one file
    bool trustsFileTimes = true;
    std::optional<Host> facts; ///< of a manifest that stands behind what it explains, from an earlier look
};

/// Why a file given by itself is read by nothing.
std::string unrecognised(std::string_view text, const Recognition& recognition)
{
    const auto kind = binaryKind(text.substr(0, recognisedBytes));
    const bool isBlank = text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
    if (isBlank)
        return "nothing but blanks in it";
    if (!kind.empty())
        return "it holds " + std::string(kind);
    return recognition.note();
}

/// Makes a plain text of a loose file; returns why it cannot, "" when it can. `texts` keeps what had to be made anew.
std::string prepareLoose(SourceSamples& source, const Reading& reading, std::deque<std::string>& texts)
{
    Sample& sample = source.samples.front();
    if (isActivityFile(sample.text)) {
        auto json = readActivityFile(sample.text);
        if (!json)
            return json.error().what;
        texts.push_back(std::move(json.value()));
        sample.text = texts.back();
    } else if (auto text = plainText(sample.text)) {
        texts.push_back(std::move(*text));
        sample.text = texts.back();
    }
    if (!reading.trustsFileTimes)
        source.writtenAt.reset();
    if (const auto chosen = reading.choice.of(source.member); !chosen.empty())
        source.parser = parserById(chosen);
    return {};
}

/// Finds the parser of a loose file, unless the user has said it.
void recogniseLoose(SourceSamples& source, ParsedSource& out, const Reading& reading)
{
    const Sample& sample = source.samples.front();
    if (source.parser)
        return;
    const Recognition recognition = reading.isBare ? recogniseAnywhere(sample.text) : recognise(sample.text);
    source.parser = recognition.parser;
    out.readingNote = recognition.note();
    if (!recognition.parser && reading.isBare)
        out.readingNote = unrecognised(sample.text, recognition);
}

ParsedPart parsePart(archive::Part part, const Reading& reading, const Host& known, bool withPackets)
{
    ParsedPart parsed;
    parsed.ordinal = part.ordinal;
    parsed.damage = std::move(part.damage);
    parsed.isWhole = part.isWhole;
    parsed.facts = demux(part, reading.choice);
    Demuxed& facts = parsed.facts;
    if (!withPackets)
        leaveOutPackets(facts);
    parsed.host = readManifest(facts);
    takeIdentityFiles(facts, parsed.host);
    Host host = parsed.host;
    mergeHost(host, known);
    std::deque<std::string> texts;
    readLinks(part, parsed);
    for (SourceSamples& source : facts.sources) {
        const bool isLoose =
            source.clock == Clock::None && !source.member.starts_with("samples/") && !isIdentityPath(source.member);
        const std::string unreadable = isLoose ? prepareLoose(source, reading, texts) : std::string();
        if (isLoose && unreadable.empty() && readInBundle(source, host, parsed))
            continue;
        ParsedSource& out = parsed.sources.emplace_back();
        out.readingNote = unreadable;
        const bool isToBeRecognised = isLoose && unreadable.empty();
        if (isToBeRecognised)
            recogniseLoose(source, out, reading);
        else if (!isLoose && !source.parser && !source.samples.empty() && source.member.starts_with("samples/tools/"))
            source.parser =
                recognise(source.samples.front().text).parser; // what a tool printed, in a tick of the script's
        out.member = source.member;
        out.bytes = source.bytes;
        out.readings = source.readings;
        out.errorNumber = source.errorNumber;
        out.writtenAt = reading.isBare ? std::nullopt : source.writtenAt; // alone, nothing dates it but a copy
        if (!source.parser)
            continue;
        out.source = source.parser->id;
        out.builder.setClock(source.clock);
        if (source.parser->isPerProcess)
            out.builder.setTicks(facts.tickTimes);
        if (!source.samples.empty())
            source.parser->parse({source.member, source.samples, source.clock, host, source.writtenAt}, out.builder);
        if (isLoose)
            placeInBundle(source.member, out.builder);
        if (source.parser->isPerProcess)
            attachIdentities(out.builder, facts.identities);
        labelNamespace(out, facts.namespaces);
    }
    facts.sources.clear(); // views into `part`, which ends here
    facts.identities.clear();
    if (!facts.packets.empty())
        parsed.packetBytes = std::make_unique<std::deque<archive::Bytes>>(std::move(part.buffers));
    return parsed;
}

/// Parts parsed by several threads, handed on in file order. Threads that run ahead wait, so memory stays bounded.
class OrderedQueue {
public:
    explicit OrderedQueue(std::size_t window)
        : m_window(window)
    {
    }

    void addProducer()
    {
        const std::lock_guard lock(m_mutex);
        ++m_producers;
    }

    /// False when the load was given up.
    bool put(ParsedPart part)
    {
        constexpr std::uint64_t mostHeld = 256 << 20; // bytes of packets that wait; the next part always gets in
        const std::uint64_t bytes = part.heldBytes();
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [&] {
            return m_isClosed || part.ordinal == m_next
                || (part.ordinal < m_next + m_window && m_heldBytes + bytes <= mostHeld);
        });
        if (m_isClosed)
            return false;
        m_heldBytes += bytes;
        m_parts.emplace(part.ordinal, std::move(part));
        m_changed.notify_all();
        return true;
    }

    void producerDone()
    {
        const std::lock_guard lock(m_mutex);
        --m_producers;
        m_changed.notify_all();
    }

    /// The next part in order; nothing when all producers are done and nothing is left, or when the load was given up.
    std::optional<ParsedPart> take()
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [&] { return m_isClosed || m_parts.contains(m_next) || m_producers == 0; });
        if (m_isClosed || m_parts.empty())
            return std::nullopt;
        const auto first = m_parts.begin();
        ParsedPart part = std::move(first->second);
        m_next = first->first + 1;
        m_heldBytes -= part.heldBytes();
        m_parts.erase(first);
        m_changed.notify_all();
        return part;
    }

    void close()
    {
        const std::lock_guard lock(m_mutex);
        m_isClosed = true;
        m_changed.notify_all();
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::map<std::size_t, ParsedPart> m_parts;
    std::size_t m_next = 0;
    std::size_t m_window;
    std::uint64_t m_heldBytes = 0;
    unsigned m_producers = 0;
    bool m_isClosed = false;
};

/// Facts that parts without a manifest of their own need. All parts wait for the first: in a loose folder it alone has
/// them.
class KnownHost {
public:
    void waitForFirst() const { m_first.wait(); }
    /// May be said more than once: also by whoever gives up, so that nobody waits for a part that never comes.
    void firstIsDone()
    {
        if (!m_isFirstDone.exchange(true))
            m_first.count_down();
    }

    Host get() const
    {
        const std::lock_guard lock(m_mutex);
        return m_host;
    }
    void add(const Host& host)
    {
        const std::lock_guard lock(m_mutex);
        mergeHost(m_host, host);
    }

private:
    std::latch m_first{1};
    std::atomic<bool> m_isFirstDone{false};
    mutable std::mutex m_mutex;
    Host m_host;
};

std::optional<Error> refusal(const archive::Archive& archive, const Snapshot& snapshot)
{
    const std::string where = archive.path() == "-" ? "standard input" : archive.path().string();
    const bool isAnythingRead = !snapshot.series.empty() || !snapshot.entities.empty() || !snapshot.tables.empty()
        || !snapshot.events.empty() || !snapshot.packets.isEmpty();
    // A capture or bundle of sources that nothing reads yet is still worth listing.
    const bool isListed = archive.overview().form != archive::Form::BareFile
        && std::any_of(snapshot.members.begin(), snapshot.members.end(),
            [](const MemberReport& member) { return !member.source.empty() && member.samples > 0; });
    if (isAnythingRead || isListed)
        return std::nullopt;
    for (const ImportNote& note : snapshot.notes)
        if (note.severity != NoteSeverity::Info)
            return Error{"nothing readable: " + note.message, where};
    const auto read = std::find_if(snapshot.members.begin(), snapshot.members.end(),
        [](const MemberReport& member) { return !member.source.empty(); });
    if (archive.overview().form == archive::Form::BareFile && read != snapshot.members.end())
        return Error{"nothing in it can be read as " + read->source, where};
    if (archive.overview().form == archive::Form::BareFile)
        return Error{"not recognised: "
                + (snapshot.notes.empty() ? std::string("no capture, and not the text of a source this version reads")
                                          : snapshot.notes.back().message),
            where};
    return Error{"not a capture: nothing in it is recognised", where};
}

/// Two hosts are never read as one.
std::optional<Error> severalHosts(const archive::Archive& archive)
{
    const auto hosts = archive.hosts();
    if (hosts.size() < 2)
        return std::nullopt;
    std::string names;
    for (const std::filesystem::path& host : hosts)
        names += (names.empty() ? "" : ", ") + host.lexically_relative(archive.path()).string();
    return Error{"it holds several hosts, to be opened one by one: " + names, archive.path().string()};
}

/// Everything one load needs while its threads run.
class Loading {
public:
    enum class Outcome { Done, OutOfOrder, FactsCameLate, OutOfMemory };

    Loading(archive::Archive& archive, const LoadOptions& options, const Reading& reading, unsigned jobs,
        std::stop_token stop)
        : m_archive(archive)
        , m_options(options)
        , m_reading(reading)
        , m_isWithPackets(options.detail == archive::Detail::Full || archive.overview().form == archive::Form::BareFile)
        , m_stop(std::move(stop))
        , m_queue(std::size_t{4} * jobs)
        , m_onStop(m_stop, CloseQueue{m_queue})
    {
        if (reading.facts)
            m_known.add(*reading.facts);
        for (unsigned job = 0; job < jobs; ++job)
            if (!startThread())
                break; // a limit on processes or memory: fewer do it, or next() does
    }
    Loading(const Loading&) = delete;
    Loading& operator=(const Loading&) = delete;
    ~Loading() { m_queue.close(); } // threads that still run find the queue closed, then are joined

    /// The next part in file order.
    std::optional<ParsedPart> next()
    {
        if (!m_threads.empty())
            return m_queue.take();
        auto part = m_archive.next(m_options.detail, m_stop);
        return part ? std::optional(parse(std::move(*part))) : std::nullopt;
    }
    bool isOutOfMemory() const { return m_isOutOfMemory; }

private:
    struct CloseQueue {
        OrderedQueue& queue;
        void operator()() const { queue.close(); }
    };

    bool startThread()
    {
        m_queue.addProducer();
        try {
            m_threads.emplace_back([this] { work(); });
            return true;
        } catch (const std::system_error&) {
        } catch (const std::bad_alloc&) {
        }
        m_queue.producerDone();
        return false;
    }

    void work()
    {
        try {
            while (auto part = m_archive.next(m_options.detail, m_stop)) {
                if (part->ordinal != 0)
                    m_known.waitForFirst();
                if (!m_queue.put(parse(std::move(*part))))
                    break;
            }
        } catch (const std::bad_alloc&) {
            m_isOutOfMemory = true;
            m_known.firstIsDone();
            m_queue.close();
        }
        m_queue.producerDone();
    }

    ParsedPart parse(archive::Part part)
    {
        const bool isFirst = part.ordinal == 0;
        ParsedPart parsed = parsePart(std::move(part), m_reading, m_known.get(), m_isWithPackets);
        m_known.add(parsed.host);
        if (isFirst)
            m_known.firstIsDone();
        return parsed;
    }

    archive::Archive& m_archive;
    const LoadOptions& m_options;
    const Reading& m_reading;
    bool m_isWithPackets;
    std::stop_token m_stop;
    OrderedQueue m_queue;
    KnownHost m_known;
    std::atomic<bool> m_isOutOfMemory{false};
    std::stop_callback<CloseQueue> m_onStop;
    std::vector<std::jthread> m_threads; // last: joined before anything they use is gone
};

/// Where a part lies in time: boots by their wall clocks, within a boot by the boot clock, which is never set.
struct Place {
    std::string bootId;
    Nanoseconds sinceBoot{};
    Time wall{};
};

/// Nothing for parts without ticks: they may stand anywhere.
std::optional<Place> placeOf(const ParsedPart& part)
{
    if (!part.facts.firstBoot)
        return std::nullopt;
    return Place{part.host.bootId, *part.facts.firstBoot, *part.facts.firstTime};
}

bool comesBefore(const Place& a, const Place& b)
{
    return a.bootId == b.bootId ? a.sinceBoot < b.sinceBoot : a.wall < b.wall;
}

/// Whether the part is the manifest of a capture that was unpacked and packed again in another order.
bool bringsLateFacts(const ParsedPart& part)
{
    return part.ordinal > 0 && !part.facts.segment && !part.facts.manifest.empty();
}

/// `lateFacts`: set when the outcome says so.
Loading::Outcome mergeAsRead(archive::Archive& archive, Merge& merge, const LoadOptions& options,
    const Reading& reading, unsigned jobs, const Progress& progress, const std::stop_token& stop, Host& lateFacts)
{
    Loading loading(archive, options, reading, jobs, stop);
    std::optional<Place> last;
    while (auto part = loading.next()) {
        if (!reading.facts && bringsLateFacts(*part)) {
            lateFacts = part->host;
            return Loading::Outcome::FactsCameLate;
        }
        const auto place = placeOf(*part);
        if (place && last && comesBefore(*place, *last))
            return Loading::Outcome::OutOfOrder;
        last = place ? place : last;
        merge.add(std::move(*part));
        if (progress)
            progress({archive.bytesDone(), archive.overview().bytes});
    }
    return loading.isOutOfMemory() ? Loading::Outcome::OutOfMemory : Loading::Outcome::Done;
}

/// Parts without ticks first; then by boot, the boots by their earliest wall time.
void sortByTime(std::vector<ParsedPart>& parts)
{
    std::map<std::string, Time> bootBegins;
    for (const ParsedPart& part : parts)
        if (const auto place = placeOf(part)) {
            const auto [known, isNew] = bootBegins.try_emplace(place->bootId, place->wall);
            if (!isNew)
                known->second = std::min(known->second, place->wall);
        }
    const auto key = [&bootBegins](const ParsedPart& part) {
        const auto place = placeOf(part);
        return place ? std::tuple(true, bootBegins.at(place->bootId), place->sinceBoot)
                     : std::tuple(false, Time{}, Nanoseconds{});
    };
    std::stable_sort(
        parts.begin(), parts.end(), [&](const ParsedPart& a, const ParsedPart& b) { return key(a) < key(b); });
}

/// For a capture that was unpacked and packed again, where tar takes the segments' folders in the order the file system
/// lists them, and for captures joined in the wrong order.
Loading::Outcome mergeSorted(archive::Archive& archive, Merge& merge, const LoadOptions& options,
    const Reading& reading, unsigned jobs, const std::stop_token& stop)
{
    archive.rewind();
    std::vector<ParsedPart> parts;
    {
        Loading loading(archive, options, reading, jobs, stop);
        while (auto part = loading.next())
            parts.push_back(std::move(*part));
        if (loading.isOutOfMemory())
            return Loading::Outcome::OutOfMemory;
    }
    sortByTime(parts);
    for (ParsedPart& part : parts)
        merge.add(std::move(part));
    return Loading::Outcome::Done;
}

void addOpeningDamage(Snapshot& snapshot, const std::vector<archive::Damage>& damages)
{
    for (const archive::Damage& damage : damages) {
        snapshot.isPartial = snapshot.isPartial || damage.isLoss;
        snapshot.notes.insert(snapshot.notes.begin(),
            {damage.member, 0, damage.isLoss ? NoteSeverity::DataLoss : NoteSeverity::Info,
                fmt::format("{} (byte {})", damage.what, damage.offset), 1});
    }
}

/// What of the options cannot be meant.
std::optional<Error> refusedChoice(const archive::Archive& archive, const LoadOptions& options)
{
    const std::string where = archive.path().string();
    std::vector<std::string> ids;
    if (!options.source.empty())
        ids.push_back(options.source);
    for (const auto& [member, id] : options.memberSources)
        ids.push_back(id);
    for (const std::string& id : ids)
        if (!isKnownSource(id))
            return Error{"no such source: " + id, {}};
    if (!options.assumedZone.empty() && !isKnownTimeZone(options.assumedZone))
        return Error{"no such time zone: " + options.assumedZone
                + " (a name of the zone database such as Europe/Berlin, or a distance from UTC such as +02:00)",
            {}};
    const archive::Form form = archive.overview().form;
    if (!ids.empty() && form == archive::Form::Capture)
        return Error{"a capture says itself what it holds; naming a source is for bare files", where};
    if (!options.source.empty() && form != archive::Form::BareFile)
        return Error{"it holds several members: name the one that is meant, as MEMBER=" + options.source, where};
    return std::nullopt;
}

} // namespace

Result<std::shared_ptr<const Snapshot>> load(
    archive::Archive& archive, const LoadOptions& options, const Progress& progress, std::stop_token stop)
{
    const std::string where = archive.path().string();
    if (auto error = refusedChoice(archive, options))
        return *error;
    Reading reading;
    reading.choice.bare = options.source;
    reading.choice.members.insert(options.memberSources.begin(), options.memberSources.end());
    reading.isBare = archive.overview().form == archive::Form::BareFile;
    reading.trustsFileTimes = options.trustsFileTimes || archive.overview().form == archive::Form::Tar;
    constexpr unsigned mostJobs = 64; // each holds a decoder's window and a part
    const unsigned wanted =
        std::min(mostJobs, options.jobs ? options.jobs : std::max(1U, std::thread::hardware_concurrency()));
    const unsigned jobs = archive.overview().parts == 1 ? 1 : wanted;
    if (auto error = severalHosts(archive))
        return *error;
    archive.setInterest([&reading](std::string_view path, std::string_view beginning) {
        const auto made = plainText(beginning);
        const std::string_view text = made ? std::string_view(*made) : beginning;
        return !reading.choice.of(path).empty() || path.starts_with("samples/") || path == "manifest.json"
            || path.starts_with("end/hindcast/") || isPacketPath(path) || tcp::PacketReader::recognises(beginning)
            || isActivityFile(beginning) || isReadInBundle(path, text)
            || (!isNeverByContent(path) && recognise(text).parser != nullptr);
    });
    try {
        Merge merge(options.detail == archive::Detail::Keyframes, options.assumedZone, stop);
        Host lateFacts;
        Loading::Outcome outcome = mergeAsRead(archive, merge, options, reading, jobs, progress, stop, lateFacts);
        if (outcome == Loading::Outcome::FactsCameLate) {
            reading.facts = std::move(lateFacts);
            archive.rewind();
            merge = Merge(options.detail == archive::Detail::Keyframes, options.assumedZone, stop);
            outcome = mergeAsRead(archive, merge, options, reading, jobs, progress, stop, lateFacts);
        }
        if (outcome == Loading::Outcome::OutOfOrder) {
            merge = Merge(options.detail == archive::Detail::Keyframes, options.assumedZone, stop);
            outcome = mergeSorted(archive, merge, options, reading, jobs, stop);
        }
        if (outcome == Loading::Outcome::OutOfMemory)
            return Error{"not enough memory to load it", where};
        if (stop.stop_requested())
            return std::shared_ptr<const Snapshot>();
        if (auto error = severalHosts(archive)) // of a tar it is known now
            return *error;
        auto snapshot = merge.finish(wanted);
        snapshot->path = where;
        snapshot->isFinished = archive.overview().isFinished;
        addOpeningDamage(*snapshot, archive.damage());
        if (stop.stop_requested())
            return std::shared_ptr<const Snapshot>();
        if (auto error = refusal(archive, *snapshot))
            return *error;
        return std::shared_ptr<const Snapshot>(std::move(snapshot));
    } catch (const std::bad_alloc&) {
        return Error{"not enough memory to load it", where};
    }
}

bool isKnownSource(std::string_view id)
{
    return id == packetSourceId || parserById(id) != nullptr;
}

Result<std::shared_ptr<const Snapshot>> loadPath(const std::string& path, const LoadOptions& options,
    const Progress& progress, std::stop_token stop, std::vector<std::string>* hosts)
{
    auto archive = archive::Archive::open(path);
    if (!archive)
        return archive.error();
    auto loaded = load(*archive, options, progress, stop);
    const auto found = archive->hosts();
    if (hosts && found.size() > 1)
        for (const std::filesystem::path& host : found)
            hosts->push_back(host.string());
    return loaded;
}

} // namespace hindcast::parse
