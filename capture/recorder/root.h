// Root: the file system that is recorded; "/" or, for tests, a folder that stands for it.
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
    const std::string& folder() const { return m_folder; }
    int descriptor() const { return m_descriptor; }

    /// A descriptor for reading; -1 with errno. `path` is absolute, as recorded.
    int openFile(const char* path, int flags = 0) const;
    bool exists(const char* path) const;
    /// Without its newline; "" when there is none to read.
    std::string firstLine(const char* path) const;
    /// The paths that match, sorted by name; `pattern` itself when it holds no '*'.
    std::vector<std::string> matches(const std::string& pattern) const;

private:
    void expand(const std::string& folder, std::string_view rest, std::vector<std::string>& found) const;

    std::string m_folder;
    int m_descriptor = -1;
};

} // namespace hindcast::recorder
