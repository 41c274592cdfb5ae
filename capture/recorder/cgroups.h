// Cgroups: what the control groups use, wait for and are limited to, as the raw text of their files. The root and the
// groups below it are read every tick, all others in turn.
#pragma once

#include "cgroup_files.h"
#include "root.h"
#include "source.h"
#include "written_text.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hindcast::recorder {

class Cgroups final : public Source {
public:
    explicit Cgroups(const Root& root);
    ~Cgroups() override;

    const char* name() const override { return "cgroups"; }
    void sample(const TickContext& context, std::string& blocks) override;
    void addDenials(std::vector<Denial>& denials) const override;
    void addIntentions(std::vector<std::string>& lines) const override;

private:
    struct File {
        WrittenText written;
        int descriptor = -1; ///< only of what is read every tick
        bool isSkipped = false; ///< not there, or denied: not asked again within the segment
    };
    struct Group {
        unsigned depth = 0;
        bool isTop = false; ///< read every tick
        bool isOwed = false; ///< left out at its turn, because the tick had cost enough
        std::uint64_t slot = 0; ///< spreads the groups over the ticks
        std::uint64_t folders = 0; ///< links of its folder when its children were last looked for; 0 = look
        std::uint64_t segment = 0; ///< in which it was last read as a whole
        std::uint64_t leftOut = 0; ///< its children beyond the most groups that are read
        std::vector<File> files; ///< as in Hierarchy::files
        int goneErrorNumber = 0;
    };
    struct Failure {
        int errorNumber = 0;
        std::uint64_t tick = 0, count = 0;
    };
    struct Hierarchy {
        CgroupHierarchy mount;
        std::vector<CgroupFile> files;
        std::vector<Failure> failures; ///< per file, of all groups
        std::map<std::string, Group> groups; ///< by the path of their folder
        std::size_t topGroups = 0;
    };

    const char* mountTable() const;
    int readMounts(ReadBuffer& buffer, std::string_view& text) const;
    void findHierarchies(ReadBuffer& buffer);
    void findGroups(Hierarchy& hierarchy, const TickContext& context);
    void findChildren(Hierarchy& hierarchy, const std::string& path, unsigned depth);
    void add(Hierarchy& hierarchy, const std::string& path, unsigned depth);
    void sampleGroup(
        Hierarchy& hierarchy, const std::string& path, Group& group, const TickContext& context, std::string& blocks);
    bool readFile(Hierarchy& hierarchy, std::size_t index, const std::string& path, Group& group,
        const TickContext& context, std::string& blocks);
    void takeLeave(Hierarchy& hierarchy, std::string& blocks);
    void closeFiles(Group& group);
    void appendOverview(std::string& blocks) const;
    std::uint64_t leafPeriod() const;

    const Root& m_root;
    std::size_t m_mostOpenFiles;
    std::vector<Hierarchy> m_hierarchies;
    std::uint64_t m_segment = 0, m_nextSlot = 0, m_groups = 0;
    std::size_t m_openFiles = 0;
    Denial m_mountDenial;
    std::string m_path; ///< of the file being read
};

} // namespace hindcast::recorder
