// Ring: the folder of a flight recorder. Each of its files is a part of a capture that needs none of the others, so the
// oldest can be dropped at any time, and `cat FOLDER/*` is a capture.
#pragma once

#include "framing/capture_writer.h"
#include "helper.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace hindcast::recorder {

class Ring {
public:
    struct Limits {
        std::uint64_t bytes = 0; ///< 0 = none
        std::int64_t nanoseconds = 0; ///< 0 = none
    };
    /// When the ticks of a file were taken, on CLOCK_MONOTONIC, and how many there are.
    struct Span {
        std::int64_t first = 0, last = 0;
        std::uint64_t ticks = 0;
    };
    struct File {
        std::string name; ///< within the folder
        std::uint64_t bytes = 0;
        Span span; ///< no ticks: what was recorded at the start, which is never dropped
        framing::PartIndex index;
    };
    /// What ends a frame behind its last tick: a block, a checksum, an index record.
    static constexpr std::uint64_t reserve = 4096;

    enum class Existing { Keep, Replace };
    enum class Durability { Forced, Left }; ///< to the disk, by another process; to the system

    Ring(std::string folder, Limits limits, Durability durability);
    ~Ring();
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    /// Makes the folder. An exit status; what is wrong has been said.
    /// `begun`: the file that a killed recorder may have moved the oldest of it to; "" = none.
    int open(Existing existing, const std::string& begun);

    /// These return 0 or an errno. EFBIG: with all else dropped there would be no room for it; nothing was dropped.
    int write(std::string_view bytes);
    /// Creates the file that is written from the next seal() on; until then the open one is.
    int prepare(const std::string& name);
    /// Ends the open file, if any. It gets its final name a moment later, when it is on the disk.
    int seal(const Span& span, framing::PartIndex index);
    /// Takes notice of what is on the disk by now. Does not wait.
    void tend();
    /// errno of what the disk did not take of a file that has ended, 0 = nothing since it was asked last.
    int takeFailure() { return std::exchange(m_failure, 0); }

    void markValid() { m_validLength = m_openLength; }
    void cutToValid();
    /// Of the open file; -1 when there is none.
    int descriptor() const { return m_open.descriptor; }
    /// What can be written without dropping the file being written; the largest number when the size has no limit.
    std::uint64_t room() const;

    /// Drops what is not needed to cover the time from the limit until now, and from `kept` on; all on CLOCK_MONOTONIC.
    int dropOld(std::int64_t now, std::optional<std::int64_t> kept);

    /// Of the files that end before `kept`: their bytes, and dropping the oldest of them until it is so many.
    std::uint64_t droppableBytes(std::optional<std::int64_t> kept) const;
    int drop(std::uint64_t bytes, std::optional<std::int64_t> kept);

    /// Oldest first, the open one not included.
    const std::deque<File>& files() const { return m_files; }
    /// A descriptor to read a file, or -1 with errno set.
    int openFile(const File& file) const;
    /// Of the first file, which has been copied elsewhere.
    int dropFirst();
    /// Of those with ticks; nothing when there are none.
    int dropOldest();
    std::uint64_t bytes() const { return m_bytes; }
    const std::string& folder() const { return m_folder; }
    /// Drops everything, and the folder when it was made here.
    void remove();

private:
    class Sealing;

    struct OpenFile {
        std::string name; ///< without .part
        int descriptor = -1;
    };

    int makeFolder();
    int takeLeftovers(Existing existing, const std::string& begun);
    int makeRoom(std::uint64_t bytes);
    int drop(std::size_t place);
    bool hasTicks(std::size_t place) const { return m_files[place].span.ticks > 0; }
    std::size_t oldest() const;
    void closeFile();
    void sealFiles();
    int unlink(const std::string& name) const;

    std::string m_folder;
    Limits m_limits;
    Durability m_durability;
    StuckHelpers m_stuck; ///< its own: what hangs elsewhere does not keep files from the disk
    Helper m_helper;
    std::deque<std::string> m_unsealed; ///< names of files that still end in .part
    std::size_t m_sealing = 0; ///< of these, by the helper
    int m_folderDescriptor = -1;
    bool m_isFolderOurs = false;
    std::deque<File> m_files;
    std::uint64_t m_bytes = 0; ///< of all files, the open one included
    OpenFile m_open, m_next;
    int m_failure = 0;
    std::uint64_t m_openLength = 0, m_validLength = 0;
};

} // namespace hindcast::recorder
