#include "root.h"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
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
    return m_descriptor < 0 ? errno : 0;
}

int Root::openFile(const char* path, int flags) const
{
    return openat(m_descriptor, relative(path), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags);
}

bool Root::exists(const char* path) const
{
    return faccessat(m_descriptor, relative(path), F_OK, 0) == 0;
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

} // namespace hindcast::recorder
