// Unpacker: a stream of bytes through libarchive: a tar or zip of any compression member by member, or one compressed
// file. Nothing is written anywhere, and nothing read ahead but what libarchive holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct archive;

namespace hindcast::archive {

/// Where packed bytes come from.
class ByteSource {
public:
    virtual ~ByteSource() = default;
    /// Up to `count` bytes; 0 at the end, also at an end that came too early.
    virtual std::size_t read(char* out, std::size_t count) = 0;
    /// Moves `count` bytes on without reading them; how many it did.
    virtual std::uint64_t skip(std::uint64_t) { return 0; }
    /// Nothing when it cannot be moved about in.
    virtual std::optional<std::uint64_t> size() const { return std::nullopt; }
    virtual void seek(std::uint64_t) { }
    virtual std::uint64_t position() const { return 0; }
};

enum class EntryKind : std::uint8_t { File, SymbolicLink, HardLink, Other };

struct UnpackedEntry {
    std::string path; ///< as stored, without "./" in front
    EntryKind kind = EntryKind::File;
    std::string target; ///< of a link
    std::int64_t modified = 0; ///< seconds since the epoch; 0 = not known
    std::optional<std::uint64_t> size; ///< as the header says
};

class Unpacker {
public:
    enum class Formats : std::uint8_t { ArchivesAndFiles, FilesOnly };
    enum class Step : std::uint8_t { Entry, End, Failed };

    explicit Unpacker(std::unique_ptr<ByteSource> source);
    Unpacker(const Unpacker&) = delete;
    Unpacker& operator=(const Unpacker&) = delete;
    ~Unpacker();

    /// False with failure() when nothing of it is known.
    bool open(Formats formats);
    /// The next member; folders are passed over.
    Step next(UnpackedEntry& entry);
    /// Of the member: up to `count` bytes, 0 at its end, nothing with failure() when it is damaged or cut.
    std::optional<std::size_t> read(char* out, std::size_t count);

    /// After the first next(): one file, packed or not, and no archive.
    bool isSingleFile() const;
    /// Some compression lies around it.
    bool isCompressed() const;
    const std::string& failure() const { return m_failure; }
    /// After a failed read(): the members behind this one cannot be read either.
    bool isFatal() const { return m_isFatal; }
    ByteSource& source() { return *m_source; }

private:
    static std::ptrdiff_t readBlock(struct ::archive* handle, void* self, const void** block);
    static std::int64_t seekTo(struct ::archive* handle, void* self, std::int64_t offset, int whence);
    static std::int64_t skipOver(struct ::archive* handle, void* self, std::int64_t count);
    void fail();

    struct Handle {
        void operator()(struct ::archive* handle) const;
    };
    std::unique_ptr<ByteSource> m_source;
    std::unique_ptr<char[]> m_block;
    std::unique_ptr<struct ::archive, Handle> m_handle;
    std::string m_failure;
    bool m_isFatal = false;
};

/// Begins like something compressed (gzip, xz, zstd, bzip2, lz4, compress) or like an archive (zip, tar).
bool beginsPacked(std::string_view beginning);

} // namespace hindcast::archive
