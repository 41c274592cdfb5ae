// A folder: an unpacked capture (seg/N/… is one part each), or loose files (one part each), packed ones among them.
#include "archive/bundle_roots.h"
#include "archive/part_decoder.h"
#include "archive/reader.h"
#include "archive/unpacker.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <mutex>
#include <semaphore>
#include <unistd.h>

namespace hindcast::archive {
namespace {

struct Entry {
    std::string file; ///< relative, with slashes
    std::string name; ///< the same, without the folder of an unpacked capture
    std::uint64_t bytes = 0;
};
struct Group {
    std::optional<std::uint64_t> segment;
    std::vector<Entry> entries;
    std::uint64_t bytes = 0;
    bool isPacked = false; ///< one file, which begins like something packed
};

/// What was found by listing the folder.
struct Listing {
    std::vector<Entry> files;
    std::vector<Link> links;
    std::vector<Damage> damage;
    BundleRoots roots;
};

constexpr std::size_t beginningBytes = 16 << 10; ///< by which a file is recognised

class FolderReader : public Reader {
public:
    FolderReader(std::filesystem::path path, std::vector<Group> groups, Listing listing, const Limits& limits)
        : Reader(std::move(path))
        , m_groups(std::move(groups))
        , m_links(std::move(listing.links))
        , m_limits(limits)
    {
        m_damage = std::move(listing.damage);
        m_roots = std::move(listing.roots);
        m_overview.form = Form::Folder;
        m_overview.parts = m_groups.size();
        m_overview.isFinished = true;
        for (const Group& group : m_groups)
            m_overview.bytes += group.bytes;
    }

    std::optional<Part> next(Detail detail, std::stop_token stop) override
    {
        std::unique_lock lock(m_mutex);
        for (;;) {
            if (stop.stop_requested())
                return std::nullopt;
            if (m_packed) {
                if (auto unpacked = nextOfPacked(detail, stop))
                    return unpacked;
                continue;
            }
            if (m_next == m_groups.size())
                return std::nullopt;
            const Group& group = m_groups[m_next++];
            const bool isOpened = group.isPacked && m_interest;
            if (isOpened) {
                if (auto failed = openPacked(group))
                    return failed;
                continue;
            }
            Part part = beginPart();
            lock.unlock();
            return readGroup(std::move(part), group, detail);
        }
    }

    void rewind() override
    {
        m_packed.reset();
        m_next = 0;
        m_ordinal = 0;
        m_bytesDone = 0;
    }

private:
    Part beginPart()
    {
        Part part;
        part.ordinal = m_ordinal++;
        if (part.ordinal == 0)
            part.links = m_links;
        return part;
    }

    Part readGroup(Part part, const Group& group, Detail detail)
    {
        std::uint64_t held = 0;
        for (const Entry& entry : group.entries) {
            readEntry(part, group, entry, held);
            if (detail == Detail::Keyframes && part.wholeTicks > 0)
                break;
        }
        m_bytesDone.fetch_add(group.bytes, std::memory_order_relaxed);
        return part;
    }

    // Files that are packed: one text, an archive, or a capture. Their parts are handed out one after the other.

    /// Nothing when it is open; else the part that says why it is not.
    std::optional<Part> openPacked(const Group& group)
    {
        const Entry& entry = group.entries.front();
        auto packed = makeReader(m_path / entry.file, m_limits);
        if (!packed) {
            Part part = beginPart();
            part.lose(0, entry.name, "cannot be unpacked: " + packed.error().what);
            addForeignMember(part, {entry.name, {}, 0, entry.bytes}, 0);
            return part;
        }
        m_packed = std::move(*packed);
        m_packedGroup = &group;
        m_isPackedCapture = m_packed->overview().form == Form::Capture;
        m_packed->setInterest(m_interest);
        m_packedDamage = m_packed->damage(); // of opening it
        return std::nullopt;
    }

    std::optional<Part> nextOfPacked(Detail detail, const std::stop_token& stop)
    {
        const std::string& name = m_packedGroup->entries.front().name;
        const bool isOneFile = m_packed->overview().form == Form::BareFile;
        auto part = m_packed->next(detail, stop);
        if (!part) {
            m_bytesDone.fetch_add(m_packedGroup->bytes, std::memory_order_relaxed);
            m_packed.reset();
            return std::nullopt;
        }
        Part numbered = beginPart();
        part->ordinal = numbered.ordinal;
        std::move(numbered.links.begin(), numbered.links.end(), std::back_inserter(part->links));
        std::move(m_packedDamage.begin(), m_packedDamage.end(), std::back_inserter(part->damage));
        m_packedDamage.clear();
        for (Damage& damage : part->damage) {
            part->isWhole = part->isWhole && !damage.isLoss;
            damage.member = isOneFile || damage.member.empty() ? name : name + '/' + damage.member;
        }
        for (Member& member : part->members) {
            m_isPackedCapture = m_isPackedCapture || captureRootOf(member.path) == std::string_view();
            if (isOneFile)
                member.path = name;
            else if (!m_isPackedCapture)
                member.path = name + '/' + member.path;
        }
        return part;
    }

    // Plain files

    void readEntry(Part& part, const Group& group, const Entry& entry, std::uint64_t& held)
    {
        auto file = InputFile::open(m_path / entry.file);
        if (!file) {
            const bool isEmpty = entry.bytes == 0;
            if (isEmpty)
                addForeignMember(part, {entry.name, {}, 0}, 0);
            else
                part.lose(0, entry.name, file.error().what);
            return;
        }
        const std::uint64_t limit = group.segment ? m_limits.memberBytes : m_limits.bareBytes;
        const std::uint64_t wanted = group.segment ? file->size() : wantedOf(*file, entry.name);
        if (wanted > limit || held + wanted > std::max(limit, m_limits.partBytes)) {
            part.lose(0, entry.name, fmt::format("refused: more than {} MiB", limit >> 20));
            return;
        }
        constexpr std::uint64_t large = 64 << 20;
        if (wanted > large)
            waitForPermit(part);
        held += wanted;
        Bytes& bytes = part.buffers.emplace_back();
        bytes.reserve(static_cast<std::size_t>(wanted), static_cast<std::size_t>(wanted));
        bytes.setSize(file->read(0, bytes.data(), static_cast<std::size_t>(wanted)));
        if (bytes.size() < wanted)
            part.lose(bytes.size(), entry.name, "could not be read to its end");
        addForeignMember(part, {entry.name, bytes.view(), file->modified(), file->size()}, 0);
    }

    /// A folder may hold anything; what nobody would read is not taken into memory.
    std::uint64_t wantedOf(const InputFile& file, const std::string& member) const
    {
        if (!m_interest || file.size() <= beginningBytes || m_interest(member, file.read(0, beginningBytes)))
            return file.size();
        return beginningBytes;
    }

    /// One large file at a time, until its part is done with.
    void waitForPermit(Part& part)
    {
        m_largeFile.acquire();
        part.permit = std::shared_ptr<void>(
            &m_largeFile, [](void* semaphore) { static_cast<std::binary_semaphore*>(semaphore)->release(); });
    }

    std::vector<Group> m_groups;
    std::vector<Link> m_links;
    Limits m_limits;
    std::mutex m_mutex;
    std::size_t m_next = 0, m_ordinal = 0;
    std::unique_ptr<Reader> m_packed; ///< the file that is being unpacked
    const Group* m_packedGroup = nullptr;
    std::vector<Damage> m_packedDamage; ///< goes with its first part
    bool m_isPackedCapture = false;
    std::binary_semaphore m_largeFile{1};
};

/// Files in an order in which a capture was written: start/, segments by number, what is packed, the rest.
bool comesBefore(const Group& a, const Group& b)
{
    const auto rank = [](const Group& group) {
        const std::string& name = group.entries.front().name;
        const bool isFirst = name.starts_with("start/") || name == "manifest.json";
        return group.segment ? 1 : isFirst ? 0 : group.isPacked ? 2 : 3;
    };
    return std::tuple(rank(a), a.segment.value_or(0), std::string_view(a.entries.front().name))
        < std::tuple(rank(b), b.segment.value_or(0), std::string_view(b.entries.front().name));
}

/// A segment's files are one group, every other file is one of its own.
class Groups {
public:
    void add(Entry entry, bool isPacked)
    {
        const auto segment = segmentOf(entry.name);
        std::size_t place = m_groups.size();
        if (segment)
            place = m_segments.try_emplace(*segment, place).first->second;
        if (place == m_groups.size())
            m_groups.push_back({segment, {}, 0, isPacked && !segment});
        m_groups[place].bytes += entry.bytes;
        m_groups[place].entries.push_back(std::move(entry));
    }
    std::vector<Group> take() { return std::move(m_groups); }

private:
    std::vector<Group> m_groups;
    std::map<std::uint64_t, std::size_t> m_segments;
};

/// Within a segment: manifest, pids, ticks by number.
void sortEntries(Group& group)
{
    std::sort(group.entries.begin(), group.entries.end(), [](const Entry& a, const Entry& b) {
        const auto key = [](const Entry& entry) {
            return std::tuple(tickOf(entry.name).has_value(), tickOf(entry.name).value_or(0));
        };
        return std::tuple(key(a), std::string_view(a.name)) < std::tuple(key(b), std::string_view(b.name));
    });
}

/// Walks the folder. Links are never followed: what they lead to in the folder is listed under its own name anyway, and
/// what lies outside it was not given to us.
class Walk {
public:
    explicit Walk(const std::filesystem::path& folder)
        : m_folder(folder)
    {
        std::error_code ignored;
        m_home = std::filesystem::canonical(folder, ignored);
    }

    std::optional<Error> run(const Limits& limits)
    {
        namespace fs = std::filesystem;
        std::error_code failure;
        auto entry = fs::recursive_directory_iterator(m_folder, fs::directory_options::skip_permission_denied, failure);
        if (failure)
            return Error{errorText(failure.value()), m_folder.string()};
        for (; entry != fs::recursive_directory_iterator(); entry.increment(failure)) {
            if (failure) {
                m_found.damage.push_back({0, "", "a folder could not be listed: " + errorText(failure.value()), true});
                break;
            }
            take(*entry);
            if (m_found.files.size() > limits.members)
                return Error{fmt::format("more than {} files", limits.members), m_folder.string()};
        }
        noteLinks();
        return std::nullopt;
    }
    Listing takeFound() { return std::move(m_found); }

private:
    void take(const std::filesystem::directory_entry& entry)
    {
        std::error_code ignored;
        std::string member = entry.path().lexically_relative(m_folder).generic_string();
        if (entry.is_symlink(ignored)) {
            takeLink(entry.path(), std::move(member));
            return;
        }
        const bool isUnreadable = entry.is_directory(ignored) && ::access(entry.path().c_str(), R_OK | X_OK) != 0;
        if (isUnreadable)
            m_found.damage.push_back({0, member, errorText(errno), true});
        if (!entry.is_regular_file(ignored))
            return;
        m_found.roots.add(member);
        m_found.files.push_back({member, member, static_cast<std::uint64_t>(entry.file_size(ignored))});
    }

    void takeLink(const std::filesystem::path& link, std::string member)
    {
        std::error_code failure;
        const auto target = std::filesystem::canonical(link, failure); // loops and links to nothing fail
        const auto inside = target.lexically_relative(m_home);
        const bool leadsOut = !failure && (inside.empty() || *inside.begin() == "..");
        if (leadsOut)
            m_found.damage.push_back({0, member, "passed over: a symbolic link that leads out of the folder", false});
        else if (failure)
            ++m_broken;
        else
            ++m_inside;
        if (saysSomething(member)) {
            std::error_code ignored;
            m_found.links.push_back({std::move(member), std::filesystem::read_symlink(link, ignored).generic_string()});
        }
    }

    void noteLinks()
    {
        if (m_inside > 0)
            m_found.damage.push_back({0, "",
                fmt::format(
                    "{} symbolic links were passed over: what they lead to is read under its own name", m_inside),
                false});
        if (m_broken > 0)
            m_found.damage.push_back(
                {0, "", fmt::format("{} symbolic links lead nowhere and were passed over", m_broken), false});
    }

    const std::filesystem::path& m_folder;
    std::filesystem::path m_home;
    Listing m_found;
    std::uint64_t m_inside = 0, m_broken = 0;
};

/// Whether each file begins like something packed; the hosts whose captures and archives lie in the folder.
std::vector<bool> findPacked(const std::filesystem::path& folder, Listing& listing, const Limits& limits)
{
    std::vector<bool> packed;
    packed.reserve(listing.files.size());
    for (const Entry& entry : listing.files) {
        constexpr std::size_t looked = 512; // a tar tells itself in its first header
        const auto file = entry.bytes > 0 ? InputFile::open(folder / entry.file) : Error{};
        packed.push_back(file && beginsPacked(file->read(0, looked)));
        if (!packed.back())
            continue;
        const auto reader = makeReader(folder / entry.file, limits);
        if (!reader)
            continue;
        if ((*reader)->overview().form == Form::Capture)
            listing.roots.addRoot(entry.file + '/');
        for (const std::string& root : (*reader)->roots().hosts())
            listing.roots.addRoot(entry.file + '/' + root);
    }
    return packed;
}

/// The folder of the one unpacked capture that lies beside other files; "" when there is none, or several.
std::string captureFolder(const Listing& listing)
{
    std::string folder;
    for (const Entry& entry : listing.files)
        if (const auto root = captureRootOf(entry.file)) {
            if (root->empty() || (!folder.empty() && folder != *root))
                return {};
            folder = *root;
        }
    return folder;
}

} // namespace

Result<std::unique_ptr<Reader>> makeFolderReader(std::filesystem::path path, const Limits& limits)
{
    if (::access(path.c_str(), R_OK | X_OK) != 0)
        return Error{errorText(errno), path.string()};
    Walk walk(path);
    if (auto error = walk.run(limits))
        return std::move(*error);
    Listing listing = walk.takeFound();
    if (listing.files.empty())
        return Error{"an empty folder", path.string()};
    const std::vector<bool> packed = findPacked(path, listing, limits);
    const std::string captureRoot = captureFolder(listing);
    Groups found;
    for (std::size_t i = 0; i < listing.files.size(); ++i) {
        Entry& entry = listing.files[i];
        if (entry.name.starts_with(captureRoot))
            entry.name.erase(0, captureRoot.size());
        found.add(std::move(entry), packed[i]);
    }
    std::vector<Group> groups = found.take();
    for (Group& group : groups)
        sortEntries(group);
    std::sort(groups.begin(), groups.end(), comesBefore);
    return std::unique_ptr<Reader>(
        std::make_unique<FolderReader>(std::move(path), std::move(groups), std::move(listing), limits));
}

} // namespace hindcast::archive
