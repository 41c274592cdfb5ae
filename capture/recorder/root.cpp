#include "root.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/openat2.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

/// openat() takes a path relative to the root; "/" itself is ".".
const char* relative(const char* path)
{
    while (*path == '/')
        ++path;
    return *path == '\0' ? "." : path;
}

/// man 2 openat2. RESOLVE_IN_ROOT treats "/" and ".." as chroot would.
int openInRoot(int root, const char* path, int flags)
{
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags);
    how.resolve = RESOLVE_IN_ROOT;
    return static_cast<int>(syscall(SYS_openat2, root, path, &how, sizeof how));
}

/// The same for older kernels: one component at a time, none of them followed by the kernel when it is a link.
class Walk {
public:
    explicit Walk(int root)
        : m_root(root)
    {
    }
    ~Walk() { toRoot(); }
    Walk(const Walk&) = delete;
    Walk& operator=(const Walk&) = delete;

    /// -1 with errno.
    int open(const char* path, int flags)
    {
        std::string rest = path;
        while (takeComponent(rest)) {
            if (m_component == "..") {
                leaveFolder();
                continue;
            }
            char target[PATH_MAX];
            const ssize_t length = readlinkat(folder(), m_component.c_str(), target, sizeof target);
            if (length >= 0) {
                if (++m_links > mostLinks)
                    return refuse(ELOOP);
                if (length == sizeof target)
                    return refuse(ENAMETOOLONG);
                follow({target, static_cast<std::size_t>(length)}, rest);
                continue;
            }
            if (errno != EINVAL) // EINVAL: there, and no link
                return -1;
            if (rest.empty())
                return openat(folder(), m_component.c_str(), flags | O_NOFOLLOW);
            const int next = openat(folder(), m_component.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            if (next < 0)
                return -1;
            m_folders.push_back(next);
        }
        return openat(folder(), ".", flags);
    }

private:
    static constexpr int mostLinks = 40; // the kernel's own limit, man 7 path_resolution

    int folder() const { return m_folders.empty() ? m_root : m_folders.back(); }

    static int refuse(int errorNumber)
    {
        errno = errorNumber;
        return -1;
    }

    /// The next component that is not "."; false at the end.
    bool takeComponent(std::string& rest)
    {
        do {
            const auto begin = rest.find_first_not_of('/');
            if (begin == std::string::npos)
                return false;
            const auto end = std::min(rest.find('/', begin), rest.size());
            m_component = rest.substr(begin, end - begin);
            rest.erase(0, end);
        } while (m_component == ".");
        return true;
    }

    void follow(std::string_view target, std::string& rest)
    {
        if (target.starts_with('/'))
            toRoot();
        rest.insert(0, target);
    }

    void leaveFolder()
    {
        if (m_folders.empty())
            return; // the root is its own parent
        close(m_folders.back());
        m_folders.pop_back();
    }

    void toRoot()
    {
        while (!m_folders.empty())
            leaveFolder();
    }

    int m_root;
    int m_links = 0;
    std::string m_component;
    std::vector<int> m_folders; ///< below the root, down to where we are
};

} // namespace

Root::~Root()
{
    if (m_descriptor >= 0)
        close(m_descriptor);
}

int Root::open(const std::string& folder)
{
    m_folder = folder;
    m_descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (m_descriptor < 0)
        return errno;
    const int probe = openInRoot(m_descriptor, ".", O_PATH | O_CLOEXEC);
    m_kernelConfines = probe >= 0; // ENOSYS before Linux 5.6; some containers' filters say EPERM
    if (probe >= 0)
        close(probe);
    return 0;
}

int Root::openFile(const char* path, int flags) const
{
    // openat2 refuses O_PATH together with flags that mean nothing to it.
    const int allFlags =
        (flags & O_PATH) != 0 ? flags | O_CLOEXEC : O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags;
    return isRealRoot() ? openat(m_descriptor, relative(path), allFlags) : openConfined(relative(path), allFlags);
}

int Root::openConfined(const char* path, int flags) const
{
    if (m_kernelConfines) {
        const int descriptor = openInRoot(m_descriptor, path, flags);
        if (descriptor >= 0 || errno != EAGAIN) // EAGAIN: something was renamed while ".." was looked up
            return descriptor;
    }
    return Walk(m_descriptor).open(path, flags);
}

bool Root::exists(const char* path) const
{
    if (isRealRoot())
        return faccessat(m_descriptor, relative(path), F_OK, 0) == 0;
    const int descriptor = openConfined(relative(path), O_PATH | O_CLOEXEC);
    if (descriptor >= 0)
        close(descriptor);
    return descriptor >= 0;
}

std::string Root::linkTarget(const std::string& path) const
{
    const auto slash = path.rfind('/');
    const int folder = openFile(path.substr(0, slash + 1).c_str(), O_DIRECTORY);
    if (folder < 0)
        return {};
    char target[PATH_MAX];
    const ssize_t length = readlinkat(folder, path.c_str() + slash + 1, target, sizeof target);
    close(folder);
    return length > 0 ? std::string(target, static_cast<std::size_t>(length)) : std::string();
}

std::string Root::firstLine(const char* path) const
{
    const int descriptor = openFile(path);
    if (descriptor < 0)
        return {};
    char text[256];
    const ssize_t length = read(descriptor, text, sizeof text);
    close(descriptor);
    const std::string_view whole(text, length > 0 ? static_cast<std::size_t>(length) : 0);
    return std::string(whole.substr(0, whole.find('\n')));
}

std::vector<std::string> Root::matches(const std::string& pattern) const
{
    if (pattern.find('*') == std::string::npos)
        return {pattern};
    std::vector<std::string> found;
    expand("", std::string_view(pattern).substr(1), found);
    std::sort(found.begin(), found.end());
    return found;
}

/// Replaces the first component of `rest` by every name that matches it, and goes on with the remainder.
void Root::expand(const std::string& folder, std::string_view rest, std::vector<std::string>& found) const
{
    const auto slash = rest.find('/');
    const std::string component(rest.substr(0, slash));
    const std::string_view remainder = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    std::vector<std::string> names;
    if (component.find('*') == std::string::npos) {
        names.push_back(component);
    } else {
        const int descriptor = openFile((folder + "/").c_str(), O_DIRECTORY);
        DIR* directory = descriptor < 0 ? nullptr : fdopendir(descriptor);
        if (!directory)
            return;
        while (const dirent* entry = readdir(directory))
            if (fnmatch(component.c_str(), entry->d_name, FNM_PERIOD) == 0)
                names.emplace_back(entry->d_name);
        closedir(directory);
    }
    for (const std::string& name : names) {
        const std::string path = folder + '/' + name;
        if (!remainder.empty())
            expand(path, remainder, found);
        else if (exists(path.c_str()))
            found.push_back(path);
    }
}

bool Root::hasLiveProc() const
{
    constexpr long procMagic = 0x9fa0; // linux/magic.h, PROC_SUPER_MAGIC
    if (isRealRoot())
        return true;
    const int descriptor = openFile("/proc/", O_DIRECTORY);
    struct statfs status { };
    const bool isLive = descriptor >= 0 && fstatfs(descriptor, &status) == 0 && status.f_type == procMagic;
    if (descriptor >= 0)
        close(descriptor);
    return isLive;
}

} // namespace hindcast::recorder
