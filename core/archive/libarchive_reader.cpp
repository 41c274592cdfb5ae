// Foreign packing: a tar or zip of any compression read member by member, or one bare file of any compression. Members
// that are packed themselves are unpacked on the way, archives among them one level deep. libarchive does the
// unpacking; the limits and the checks of names are ours.
#include "archive/bundle_roots.h"
#include "archive/part_decoder.h"
#include "archive/reader.h"
#include "archive/unpacker.h"

#include <algorithm>
#include <deque>
#include <fmt/format.h>
#include <mutex>
#include <semaphore>
#include <unordered_map>

namespace hindcast::archive {
namespace {

/// The input itself.
class FileSource : public ByteSource {
public:
    explicit FileSource(const InputFile& file)
        : m_file(file)
    {
    }
    std::size_t read(char* out, std::size_t count) override
    {
        const std::size_t got = m_file.read(m_position, out, count);
        m_position += got;
        return got;
    }
    std::uint64_t skip(std::uint64_t count) override
    {
        const std::uint64_t skipped = std::min(count, m_file.size() - std::min(m_position, m_file.size()));
        m_position += skipped;
        return skipped;
    }
    std::optional<std::uint64_t> size() const override { return m_file.size(); }
    void seek(std::uint64_t position) override { m_position = position; }
    std::uint64_t position() const override { return m_position; }

private:
    const InputFile& m_file;
    std::uint64_t m_position = 0;
};

/// A member of another archive, whose first bytes were taken to see what it is.
class MemberSource : public ByteSource {
public:
    MemberSource(Unpacker& outer, std::string beginning)
        : m_outer(outer)
        , m_beginning(std::move(beginning))
    {
    }
    std::size_t read(char* out, std::size_t count) override
    {
        const std::size_t kept = std::min(count, m_beginning.size() - m_given);
        std::copy_n(m_beginning.data() + m_given, kept, out);
        m_given += kept;
        m_position += kept;
        if (kept > 0)
            return kept;
        const std::size_t got = m_outer.read(out, count).value_or(0);
        m_position += got;
        return got;
    }
    std::uint64_t position() const override { return m_position; }

private:
    Unpacker& m_outer;
    std::string m_beginning;
    std::size_t m_given = 0;
    std::uint64_t m_position = 0;
};

/// An archive that is being read: the input, or one within it.
struct Level {
    Level(std::unique_ptr<ByteSource> source, std::string memberOf)
        : unpacker(std::move(source))
        , prefix(std::move(memberOf))
    {
    }
    Unpacker unpacker;
    std::string prefix; ///< in front of its members' paths: "" or "web1.tar.xz/"
    UnpackedEntry entry; ///< the next member, whose header was read
    std::uint64_t produced = 0; ///< bytes unpacked so far
    bool isBroken = false; ///< nothing behind the damage can be read
};

constexpr std::size_t beginningBytes = 16 << 10; ///< by which a member is recognised
constexpr std::size_t step = 1 << 16;
constexpr std::uint64_t large = 64 << 20;

/// Entries of a zip that is a program or a document, not a bundle of files.
bool isNoBundle(std::string_view firstEntry)
{
    return firstEntry.starts_with("META-INF/") || firstEntry == "[Content_Types].xml" || firstEntry == "mimetype";
}

class LibarchiveReader : public Reader {
public:
    LibarchiveReader(std::filesystem::path path, InputFile file, const Limits& limits, std::string within)
        : Reader(std::move(path))
        , m_file(std::move(file))
        , m_within(std::move(within))
        , m_limits(limits)
    {
        m_overview.bytes = m_file.size();
        m_overview.isFinished = true;
    }

    /// Opens the stream and reads the first header, which tells tar from bare file.
    std::optional<Error> start()
    {
        m_levels.clear();
        m_failures.clear();
        m_hasPending = false;
        m_ordinal = 0;
        m_members = 0;
        m_times.clear();
        m_passedOver = {};
        m_levels.push_back(std::make_unique<Level>(std::make_unique<FileSource>(m_file), ""));
        // A zip that somebody sent over the network does not make its packets a zip.
        const auto formats = beginsLikePackets() ? Unpacker::Formats::FilesOnly : Unpacker::Formats::ArchivesAndFiles;
        if (!top().unpacker.open(formats))
            return Error{top().unpacker.failure(), m_path.string()};
        advance();
        if (!m_hasPending && !m_within.empty())
            return Error{"no such folder in the archive", m_path.string()};
        if (!m_hasPending)
            return Error{m_failures.empty() ? "nothing in it" : m_failures.front().what, m_path.string()};
        m_overview.form = m_levels.front()->unpacker.isSingleFile() ? Form::BareFile : Form::Tar;
        m_overview.parts = isBare() ? 1 : 0;
        return std::nullopt;
    }

    std::optional<Part> next(Detail detail, std::stop_token stop) override
    {
        const std::lock_guard lock(m_mutex); // one stream: unpacking is serial, parsing is not
        if (stop.stop_requested() || (!m_hasPending && m_failures.empty()))
            return std::nullopt;
        Part part;
        part.ordinal = m_ordinal++;
        takeFailures(part);
        part.links = std::exchange(m_links, {});
        if (!m_hasPending)
            return part;
        const auto segment = segmentOf(m_name);
        std::uint64_t held = 0;
        do {
            takeMember(part, held);
            if (!std::exchange(m_isFirstOfLevel, false))
                advance();
        } while (segment && m_hasPending && segmentOf(m_name) == segment && !stop.stop_requested());
        m_bytesDone = position();
        if (segment)
            sortSegment(part);
        if (segment && detail == Detail::Keyframes)
            keepFirstTick(part);
        return part;
    }

    void rewind() override
    {
        m_bytesDone = 0;
        start();
    }

private:
    Level& top() { return *m_levels.back(); }
    bool isBare() const { return m_overview.form == Form::BareFile; }
    std::uint64_t position() { return m_levels.front()->unpacker.source().position(); }

    /// pcap (of microseconds, nanoseconds or an old variant, in either byte order) or pcapng.
    bool beginsLikePackets() const
    {
        static constexpr std::string_view magics[] = {"\xa1\xb2\xc3\xd4", "\xd4\xc3\xb2\xa1", "\xa1\xb2\x3c\x4d",
            "\x4d\x3c\xb2\xa1", "\xa1\xb2\xcd\x34", "\x34\xcd\xb2\xa1", "\x0a\x0d\x0d\x0a"};
        const std::string beginning = m_file.read(0, 4);
        return std::find(std::begin(magics), std::end(magics), beginning) != std::end(magics);
    }

    // The next header

    void fail(std::string member, std::string what)
    {
        m_failures.push_back({position(), std::move(member), what, true});
    }

    void takeFailures(Part& part)
    {
        for (Damage& failure : m_failures) {
            part.isWhole = part.isWhole && !failure.isLoss;
            part.damage.push_back(std::move(failure));
        }
        m_failures.clear();
    }

    std::string nameOfLevel() const
    {
        const std::string& prefix = m_levels.back()->prefix;
        return prefix.empty() ? prefix : prefix.substr(0, prefix.size() - 1);
    }

    /// Reads headers up to the next member that is wanted; m_hasPending is false at the end.
    void advance()
    {
        m_hasPending = false;
        for (;;) {
            Level& level = top();
            const auto found = level.isBroken ? Unpacker::Step::End : level.unpacker.next(level.entry);
            if (found == Unpacker::Step::Entry) {
                if (isWanted(level)) {
                    m_hasPending = true;
                    return;
                }
                continue;
            }
            if (found == Unpacker::Step::Failed)
                fail(nameOfLevel(), level.unpacker.failure());
            level.isBroken = true;
            if (m_levels.size() == 1) {
                notePassedOver();
                return;
            }
            m_levels.pop_back(); // the members behind it are none the worse
        }
    }

    /// Looks at the header just read. Sets m_name.
    bool isWanted(Level& level)
    {
        const bool isBomb = isOutOfProportion(level);
        if (isBomb || ++m_members > m_limits.members) {
            fail(nameOfLevel(),
                isBomb ? "refused: it unpacks to hundreds of times its size; what lies behind was not read"
                       : fmt::format("refused: more than {} members", m_limits.members));
            level.isBroken = true;
            return false;
        }
        if (level.entry.kind != EntryKind::File) {
            ++(level.entry.kind == EntryKind::Other ? m_passedOver.others : m_passedOver.links);
            if (level.entry.kind == EntryKind::SymbolicLink && saysSomething(level.entry.path))
                m_links.push_back({level.prefix + level.entry.path, level.entry.target});
            return false;
        }
        m_wholeName = level.prefix + level.entry.path;
        m_name = m_wholeName;
        if (level.unpacker.isSingleFile())
            return m_within.empty();
        if (m_name.starts_with(m_within))
            m_name.erase(0, m_within.size());
        else if (!m_within.starts_with(m_name + '/')) // an archive that holds it is opened
            return false;
        m_roots.add(m_name);
        leaveOutCaptureRoot();
        return true;
    }

    /// An unpacked capture that was packed again with its folder: its members have the names they had.
    void leaveOutCaptureRoot()
    {
        const auto root = captureRootOf(m_name);
        if (m_captureRoot.empty() && root && !root->empty())
            m_captureRoot = *root;
        if (!m_captureRoot.empty() && m_name.starts_with(m_captureRoot))
            m_name.erase(0, m_captureRoot.size());
    }

    /// Said once, behind the last member.
    void notePassedOver()
    {
        const auto [links, others] = std::exchange(m_passedOver, {});
        if (links > 0)
            m_failures.push_back({0, "",
                fmt::format("{} links were passed over: what they lead to in here is read under its own name", links),
                false});
        if (others > 0)
            m_failures.push_back({0, "", fmt::format("{} entries are no files and were passed over", others), false});
    }

    // The member

    /// Text rarely unpacks to a hundred times its packed size; zeros do to a thousand times and more.
    bool isOutOfProportion(Level& level) const
    {
        constexpr std::uint64_t mostGrowth = 400;
        return level.unpacker.isCompressed() && level.produced > 4 * m_limits.bareBytes
            && level.produced / mostGrowth > level.unpacker.source().position();
    }

    enum class Filled : std::uint8_t { ToTheEnd, AsWanted, Damaged };

    /// Reads on until `bytes` holds `wanted`, or all there is.
    static Filled fill(Level& level, Bytes& bytes, std::uint64_t wanted)
    {
        while (bytes.size() < wanted) {
            const auto room = static_cast<std::size_t>(std::min<std::uint64_t>(step, wanted - bytes.size()));
            bytes.reserve(bytes.size() + room, SIZE_MAX);
            const auto got = level.unpacker.read(bytes.data() + bytes.size(), room);
            if (!got)
                return Filled::Damaged;
            if (*got == 0)
                return Filled::ToTheEnd;
            level.produced += *got;
            bytes.setSize(bytes.size() + *got);
        }
        return Filled::AsWanted;
    }

    void takeMember(Part& part, std::uint64_t& held)
    {
        const std::string path = isBare() ? bareName() : uniqueName();
        const bool isChosen = m_interest && !segmentOf(path);
        Level& level = top();
        Bytes& bytes = part.buffers.emplace_back();
        reserveFor(level, bytes);
        if (!isChosen) {
            takeWhole(part, level, path, bytes, held);
            return;
        }
        const Filled filled = fill(level, bytes, beginningBytes);
        if (filled == Filled::AsWanted || filled == Filled::ToTheEnd) {
            const bool isNested = !isBare() && beginsPacked(bytes.view());
            if (isNested) {
                takePacked(part, level, path, bytes);
                return;
            }
        }
        if (filled == Filled::AsWanted && !m_interest(path, bytes.view())) {
            add(part, level, path, bytes, level.entry.size.value_or(bytes.size()));
            passOver(level);
            return;
        }
        takeRest(part, level, path, bytes, filled, writtenTime(level));
    }

    /// What the header says is believed up to a measure.
    static void reserveFor(const Level& level, Bytes& bytes)
    {
        const std::uint64_t size = level.entry.size.value_or(0);
        bytes.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(size + 1, beginningBytes)), SIZE_MAX);
    }

    /// A member of a capture: a part has room for so many bytes.
    void takeWhole(Part& part, Level& level, const std::string& path, Bytes& bytes, std::uint64_t& held)
    {
        const std::uint64_t limit = isBare() ? m_limits.bareBytes : m_limits.memberBytes;
        const std::uint64_t room = isBare() ? limit : m_limits.partBytes - std::min(held, m_limits.partBytes);
        const Filled filled = fill(level, bytes, std::min(limit, room));
        if (filled == Filled::AsWanted) {
            part.lose(position(), path, fmt::format("refused: more than {} MiB", limit >> 20));
            return;
        }
        held += bytes.size();
        if (filled == Filled::Damaged) {
            loseRest(part, level, path);
            if (!isBare() && isTickPath(path))
                return; // a torn tick is no tick
        }
        add(part, level, path, bytes, bytes.size());
    }

    /// The rest of a text that somebody reads, after its beginning.
    void takeRest(Part& part, Level& level, const std::string& path, Bytes& bytes, Filled filled, std::int64_t modified)
    {
        if (filled == Filled::AsWanted) {
            filled = fill(level, bytes, std::min(large, m_limits.bareBytes));
            if (filled == Filled::AsWanted) {
                waitForPermit(part);
                filled = fill(level, bytes, m_limits.bareBytes);
            }
        }
        if (filled == Filled::AsWanted) {
            part.lose(position(), path, fmt::format("refused: more than {} MiB", m_limits.bareBytes >> 20));
            bytes = Bytes();
        }
        if (filled == Filled::Damaged)
            loseRest(part, level, path);
        addForeignMember(part, {path, bytes.view(), modified, bytes.size()}, position());
    }

    void loseRest(Part& part, Level& level, const std::string& path)
    {
        part.lose(position(), path, level.unpacker.failure());
        level.isBroken = level.unpacker.isFatal();
    }

    /// A bare file was written when the file system says, unless its packing tells.
    std::int64_t writtenTime(const Level& level) const
    {
        return level.entry.modified != 0 || !isBare() ? level.entry.modified : m_file.modified();
    }

    void add(Part& part, const Level& level, const std::string& path, const Bytes& bytes, std::uint64_t size)
    {
        addForeignMember(part, {path, bytes.view(), writtenTime(level), size}, position());
    }

    /// A member that is packed itself: one file is unpacked into the part, an archive becomes the next level.
    void takePacked(Part& part, Level& level, const std::string& path, Bytes& beginning)
    {
        auto inner = std::make_unique<Level>(
            std::make_unique<MemberSource>(level.unpacker, std::string(beginning.view())), m_wholeName + '/');
        const std::uint64_t packedBytes = level.entry.size.value_or(beginning.size());
        beginning.setSize(0);
        if (!inner->unpacker.open(Unpacker::Formats::ArchivesAndFiles)) {
            part.lose(position(), path, "cannot be unpacked: " + inner->unpacker.failure());
            add(part, level, path, beginning, packedBytes);
            return;
        }
        const auto found = inner->unpacker.next(inner->entry);
        if (found != Unpacker::Step::Entry) {
            if (found == Unpacker::Step::Failed)
                part.lose(position(), path, "cannot be unpacked: " + inner->unpacker.failure());
            add(part, level, path, beginning, packedBytes);
        } else if (inner->unpacker.isSingleFile()) {
            takeUnpacked(part, *inner, path, beginning, packedBytes, level.entry.modified);
        } else if (isNoBundle(inner->entry.path)) {
            add(part, level, path, beginning, packedBytes);
        } else if (m_levels.size() > 1) {
            part.damage.push_back(
                {position(), path, "not opened: an archive within an archive within this one", false});
            add(part, level, path, beginning, packedBytes);
        } else {
            m_levels.push_back(std::move(inner)); // what it holds comes with the next parts
            m_isFirstOfLevel = isWanted(top());
            m_hasPending = m_isFirstOfLevel;
        }
    }

    /// One compressed file: its text, when somebody reads it.
    void takeUnpacked(Part& part, Level& inner, const std::string& path, Bytes& bytes, std::uint64_t packedBytes,
        std::int64_t modified)
    {
        const Filled filled = fill(inner, bytes, beginningBytes);
        if (filled == Filled::AsWanted && !m_interest(path, bytes.view())) {
            addForeignMember(part, {path, bytes.view(), modified, packedBytes}, position());
            return;
        }
        if (filled == Filled::Damaged && bytes.size() == 0) {
            part.lose(position(), path, "cannot be unpacked: " + inner.unpacker.failure());
            addForeignMember(part, {path, {}, modified, packedBytes}, position());
            return;
        }
        takeRest(part, inner, path, bytes, filled, modified);
    }

    /// Leaves the rest of the member. libarchive does it by itself; only of what is compressed and huge it is watched.
    void passOver(Level& level)
    {
        const std::uint64_t left =
            level.entry.size.value_or(0) - std::min<std::uint64_t>(level.entry.size.value_or(0), beginningBytes);
        if (left < m_limits.bareBytes || !level.unpacker.isCompressed()) {
            level.produced += left;
            return;
        }
        std::vector<char> dropped(step);
        for (;;) {
            const auto got = level.unpacker.read(dropped.data(), dropped.size());
            if (!got || *got == 0)
                return; // damage is met again, and said, at the next header
            level.produced += *got;
            if (isOutOfProportion(level))
                return; // and refused there
        }
    }

    /// One large text at a time, until its part is done with.
    void waitForPermit(Part& part)
    {
        m_largeText.acquire();
        part.permit = std::shared_ptr<void>(
            &m_largeText, [](void* semaphore) { static_cast<std::binary_semaphore*>(semaphore)->release(); });
    }

    /// A tar may hold a path twice (tar -r): both are read, each under a name of its own.
    std::string uniqueName()
    {
        if (!m_interest || segmentOf(m_name))
            return m_name;
        const auto times = ++m_times[std::hash<std::string>{}(m_name)];
        return times == 1 ? m_name : fmt::format("{} ({})", m_name, times);
    }

    /// tar packs a folder in the order the file system lists it; a segment is read in the order it was written.
    static void sortSegment(Part& part)
    {
        std::stable_sort(part.members.begin(), part.members.end(), [](const Member& a, const Member& b) {
            const auto key = [](const Member& member) {
                return std::pair(tickOf(member.path).has_value(), tickOf(member.path).value_or(0));
            };
            return key(a) < key(b);
        });
    }

    static void keepFirstTick(Part& part)
    {
        const auto first = std::find_if(
            part.members.begin(), part.members.end(), [](const Member& member) { return isTickPath(member.path); });
        if (first != part.members.end())
            part.members.erase(first + 1, part.members.end());
    }

    /// A bare file keeps the name it was given by; libarchive calls it "data".
    std::string bareName() const { return m_path == "-" ? "standard input" : m_path.filename().string(); }

    InputFile m_file;
    std::string m_within; ///< the folder that was asked for; "" = all
    Limits m_limits;
    std::mutex m_mutex;
    std::vector<std::unique_ptr<Level>> m_levels; ///< the input, and the archive within it that is being read
    std::string m_wholeName; ///< of the member whose header was read
    std::string m_name; ///< the same, without the folder that was asked for and without that of an unpacked capture
    std::string m_captureRoot; ///< left out of the names of an unpacked capture
    bool m_hasPending = false;
    bool m_isFirstOfLevel = false; ///< the header just read is that of an archive's first member
    std::size_t m_ordinal = 0;
    std::uint64_t m_members = 0;
    std::vector<Link> m_links;
    std::vector<Damage> m_failures; ///< to go with the next part
    std::unordered_map<std::size_t, std::uint32_t> m_times; ///< how often a name was met, by its hash
    struct PassedOver {
        std::uint64_t links = 0, others = 0;
    };
    PassedOver m_passedOver;
    std::binary_semaphore m_largeText{1};
};

} // namespace

Result<std::unique_ptr<Reader>> makeLibarchiveReader(
    std::filesystem::path path, InputFile file, const Limits& limits, std::string within)
{
    auto reader = std::make_unique<LibarchiveReader>(std::move(path), std::move(file), limits, std::move(within));
    if (auto failure = reader->start())
        return *failure;
    return std::unique_ptr<Reader>(std::move(reader));
}

} // namespace hindcast::archive
