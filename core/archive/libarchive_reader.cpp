// Foreign packing: a tar or zip of any compression read member by member, or one bare file of any compression.
// libarchive does the unpacking; the limits and the checks of names are ours.
#include "archive/part_decoder.h"
#include "archive/reader.h"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <mutex>

namespace hindcast::archive {
namespace {

using LibArchive = ::archive;

struct LibArchiveDeleter {
    void operator()(LibArchive* handle) const { archive_read_free(handle); }
};

/// libarchive 3.6 may fail with a null message.
std::string message(LibArchive* handle)
{
    const char* text = archive_error_string(handle);
    return text ? text : "damaged or cut";
}

class LibarchiveReader : public Reader {
public:
    LibarchiveReader(std::filesystem::path path, InputFile file, const Limits& limits)
        : Reader(std::move(path))
        , m_file(std::move(file))
        , m_limits(limits)
    {
        m_overview.bytes = m_file.size();
        m_overview.isFinished = true;
    }

    /// Opens the stream and reads the first header, which tells tar from bare file.
    std::optional<Error> start()
    {
        m_position = 0;
        m_hasEnded = false;
        m_isBroken = false;
        m_failure.clear();
        m_ordinal = 0;
        m_members = 0;
        m_pending.reset();
        m_handle.reset(archive_read_new());
        LibArchive* handle = m_handle.get();
        if (!handle)
            return Error{"not enough memory", m_path.string()};
        archive_read_support_filter_all(handle);
        if (!beginsLikePackets()) { // a zip that somebody sent over the network does not make its packets a zip
            archive_read_support_format_tar(handle);
            archive_read_support_format_gnutar(handle);
            archive_read_support_format_zip_seekable(handle);
        }
        archive_read_support_format_raw(handle); // the lowest bid: a bare file
        // A bundle made of several tars one behind the other is read to its end.
        archive_read_set_options(handle, "tar:read_concatenated_archives");
        archive_read_set_read_callback(handle, &LibarchiveReader::readBlock);
        archive_read_set_seek_callback(handle, &LibarchiveReader::seek);
        archive_read_set_skip_callback(handle, &LibarchiveReader::skip);
        archive_read_set_callback_data(handle, this);
        if (archive_read_open1(handle) != ARCHIVE_OK)
            return Error{message(handle), m_path.string()};
        advance();
        if (m_hasEnded || !m_pending)
            return Error{m_failure.empty() ? "nothing in it" : m_failure, m_path.string()};
        m_overview.form = archive_format(handle) == ARCHIVE_FORMAT_RAW ? Form::BareFile : Form::Tar;
        m_overview.parts = m_overview.form == Form::BareFile ? 1 : 0;
        return std::nullopt;
    }

    std::optional<Part> next(Detail detail, std::stop_token stop) override
    {
        const std::lock_guard lock(m_mutex); // one stream: unpacking is serial, parsing is not
        if (stop.stop_requested())
            return std::nullopt;
        if (!m_pending && m_failure.empty())
            return std::nullopt;
        Part part;
        part.ordinal = m_ordinal++;
        if (!m_failure.empty()) {
            part.lose(m_position, {}, std::exchange(m_failure, {}));
            if (!m_pending)
                return part;
        }
        const auto segment = segmentOf(*m_pending);
        std::uint64_t held = 0;
        do {
            takeMember(part, held);
            advance();
        } while (segment && m_pending && segmentOf(*m_pending) == segment && !stop.stop_requested());
        m_bytesDone = m_position;
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
    /// pcap (of microseconds, nanoseconds or an old variant, in either byte order) or pcapng.
    bool beginsLikePackets() const
    {
        static constexpr std::string_view magics[] = {"\xa1\xb2\xc3\xd4", "\xd4\xc3\xb2\xa1", "\xa1\xb2\x3c\x4d",
            "\x4d\x3c\xb2\xa1", "\xa1\xb2\xcd\x34", "\x34\xcd\xb2\xa1", "\x0a\x0d\x0d\x0a"};
        const std::string beginning = m_file.read(0, 4);
        return std::find(std::begin(magics), std::end(magics), beginning) != std::end(magics);
    }

    void takeMember(Part& part, std::uint64_t& held)
    {
        const bool isBare = m_overview.form == Form::BareFile;
        const std::string path = *m_pending;
        if (!m_isRegular) {
            part.lose(m_position, path, "refused: not a regular file");
            return;
        }
        const std::uint64_t limit = isBare ? m_limits.bareBytes : m_limits.memberBytes;
        const std::uint64_t room = isBare ? limit : m_limits.partBytes - std::min(held, m_limits.partBytes);
        Bytes& bytes = part.buffers.emplace_back();
        constexpr std::size_t step = 1 << 16;
        for (;;) {
            if (bytes.size() >= std::min(limit, room)
                || !bytes.reserve(bytes.size() + step, static_cast<std::size_t>(limit) + step)) {
                part.lose(m_position, path, fmt::format("refused: more than {} MiB", limit >> 20));
                return;
            }
            const la_ssize_t got = archive_read_data(m_handle.get(), bytes.data() + bytes.size(), step);
            if (got == 0)
                break;
            if (got < 0) {
                part.lose(m_position, path, message(m_handle.get()));
                m_isBroken = true;
                if (!isBare && isTickPath(path))
                    return; // a torn tick is no tick
                break;
            }
            bytes.setSize(bytes.size() + static_cast<std::size_t>(got));
        }
        held += bytes.size();
        // A bare file keeps the name it was given by; libarchive calls it "data".
        addMember(part, {isBare ? bareName() : path, bytes.view(), m_modified}, m_position);
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

    std::string bareName() const { return m_path == "-" ? "standard input" : m_path.filename().string(); }

    /// Reads the next header; m_pending is empty at the end.
    void advance()
    {
        m_pending.reset();
        if (m_hasEnded || m_isBroken)
            return;
        archive_entry* entry = nullptr;
        for (;;) {
            const int status = archive_read_next_header(m_handle.get(), &entry);
            if (status == ARCHIVE_EOF || (status != ARCHIVE_OK && status != ARCHIVE_WARN)) {
                m_hasEnded = true;
                if (status != ARCHIVE_EOF)
                    m_failure = message(m_handle.get());
                return;
            }
            if (archive_entry_filetype(entry) == AE_IFDIR)
                continue;
            break;
        }
        if (++m_members > m_limits.members) {
            m_hasEnded = true;
            m_failure = fmt::format("refused: more than {} members", m_limits.members);
            return;
        }
        const char* name = archive_entry_pathname(entry);
        std::string path = name ? name : "";
        while (path.starts_with("./"))
            path.erase(0, 2);
        m_isRegular = archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr;
        m_modified = archive_entry_mtime_is_set(entry) ? archive_entry_mtime(entry) : 0;
        m_pending = std::move(path);
    }

    static la_ssize_t readBlock(LibArchive*, void* self, const void** block)
    {
        auto& reader = *static_cast<LibarchiveReader*>(self);
        const std::size_t got = reader.m_file.read(reader.m_position, reader.m_block.data(), reader.m_block.size());
        reader.m_position += got;
        *block = reader.m_block.data();
        return static_cast<la_ssize_t>(got);
    }

    static la_int64_t seek(LibArchive*, void* self, la_int64_t offset, int whence)
    {
        auto& reader = *static_cast<LibarchiveReader*>(self);
        const auto size = static_cast<la_int64_t>(reader.m_file.size());
        const la_int64_t base = whence == SEEK_SET ? 0
            : whence == SEEK_END                   ? size
                                                   : static_cast<la_int64_t>(reader.m_position);
        const la_int64_t target = base + offset;
        if (target < 0 || target > size)
            return ARCHIVE_FATAL;
        reader.m_position = static_cast<std::uint64_t>(target);
        return target;
    }

    static la_int64_t skip(LibArchive*, void* self, la_int64_t count)
    {
        auto& reader = *static_cast<LibarchiveReader*>(self);
        const auto left = static_cast<la_int64_t>(reader.m_file.size() - reader.m_position);
        const la_int64_t skipped = std::min(count, left);
        reader.m_position += static_cast<std::uint64_t>(skipped);
        return skipped;
    }

    InputFile m_file;
    Limits m_limits;
    std::mutex m_mutex;
    std::vector<char> m_block = std::vector<char>(1 << 17);
    std::uint64_t m_position = 0;
    std::unique_ptr<LibArchive, LibArchiveDeleter> m_handle;
    std::optional<std::string> m_pending; ///< the member whose header was read
    bool m_isRegular = false;
    bool m_hasEnded = false;
    bool m_isBroken = false;
    std::int64_t m_modified = 0;
    std::size_t m_ordinal = 0;
    std::uint64_t m_members = 0;
    std::string m_failure;
};

} // namespace

Result<std::unique_ptr<Reader>> makeLibarchiveReader(std::filesystem::path path, InputFile file, const Limits& limits)
{
    auto reader = std::make_unique<LibarchiveReader>(std::move(path), std::move(file), limits);
    if (auto failure = reader->start())
        return *failure;
    return std::unique_ptr<Reader>(std::move(reader));
}

} // namespace hindcast::archive
