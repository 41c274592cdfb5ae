// Root: the file system that is recorded; "/" or a folder that stands for it. Symbolic links in such a folder mean what
// they would if it were "/", and none leads out of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hindcast::recorder {

class Root {
public:
    Root() = default;
    ~Root();
    Root(const Root&) = delete;
    Root& operator=(const Root&) = delete;

    /// 0 or errno.
    int open(const std::string& folder);
    bool isRealRoot() const { return m_folder == "/"; }
    /// Whether its /proc is that of this kernel: then the kernel may be asked by other ways than files, too.
    bool hasLiveProc() const;
    /// For a child process that keeps nothing else open.
    int descriptor() const { return m_descriptor; }

    /// A descriptor for reading; -1 with errno. `path` is absolute, as recorded.
    int openFile(const char* path, int flags = 0) const;
    bool exists(const char* path) const;
    /// What the symbolic link says; "" when it is none.
    std::string linkTarget(const std::string& path) const;
    /// Without its newline; "" when there is none to read.
    std::string firstLine(const char* path) const;
    /// The paths that match, sorted by name; `pattern` itself when it holds no '*'.
    std::vector<std::string> matches(const std::string& pattern) const;

private:
    int openConfined(const char* path, int flags) const;
    void expand(const std::string& folder, std::string_view rest, std::vector<std::string>& found) const;

    std::string m_folder;
    int m_descriptor = -1;
    bool m_kernelConfines = false; ///< it has openat2 (Linux 5.6)
};

} // namespace hindcast::recorder
