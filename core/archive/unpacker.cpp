#include "archive/unpacker.h"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <array>
#include <cstdio>

namespace hindcast::archive {
namespace {

constexpr std::size_t blockBytes = 1 << 17;

EntryKind kindOf(archive_entry* entry)
{
    if (archive_entry_hardlink(entry) != nullptr)
        return EntryKind::HardLink;
    if (archive_entry_filetype(entry) == AE_IFLNK)
        return EntryKind::SymbolicLink;
    return archive_entry_filetype(entry) == AE_IFREG ? EntryKind::File : EntryKind::Other;
}

/// A name that the locale has no letters for is kept in the bytes it was stored in, or in UTF-8.
std::string nameOf(archive_entry* entry)
{
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr)
        name = archive_entry_pathname_utf8(entry);
    std::string path = name ? name : "";
    while (path.starts_with("./"))
        path.erase(0, 2);
    return path;
}

/// Those that libarchive does itself: for others it would start a program of that name, chosen by what a file holds.
void supportFilters(struct ::archive* handle)
{
    archive_read_support_filter_gzip(handle);
    archive_read_support_filter_bzip2(handle);
    archive_read_support_filter_compress(handle);
    archive_read_support_filter_xz(handle);
    archive_read_support_filter_lzma(handle);
    archive_read_support_filter_zstd(handle);
    archive_read_support_filter_lz4(handle);
}

} // namespace

void Unpacker::Handle::operator()(struct ::archive* handle) const
{
    archive_read_free(handle);
}

Unpacker::Unpacker(std::unique_ptr<ByteSource> source)
    : m_source(std::move(source))
    , m_block(new char[blockBytes])
{
}

Unpacker::~Unpacker() = default;

void Unpacker::fail()
{
    const char* text = m_handle ? archive_error_string(m_handle.get()) : "not enough memory";
    m_failure = text ? text : "damaged or cut"; // libarchive 3.6 may fail with a null message
}

bool Unpacker::open(Formats formats)
{
    m_handle.reset(archive_read_new());
    struct ::archive* handle = m_handle.get();
    if (handle == nullptr) {
        fail();
        return false;
    }
    const bool isSeekable = m_source->size().has_value();
    supportFilters(handle);
    if (formats == Formats::ArchivesAndFiles) {
        archive_read_support_format_tar(handle);
        archive_read_support_format_gnutar(handle);
        if (isSeekable)
            archive_read_support_format_zip_seekable(handle);
        else
            archive_read_support_format_zip_streamable(handle);
    }
    archive_read_support_format_raw(handle); // the lowest bid: a bare file
    archive_read_support_format_empty(handle);
    // A bundle made of several tars one behind the other is read to its end. Not so within another: gigabytes of zeros
    // are a tar that goes on ending.
    if (isSeekable)
        archive_read_set_options(handle, "tar:read_concatenated_archives");
    archive_read_set_read_callback(handle, &Unpacker::readBlock);
    if (isSeekable)
        archive_read_set_seek_callback(handle, &Unpacker::seekTo);
    archive_read_set_skip_callback(handle, &Unpacker::skipOver);
    archive_read_set_callback_data(handle, this);
    if (archive_read_open1(handle) == ARCHIVE_OK)
        return true;
    fail();
    return false;
}

Unpacker::Step Unpacker::next(UnpackedEntry& entry)
{
    archive_entry* found = nullptr;
    for (;;) {
        const int status = archive_read_next_header(m_handle.get(), &found);
        if (status == ARCHIVE_EOF)
            return Step::End;
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
            fail();
            return Step::Failed;
        }
        if (archive_entry_filetype(found) != AE_IFDIR)
            break;
    }
    entry.path = nameOf(found);
    entry.kind = kindOf(found);
    const char* target =
        entry.kind == EntryKind::HardLink ? archive_entry_hardlink(found) : archive_entry_symlink(found);
    entry.target = target ? target : "";
    entry.modified = archive_entry_mtime_is_set(found) ? archive_entry_mtime(found) : 0;
    entry.size = std::nullopt;
    if (archive_entry_size_is_set(found) && archive_entry_size(found) >= 0)
        entry.size = static_cast<std::uint64_t>(archive_entry_size(found));
    return Step::Entry;
}

std::optional<std::size_t> Unpacker::read(char* out, std::size_t count)
{
    const la_ssize_t got = archive_read_data(m_handle.get(), out, count);
    if (got >= 0)
        return static_cast<std::size_t>(got);
    fail();
    m_isFatal = got == ARCHIVE_FATAL;
    return std::nullopt;
}

bool Unpacker::isSingleFile() const
{
    return archive_format(m_handle.get()) == ARCHIVE_FORMAT_RAW;
}

bool Unpacker::isCompressed() const
{
    return archive_filter_count(m_handle.get()) > 1; // the last one is the file itself
}

std::ptrdiff_t Unpacker::readBlock(struct ::archive*, void* self, const void** block)
{
    auto& unpacker = *static_cast<Unpacker*>(self);
    const std::size_t got = unpacker.m_source->read(unpacker.m_block.get(), blockBytes);
    *block = unpacker.m_block.get();
    return static_cast<std::ptrdiff_t>(got);
}

std::int64_t Unpacker::seekTo(struct ::archive*, void* self, std::int64_t offset, int whence)
{
    ByteSource& source = *static_cast<Unpacker*>(self)->m_source;
    const auto size = static_cast<std::int64_t>(source.size().value_or(0));
    const std::int64_t base = whence == SEEK_SET ? 0
        : whence == SEEK_END                     ? size
                                                 : static_cast<std::int64_t>(source.position());
    const std::int64_t target = base + offset;
    if (target < 0 || target > size)
        return ARCHIVE_FATAL;
    source.seek(static_cast<std::uint64_t>(target));
    return target;
}

std::int64_t Unpacker::skipOver(struct ::archive*, void* self, std::int64_t count)
{
    ByteSource& source = *static_cast<Unpacker*>(self)->m_source;
    return count <= 0 ? 0 : static_cast<std::int64_t>(source.skip(static_cast<std::uint64_t>(count)));
}

bool beginsPacked(std::string_view beginning)
{
    using namespace std::string_view_literals;
    constexpr std::array magics{"\x1f\x8b\x08"sv,
        "\xfd"
        "7zXZ\0"sv,
        "\x28\xb5\x2f\xfd"sv, "\x04\x22\x4d\x18"sv, "\x1f\x9d"sv, "PK\x03\x04"sv};
    for (const std::string_view magic : magics)
        if (beginning.starts_with(magic))
            return true;
    // bzip2: "BZh", the block size, then pi; an empty file has the square root of pi instead.
    constexpr std::size_t levelPlace = 3;
    if (beginning.starts_with("BZh") && beginning.size() > levelPlace + 1 && beginning[levelPlace] >= '1'
        && beginning[levelPlace] <= '9')
        return beginning.substr(levelPlace + 1).starts_with("1AY&SY")
            || beginning.substr(levelPlace + 1).starts_with("\x17\x72\x45\x38\x50\x90"sv);
    constexpr std::size_t tarMagicPlace = 257;
    return beginning.size() > tarMagicPlace && beginning.substr(tarMagicPlace).starts_with("ustar");
}

} // namespace hindcast::archive
