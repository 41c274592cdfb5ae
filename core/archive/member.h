// Part and Member: the units in which an archive hands out its bytes.
#pragma once

#include "framing/index_frame.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::archive {

/// A growing buffer that is not filled with zeros first and never grows past its limit.
class Bytes {
public:
    /// Room for at least `size` bytes in all; false past the limit. Throws bad_alloc.
    bool reserve(std::size_t size, std::size_t limit);
    char* data() { return m_data.get(); }
    std::string_view view() const { return {m_data.get(), m_size}; }
    std::size_t size() const { return m_size; }
    std::size_t capacity() const { return m_capacity; }
    /// Precondition: size <= capacity(); the bytes up to it have been written.
    void setSize(std::size_t size) { m_size = size; }

private:
    std::unique_ptr<char[]> m_data;
    std::size_t m_size = 0;
    std::size_t m_capacity = 0;
};

/// One file of the archive. `bytes` points into its Part.
struct Member {
    std::string path; ///< as stored: "seg/3/t/000181.txt"
    std::string_view bytes;
    std::int64_t modified = 0; ///< seconds since the epoch; 0 = not known
    std::uint64_t size = 0; ///< of the whole; more than `bytes` when only the beginning of a loose file was of interest
};

/// What is lost or wrong at a place of the input.
struct Damage {
    std::uint64_t offset = 0; ///< in the file on disk
    std::string member; ///< "" when no member is concerned
    std::string what; ///< "the frame's checksum disagrees", "cut after 17 ticks"
    bool isLoss = true; ///< false: worth knowing, nothing is missing (no closing frame)
};

/// A symbolic link that says something by where it leads.
struct Link {
    std::string path, target;
};
/// "etc/localtime": the host's time zone.
bool saysSomething(std::string_view linkPath);

/// What is decoded at a time: one frame of a capture, one segment folder, one bare file. Movable, not copyable.
struct Part {
    std::size_t ordinal = 0;
    std::deque<Bytes> buffers; ///< own the bytes of `members`
    std::vector<Member> members; ///< whole ones only, paths checked; ticks whose checksum disagrees are left out
    std::vector<Damage> damage;
    std::vector<Link> links;
    std::optional<framing::IndexRecord> index;
    std::shared_ptr<void> permit; ///< given back with the part: only so many large files are held at a time
    bool isWhole = true; ///< everything the part once held is in `members`
    std::uint64_t wholeTicks = 0, corruptTicks = 0;

    void lose(std::uint64_t offset, std::string member, std::string what)
    {
        isWhole = false;
        damage.push_back({offset, std::move(member), std::move(what), true});
    }
};

} // namespace hindcast::archive
