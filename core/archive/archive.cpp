#include "archive/archive.h"

#include "archive/frame_scan.h"
#include "archive/reader.h"
#include "archive/unpacker.h"

namespace hindcast::archive {
namespace {

/// Cheap first question, so that a 10 GB pcap is not walked for zstd blocks.
bool beginsLikeZstd(const InputFile& file)
{
    const std::string magic = file.read(0, 4);
    if (magic.size() < 4)
        return false;
    const std::uint32_t value = framing::readLittleEndian32(magic.data());
    return value == framing::zstdFrameMagic || value == framing::indexFrameMagic;
}

/// A capture whose first bytes are damaged still holds index records further on.
bool holdsIndexTag(const InputFile& file)
{
    constexpr std::size_t searched = 4 << 20;
    return file.read(0, searched).find(framing::indexTag) != std::string::npos;
}

} // namespace

namespace {

/// The file in which a path goes on: "all.tar.gz" of "all.tar.gz/web1". Empty when no file is on the way.
std::filesystem::path fileOnTheWay(const std::filesystem::path& path)
{
    std::error_code failure;
    std::filesystem::path above = path;
    while (above.has_relative_path() && above.has_parent_path() && !std::filesystem::exists(above, failure))
        above = above.parent_path();
    return above != path && std::filesystem::is_regular_file(above, failure) ? above : std::filesystem::path();
}

Result<std::unique_ptr<Reader>> makeReaderWithin(
    const std::filesystem::path& archive, const std::filesystem::path& path, const Limits& limits)
{
    auto file = InputFile::open(archive);
    if (!file)
        return file.error();
    return makeLibarchiveReader(
        path, std::move(*file), limits, path.lexically_relative(archive).generic_string() + '/');
}

} // namespace

Result<std::unique_ptr<Reader>> makeReader(const std::filesystem::path& path, const Limits& limits)
{
    std::error_code failure;
    if (path != "-" && std::filesystem::is_directory(path, failure))
        return makeFolderReader(path, limits);
    const auto archive = path == "-" ? std::filesystem::path() : fileOnTheWay(path);
    if (!archive.empty())
        return makeReaderWithin(archive, path, limits);
    auto file = InputFile::open(path);
    if (!file)
        return file.error();
    constexpr std::size_t looked = 512;
    const bool isAnotherArchive = beginsPacked(file->read(0, looked)); // which may hold a capture as it is
    if (beginsLikeZstd(*file) || (!isAnotherArchive && holdsIndexTag(*file))) {
        FrameScan scan = scanFrames(*file);
        if (scan.hasIndex)
            return makeCaptureReader(path, std::move(*file), std::move(scan), limits);
    }
    return makeLibarchiveReader(path, std::move(*file), limits);
}

Result<Archive> Archive::open(const std::filesystem::path& path, const Limits& limits)
{
    try {
        auto reader = makeReader(path, limits);
        if (!reader)
            return reader.error();
        return Archive(std::move(*reader));
    } catch (const std::bad_alloc&) {
        return Error{"not enough memory to open it", path.string()};
    } catch (const std::exception& failure) { // file system errors of libraries: nothing thrown leaves core
        return Error{failure.what(), path.string()};
    }
}

Archive::Archive(std::unique_ptr<Reader> reader)
    : m_reader(std::move(reader))
{
}

Archive::Archive(Archive&&) noexcept = default;
Archive& Archive::operator=(Archive&&) noexcept = default;
Archive::~Archive() = default;

const std::filesystem::path& Archive::path() const
{
    return m_reader->path();
}
const Overview& Archive::overview() const
{
    return m_reader->overview();
}
const std::vector<Damage>& Archive::damage() const
{
    return m_reader->damage();
}
std::optional<Part> Archive::next(Detail detail, std::stop_token stop)
{
    return m_reader->next(detail, stop);
}
void Archive::setInterest(Interest interest)
{
    m_reader->setInterest(std::move(interest));
}
std::vector<std::filesystem::path> Archive::hosts() const
{
    std::vector<std::filesystem::path> paths;
    for (const std::string& root : m_reader->roots().hosts())
        paths.push_back(root.empty() ? path() : path() / root.substr(0, root.size() - 1));
    return paths;
}
std::vector<std::string> Archive::besideHosts() const
{
    return m_reader->roots().beside();
}
void Archive::rewind()
{
    m_reader->rewind();
}
std::uint64_t Archive::bytesDone() const
{
    return m_reader->bytesDone();
}

} // namespace hindcast::archive
