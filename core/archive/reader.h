// Reader: what each form of input (capture, tar, folder, bare file) does behind Archive.
#pragma once

#include "archive/archive.h"
#include "archive/bundle_roots.h"
#include "archive/frame_scan.h"
#include "archive/input_file.h"

#include <atomic>

namespace hindcast::archive {

class Reader {
public:
    explicit Reader(std::filesystem::path path)
        : m_path(std::move(path))
    {
    }
    virtual ~Reader() = default;
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    virtual std::optional<Part> next(Detail detail, std::stop_token stop) = 0;
    virtual void rewind() = 0;

    void setInterest(Archive::Interest interest) { m_interest = std::move(interest); }
    /// Known at open() of a folder, and of a tar when it was read to its end.
    const BundleRoots& roots() const { return m_roots; }

    const std::filesystem::path& path() const { return m_path; }
    const Overview& overview() const { return m_overview; }
    const std::vector<Damage>& damage() const { return m_damage; }
    std::uint64_t bytesDone() const { return m_bytesDone.load(std::memory_order_relaxed); }

protected:
    std::filesystem::path m_path;
    Overview m_overview;
    std::vector<Damage> m_damage;
    Archive::Interest m_interest;
    BundleRoots m_roots;
    std::atomic<std::uint64_t> m_bytesDone{0};
};

/// Of whatever form the path has.
Result<std::unique_ptr<Reader>> makeReader(const std::filesystem::path& path, const Limits& limits);
Result<std::unique_ptr<Reader>> makeCaptureReader(
    std::filesystem::path path, InputFile file, FrameScan scan, const Limits& limits);
/// A tar of any compression, else a bare file of any compression. `within`: only what lies in that folder of the tar,
/// "web1/", is handed out, without it in front; "" = all.
Result<std::unique_ptr<Reader>> makeLibarchiveReader(
    std::filesystem::path path, InputFile file, const Limits& limits, std::string within = {});
Result<std::unique_ptr<Reader>> makeFolderReader(std::filesystem::path path, const Limits& limits);

} // namespace hindcast::archive
