// TickSources: the system-wide files that are read every tick or every few, and those read at a trigger. Files that
// come and go (disks, interfaces, memory nodes) are looked for again.
#pragma once

#include "root.h"
#include "source.h"
#include "source_table.h"
#include "written_text.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::recorder {

class TickSources final : public Source {
public:
    explicit TickSources(const Root& root);
    ~TickSources() override;

    const char* name() const override { return "system"; }
    /// Appends a block for each file whose turn it is. Of those read every few ticks: only when it changed.
    void sample(const TickContext& context, std::string& blocks) override;
    /// The sources that could not be read at the last attempt.
    void addDenials(std::vector<Denial>& denials) const override;
    /// CPUs in use, counted in the last text of /proc/stat of a keyframe; 0 = not known.
    unsigned cpus() const { return m_cpus; }
    /// "btime" of the same; 0 = not known.
    std::int64_t bootTimeSeconds() const { return m_bootTimeSeconds; }

private:
    struct File {
        std::string path;
        int descriptor = -1;
        int errorNumber = 0;
        std::uint64_t failedTick = 0;
        WrittenText written{};
    };
    struct Entry {
        const SourceEntry* source;
        std::uint64_t offset; ///< spreads those of one period over the ticks
        bool isPattern;
        bool namesDevices; ///< its number of lines changes when disks, interfaces or CPUs come and go
        std::vector<File> files;
        std::uint64_t leftOut = 0; ///< matches beyond those that are read
        std::ptrdiff_t lines = -1;
    };

    bool isDue(const Entry& entry, const TickContext& context) const;
    void findFiles();
    void findFiles(Entry& entry);
    void readEntry(Entry& entry, const TickContext& context, std::string& blocks);
    void readFile(Entry& entry, File& file, const TickContext& context, std::string& blocks);
    int read(const Entry& entry, File& file, ReadBuffer& buffer, std::string_view& text) const;
    void noteText(Entry& entry, const File& file, std::string_view text, Pass pass);
    void noteSystem(std::string_view procStat);

    const Root& m_root;
    std::vector<Entry> m_entries;
    std::uint64_t m_segment = 0; ///< keyframes so far
    bool m_hasNewDevices = false;
    unsigned m_cpus = 0;
    std::int64_t m_bootTimeSeconds = 0;
};

} // namespace hindcast::recorder
