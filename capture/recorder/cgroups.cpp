#include "cgroups.h"

#include "framing/block.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

constexpr std::uint64_t everyTicks = 5;
constexpr std::size_t mostGroups = 2000; // of all hierarchies together
constexpr std::size_t mostTopGroups = 32; // of one hierarchy: where containers lie at the top, they are read in turn
constexpr unsigned mostDepth = 12;
constexpr std::uint64_t groupsPerTurn = 150; // with more of them a turn comes more rarely, so that a tick stays cheap
constexpr std::size_t mostOpenFiles = 48; // kept open at most, and no more than a tenth of what the system allows

std::size_t openFilesAllowed()
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    return static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur / 10, mostOpenFiles));
}

/// Links of a folder: 2 and one for each folder in it, in cgroup's file system as in most (fs/kernfs/inode.c). 0 when
/// it is not there or the file system does not count.
std::uint64_t folderLinks(const Root& root, const std::string& path)
{
    const int descriptor = root.openFile(path.c_str(), O_PATH);
    struct stat status { };
    const bool isKnown = descriptor >= 0 && fstat(descriptor, &status) == 0 && status.st_nlink >= 2;
    if (descriptor >= 0)
        close(descriptor);
    return isKnown ? status.st_nlink : 0;
}

/// ENODEV: a file that was open when its group was removed (kernfs_seq_start).
bool isGone(int errorNumber)
{
    return errorNumber == ENODEV || errorNumber == ENOENT;
}

void appendNumber(std::string& text, std::uint64_t value)
{
    char digits[24];
    const auto [end, failure] = std::to_chars(digits, digits + sizeof digits, value);
    text += ' ';
    text.append(digits, end);
}

} // namespace

Cgroups::Cgroups(const Root& root)
    : m_root(root)
    , m_mostOpenFiles(openFilesAllowed())
{
}

Cgroups::~Cgroups()
{
    for (Hierarchy& hierarchy : m_hierarchies)
        for (auto& [path, group] : hierarchy.groups)
            closeFiles(group);
}

void Cgroups::sample(const TickContext& context, std::string& blocks)
{
    if (context.isLeftOut(Degradation::GlobalsOnly))
        return;
    if (context.pass == Pass::Keyframe && ++m_segment == 1)
        findHierarchies(context.buffer);
    for (Hierarchy& hierarchy : m_hierarchies) {
        if (context.turn != Turn::Burst)
            findGroups(hierarchy, context);
        for (auto& [path, group] : hierarchy.groups)
            sampleGroup(hierarchy, path, group, context, blocks);
        takeLeave(hierarchy, blocks);
    }
    if (context.pass == Pass::Keyframe && !m_hierarchies.empty())
        appendOverview(blocks);
}

/// The mounts of process 1 are those of the host, where another root stands for it.
const char* Cgroups::mountTable() const
{
    return m_root.isRealRoot() ? "/proc/self/mountinfo" : "/proc/1/mountinfo";
}

int Cgroups::readMounts(ReadBuffer& buffer, std::string_view& text) const
{
    const int list = m_root.openFile(mountTable());
    const int failure = list < 0 ? errno : buffer.readWhole(list, text);
    if (list >= 0)
        close(list);
    return failure;
}

void Cgroups::findHierarchies(ReadBuffer& buffer)
{
    std::string_view text;
    if (const int failure = readMounts(buffer, text)) {
        m_mountDenial = {mountTable(), failure, std::nullopt};
        return;
    }
    for (CgroupHierarchy& mount : cgroupHierarchies(text)) {
        Hierarchy hierarchy{std::move(mount), {}, {}, {}};
        hierarchy.files = cgroupFiles(hierarchy.mount);
        hierarchy.failures.resize(hierarchy.files.size());
        if (hierarchy.mount.version == CgroupVersion::Two) {
            hierarchy.mount.controllers = m_root.firstLine((hierarchy.mount.mount + "/cgroup.controllers").c_str());
            std::replace(hierarchy.mount.controllers.begin(), hierarchy.mount.controllers.end(), ' ', ',');
        }
        add(hierarchy, hierarchy.mount.mount, 0);
        m_hierarchies.push_back(std::move(hierarchy));
    }
    if (m_hierarchies.empty())
        m_mountDenial = {"/sys/fs/cgroup", ENOENT, std::nullopt};
}

/// A group is asked for its children when it is its turn and the number of its folders is another one. The children
/// found are added behind it or before it, so new generations may take a turn each; at first all are looked for.
void Cgroups::findGroups(Hierarchy& hierarchy, const TickContext& context)
{
    std::vector<std::pair<std::string, unsigned>> parents;
    const bool isFirst = context.pass == Pass::Keyframe && m_segment == 1;
    for (auto& [path, group] : hierarchy.groups) {
        if (group.depth >= mostDepth || (!isFirst && !context.isTurnOf(everyTicks, group.slot)))
            continue;
        const std::uint64_t links = folderLinks(m_root, path);
        const bool hasRoomNow = group.leftOut > 0 && m_groups < mostGroups;
        if (links != 0 && links == group.folders && !hasRoomNow)
            continue;
        group.folders = links;
        parents.emplace_back(path, group.depth);
    }
    for (const auto& [path, depth] : parents)
        findChildren(hierarchy, path, depth);
}

void Cgroups::findChildren(Hierarchy& hierarchy, const std::string& path, unsigned depth)
{
    const int descriptor = m_root.openFile(path.c_str(), O_DIRECTORY);
    DIR* const folder = descriptor < 0 ? nullptr : fdopendir(descriptor);
    if (!folder)
        return;
    std::vector<std::string> names;
    while (const dirent* entry = readdir(folder))
        if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
            names.emplace_back(entry->d_name);
    closedir(folder);
    std::sort(names.begin(), names.end());
    std::uint64_t leftOut = 0;
    for (const std::string& name : names) {
        const std::string child = path + '/' + name;
        if (hierarchy.groups.contains(child))
            continue;
        if (m_groups >= mostGroups) {
            ++leftOut;
            continue;
        }
        add(hierarchy, child, depth + 1);
        if (depth + 1 < mostDepth) {
            hierarchy.groups[child].folders = folderLinks(m_root, child);
            findChildren(hierarchy, child, depth + 1);
        }
    }
    hierarchy.groups[path].leftOut = leftOut;
}

void Cgroups::add(Hierarchy& hierarchy, const std::string& path, unsigned depth)
{
    Group group;
    group.depth = depth;
    group.isTop = depth <= 1 && hierarchy.topGroups < mostTopGroups;
    hierarchy.topGroups += group.isTop ? 1 : 0;
    group.slot = m_nextSlot++;
    group.files.resize(hierarchy.files.size());
    hierarchy.groups.emplace(path, std::move(group));
    ++m_groups;
}

std::uint64_t Cgroups::leafPeriod() const
{
    return everyTicks * (m_groups / groupsPerTurn + 1);
}

void Cgroups::sampleGroup(
    Hierarchy& hierarchy, const std::string& path, Group& group, const TickContext& context, std::string& blocks)
{
    if (!group.isTop && context.isLeftOut(Degradation::CgroupLeaves))
        return;
    const bool isOwed = group.segment == 0 || (group.isOwed && context.turn != Turn::Burst);
    const bool isTurn = isOwed || context.isTurnOf(group.isTop ? everyTicks : leafPeriod(), group.slot);
    if (!isTurn && !group.isTop)
        return;
    group.isOwed = !group.isTop && context.isSpent(); // then its turn is the next tick that has room
    if (group.isOwed)
        return;
    const bool isFirstInSegment = isTurn && group.segment != m_segment;
    if (isFirstInSegment) {
        group.segment = m_segment;
        for (File& file : group.files)
            file.isSkipped = false;
    }
    bool hasChanged = false;
    for (std::size_t index = 0; index < hierarchy.files.size() && group.goneErrorNumber == 0; ++index) {
        switch (hierarchy.files[index].kind) {
        case CgroupFileKind::Figure:
            hasChanged = readFile(hierarchy, index, path, group, context, blocks) || hasChanged;
            break;
        case CgroupFileKind::Detail: // of a group that nothing happened in they are the same
            if (isTurn && (hasChanged || isFirstInSegment))
                readFile(hierarchy, index, path, group, context, blocks);
            break;
        case CgroupFileKind::Setting:
            if (isFirstInSegment || context.turn == Turn::Triggered)
                readFile(hierarchy, index, path, group, context, blocks);
            break;
        }
    }
}

/// Whether there was another text than the last one, which is then written.
bool Cgroups::readFile(Hierarchy& hierarchy, std::size_t index, const std::string& path, Group& group,
    const TickContext& context, std::string& blocks)
{
    File& file = group.files[index];
    if (file.isSkipped)
        return false;
    m_path = path;
    m_path += '/';
    m_path += hierarchy.files[index].name;
    std::string_view text;
    const std::int64_t begin = monotonicNow();
    const bool wasOpen = file.descriptor >= 0;
    if (!wasOpen)
        file.descriptor = m_root.openFile(m_path.c_str());
    m_openFiles += !wasOpen && file.descriptor >= 0 ? 1 : 0;
    const int failure = file.descriptor < 0 ? errno : context.buffer.readWhole(file.descriptor, text);
    const bool staysOpen = failure == 0 && group.isTop && hierarchy.files[index].kind == CgroupFileKind::Figure
        && m_openFiles <= m_mostOpenFiles;
    if (file.descriptor >= 0 && !staysOpen) {
        close(file.descriptor);
        file.descriptor = -1;
        --m_openFiles;
    }
    if (isGone(failure) && !m_root.exists(path.c_str())) {
        group.goneErrorNumber = failure;
        return false;
    }
    if (failure != 0) {
        file.isSkipped = true;
        file.written.forget();
        if (failure == ENOENT) // no group has all of them
            return false;
        Failure& known = hierarchy.failures[index];
        known = {failure, known.count == 0 ? context.tick : known.tick, known.count + 1};
        framing::appendBlock(blocks, m_path, begin, (monotonicNow() - begin) / 1000, failure, {});
        return false;
    }
    if (!file.written.isNews(m_segment, text))
        return false;
    framing::appendBlock(blocks, m_path, begin, (monotonicNow() - begin) / 1000, 0, text);
    return true;
}

/// One block for each group that is gone, with the path of its folder.
void Cgroups::takeLeave(Hierarchy& hierarchy, std::string& blocks)
{
    for (auto group = hierarchy.groups.begin(); group != hierarchy.groups.end();) {
        if (group->second.goneErrorNumber == 0) {
            ++group;
            continue;
        }
        framing::appendBlock(blocks, group->first, monotonicNow(), 0, group->second.goneErrorNumber, {});
        closeFiles(group->second);
        hierarchy.topGroups -= group->second.isTop ? 1 : 0;
        --m_groups;
        const auto parent = hierarchy.groups.find(group->first.substr(0, group->first.rfind('/')));
        if (parent != hierarchy.groups.end())
            parent->second.folders = 0; // another may have taken its place
        group = hierarchy.groups.erase(group);
    }
}

void Cgroups::closeFiles(Group& group)
{
    for (File& file : group.files) {
        if (file.descriptor < 0)
            continue;
        close(file.descriptor);
        file.descriptor = -1;
        --m_openFiles;
    }
}

void Cgroups::appendOverview(std::string& blocks) const
{
    std::string text = "# version controllers mount groups left_out\n";
    for (const Hierarchy& hierarchy : m_hierarchies) {
        std::uint64_t leftOut = 0;
        for (const auto& [path, group] : hierarchy.groups)
            leftOut += group.leftOut;
        text += hierarchy.mount.version == CgroupVersion::One ? "1 " : "2 ";
        text += hierarchy.mount.controllers.empty() ? "-" : hierarchy.mount.controllers;
        text += ' ';
        framing::appendEscaped(text, hierarchy.mount.mount);
        appendNumber(text, hierarchy.groups.size());
        appendNumber(text, leftOut);
        text += '\n';
    }
    framing::appendBlock(blocks, "hindcast/cgroups", monotonicNow(), 0, 0, text);
}

/// Each file once for all groups of a hierarchy, with the number of times.
void Cgroups::addDenials(std::vector<Denial>& denials) const
{
    if (m_mountDenial.errorNumber != 0)
        denials.push_back(m_mountDenial);
    for (const Hierarchy& hierarchy : m_hierarchies)
        for (std::size_t index = 0; index < hierarchy.files.size(); ++index)
            if (const Failure& failure = hierarchy.failures[index]; failure.errorNumber != 0)
                denials.push_back({hierarchy.mount.mount + "/*/" + hierarchy.files[index].name, failure.errorNumber,
                    failure.tick, failure.count});
}

void Cgroups::addIntentions(std::vector<std::string>& lines) const
{
    lines.emplace_back("control groups of the hierarchies in /proc/self/mountinfo: root and top level every tick, all "
                       "others every 5 ticks or more rarely, in each folder the files");
    for (const CgroupVersion version : {CgroupVersion::Two, CgroupVersion::One}) {
        const CgroupHierarchy any{"", version, "cpuacct,cpu,cpuset,memory,blkio,pids,freezer"};
        std::string line = version == CgroupVersion::Two ? "  version 2:" : "  version 1:";
        for (const CgroupFile& file : cgroupFiles(any))
            line.append(" ").append(file.name);
        lines.push_back(std::move(line));
    }
    ReadBuffer buffer;
    std::string_view text;
    if (readMounts(buffer, text) != 0)
        return;
    for (const CgroupHierarchy& mount : cgroupHierarchies(text))
        lines.push_back("  now below " + mount.mount + "/**");
}

} // namespace hindcast::recorder
