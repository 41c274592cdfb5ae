// Archive: a capture as a file, a folder or a bare file, opened for reading part by part. Nothing is extracted to disk,
// and never more than one part per reading thread is in memory.
#pragma once

#include "archive/member.h"
#include "base/result.h"
#include "base/time.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace hindcast::archive {

enum class Form : std::uint8_t {
    Capture, ///< our own zstd frames, found through their index records
    Tar, ///< any tar that libarchive reads: a capture recompressed, or a foreign bundle
    Folder, ///< an unpacked capture or a loose folder of logs
    BareFile, ///< one text file, plain or compressed
};

/// How much of each segment is wanted.
enum class Detail : std::uint8_t {
    Keyframes, ///< manifest, process dictionary and first tick of each segment only: one sample a minute, in a fraction
               ///< of the time
    Full,
};

/// Limits for hostile input; what exceeds them is refused with a note, never allocated.
struct Limits {
    std::uint64_t partBytes = 96ULL << 20; ///< decompressed, one part (a segment may have 64 MiB)
    std::uint64_t memberBytes = 64ULL << 20; ///< one member of a capture or bundle
    std::uint64_t bareBytes = 1ULL << 30; ///< one file given by itself, decompressed
    std::uint64_t members = 4'000'000; ///< per archive
};

/// What the index (or the frames themselves) say about the whole, known right after open().
struct Overview {
    Form form = Form::BareFile;
    std::uint64_t bytes = 0; ///< on disk
    std::size_t parts = 0; ///< 0 = not known beforehand (Tar)
    std::optional<TimeRange> range; ///< first to last tick by the index records
    bool isFinished = false; ///< has the closing frame
};

class Reader;

class Archive {
public:
    /// Opens a path, or standard input for "-". A folder within a tar or zip is a path too: "all.tar.gz/web1".
    /// errors "no such file", "permission denied", "empty file", "not a capture: …" and the like; where = the path
    static Result<Archive> open(const std::filesystem::path& path, const Limits& limits = {});

    Archive(Archive&&) noexcept;
    Archive& operator=(Archive&&) noexcept;
    ~Archive();

    const std::filesystem::path& path() const;
    const Overview& overview() const;
    /// Damage found while opening: bytes between frames, a cut tail, a missing close.
    const std::vector<Damage>& damage() const;

    /// Asked for each loose file of a folder, tar or zip that is not small, with its path and first bytes: false leaves
    /// it at those. Called by whichever thread reads. Without it all is read, and as it is stored: with it, members
    /// that are packed themselves are unpacked, archives among them (one level) to members below their name.
    using Interest = std::function<bool(std::string_view path, std::string_view beginning)>;
    void setInterest(Interest interest);

    /// The hosts whose bundles lie side by side in it, as paths to open() one by one; one path or none for anything
    /// else. Known at once for a folder, and for a tar or zip after it was read to its end.
    std::vector<std::filesystem::path> hosts() const;
    /// What lies beside those, at the top of the input: read with none of them.
    std::vector<std::string> besideHosts() const;

    /// The next part in file order; nothing at the end or when stopped. Thread-safe: several threads may pull parts,
    /// each decodes its own. Part::ordinal tells the order. A damaged part comes with what could be read and its
    /// Damage.
    std::optional<Part> next(Detail detail, std::stop_token stop = {});
    /// Starts again from the first part.
    void rewind();
    /// Compressed bytes of the parts handed out so far, for progress.
    std::uint64_t bytesDone() const;

private:
    explicit Archive(std::unique_ptr<Reader> reader);
    std::unique_ptr<Reader> m_reader;
};

} // namespace hindcast::archive
