// A folder: an unpacked capture (seg/N/… is one part each), or loose files (one part each).
#include "archive/part_decoder.h"
#include "archive/reader.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <semaphore>
#include <unistd.h>

namespace hindcast::archive {
namespace {

struct Entry {
    std::string member; ///< relative, with slashes
    std::uint64_t bytes = 0;
};
struct Group {
    std::optional<std::uint64_t> segment;
    std::vector<Entry> entries;
    std::uint64_t bytes = 0;
};

class FolderReader : public Reader {
public:
    FolderReader(
        std::filesystem::path path, std::vector<Group> groups, std::vector<Damage> damage, const Limits& limits)
        : Reader(std::move(path))
        , m_groups(std::move(groups))
        , m_limits(limits)
    {
        m_damage = std::move(damage);
        m_overview.form = Form::Folder;
        m_overview.parts = m_groups.size();
        m_overview.isFinished = true;
        for (const Group& group : m_groups)
            m_overview.bytes += group.bytes;
    }

    std::optional<Part> next(Detail detail, std::stop_token stop) override
    {
        if (stop.stop_requested())
            return std::nullopt;
        const std::size_t mine = m_next.fetch_add(1, std::memory_order_relaxed);
        if (mine >= m_groups.size())
            return std::nullopt;
        Part part;
        part.ordinal = mine;
        std::uint64_t held = 0;
        for (const Entry& entry : m_groups[mine].entries) {
            readEntry(part, entry, held);
            if (detail == Detail::Keyframes && part.wholeTicks > 0)
                break;
        }
        m_bytesDone.fetch_add(m_groups[mine].bytes, std::memory_order_relaxed);
        return part;
    }

    void rewind() override
    {
        m_next = 0;
        m_bytesDone = 0;
    }

private:
    void readEntry(Part& part, const Entry& entry, std::uint64_t& held)
    {
        auto file = InputFile::open(m_path / entry.member);
        if (!file) {
            const bool isEmpty = entry.bytes == 0;
            if (isEmpty)
                addMember(part, {entry.member, {}, 0}, 0);
            else
                part.lose(0, entry.member, file.error().what);
            return;
        }
        const std::uint64_t limit = m_groups[part.ordinal].segment ? m_limits.memberBytes : m_limits.bareBytes;
        if (file->size() > limit || held + file->size() > std::max(limit, m_limits.partBytes)) {
            part.lose(0, entry.member, fmt::format("refused: more than {} MiB", limit >> 20));
            return;
        }
        const bool isLoose = !m_groups[part.ordinal].segment;
        const std::uint64_t wanted = isLoose ? wantedOf(*file, entry.member) : file->size();
        constexpr std::uint64_t large = 64 << 20;
        if (wanted > large)
            waitForPermit(part);
        held += wanted;
        Bytes& bytes = part.buffers.emplace_back();
        bytes.reserve(static_cast<std::size_t>(wanted), static_cast<std::size_t>(wanted));
        bytes.setSize(file->read(0, bytes.data(), static_cast<std::size_t>(wanted)));
        if (bytes.size() < wanted)
            part.lose(bytes.size(), entry.member, "could not be read to its end");
        addMember(part, {entry.member, bytes.view(), 0, file->size()}, 0);
    }

    /// A folder may hold anything; what nobody would read is not taken into memory.
    std::uint64_t wantedOf(const InputFile& file, const std::string& member) const
    {
        constexpr std::size_t beginning = 16 << 10;
        if (!m_interest || file.size() <= beginning || m_interest(member, file.read(0, beginning)))
            return file.size();
        return beginning;
    }

    /// One large file at a time, until its part is done with.
    void waitForPermit(Part& part)
    {
        m_largeFile.acquire();
        part.permit = std::shared_ptr<void>(
            &m_largeFile, [](void* semaphore) { static_cast<std::binary_semaphore*>(semaphore)->release(); });
    }

    std::vector<Group> m_groups;
    Limits m_limits;
    std::atomic<std::size_t> m_next{0};
    std::binary_semaphore m_largeFile{1};
};

/// Files in an order in which a capture was written: start/, segments by number, the rest.
bool comesBefore(const Group& a, const Group& b)
{
    const auto rank = [](const Group& group) {
        return group.segment                                                                                        ? 1
            : group.entries.front().member.starts_with("start/") || group.entries.front().member == "manifest.json" ? 0
                                                                                                                    : 2;
    };
    return std::tuple(rank(a), a.segment.value_or(0), std::string_view(a.entries.front().member))
        < std::tuple(rank(b), b.segment.value_or(0), std::string_view(b.entries.front().member));
}

/// A segment's files are one group, every other file is one of its own.
class Groups {
public:
    void add(Entry entry)
    {
        const auto segment = segmentOf(entry.member);
        std::size_t place = m_groups.size();
        if (segment)
            place = m_segments.try_emplace(*segment, place).first->second;
        if (place == m_groups.size())
            m_groups.push_back({segment, {}, 0});
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
            return std::tuple(tickOf(entry.member).has_value(), tickOf(entry.member).value_or(0));
        };
        return std::tuple(key(a), std::string_view(a.member)) < std::tuple(key(b), std::string_view(b.member));
    });
}

} // namespace

Result<std::unique_ptr<Reader>> makeFolderReader(std::filesystem::path path, const Limits& limits)
{
    if (::access(path.c_str(), R_OK | X_OK) != 0)
        return Error{errorText(errno), path.string()};
    Groups found;
    std::vector<Damage> damage;
    std::error_code failure;
    std::uint64_t count = 0;
    auto entry = std::filesystem::recursive_directory_iterator(
        path, std::filesystem::directory_options::skip_permission_denied, failure);
    if (failure)
        return Error{errorText(failure.value()), path.string()};
    for (; entry != std::filesystem::recursive_directory_iterator(); entry.increment(failure)) {
        if (failure) {
            damage.push_back({0, "", "a folder could not be listed: " + errorText(failure.value()), true});
            break;
        }
        std::error_code ignored;
        const std::string member = entry->path().lexically_relative(path).generic_string();
        if (entry->is_symlink(ignored)) {
            damage.push_back({0, member, "passed over: a symbolic link", false});
            continue;
        }
        const bool isUnreadable = entry->is_directory(ignored) && ::access(entry->path().c_str(), R_OK | X_OK) != 0;
        if (isUnreadable)
            damage.push_back({0, member, errorText(errno), true});
        if (!entry->is_regular_file(ignored))
            continue;
        if (++count > limits.members)
            return Error{fmt::format("more than {} files", limits.members), path.string()};
        found.add({member, static_cast<std::uint64_t>(entry->file_size(ignored))});
    }
    std::vector<Group> groups = found.take();
    if (groups.empty())
        return Error{"an empty folder", path.string()};
    for (Group& group : groups)
        sortEntries(group);
    std::sort(groups.begin(), groups.end(), comesBefore);
    return std::unique_ptr<Reader>(
        std::make_unique<FolderReader>(std::move(path), std::move(groups), std::move(damage), limits));
}

} // namespace hindcast::archive
