// Output: where a report goes. Collects text and hands it to a FILE in large pieces; remembers when that failed, so
// that a full disk or a closed pipe is never a silent success.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace hindcast::report {

class Output {
public:
    explicit Output(std::FILE* file)
        : m_file(file)
    {
    }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    ~Output() { flush(); }

    void write(std::string_view text)
    {
        m_pending += text;
        if (m_pending.size() >= pieceSize)
            flush();
    }
    std::string& buffer() { return m_pending; } ///< to append to directly; call write("") now and then
    /// False once anything could not be written.
    bool flush()
    {
        if (!m_pending.empty() && std::fwrite(m_pending.data(), 1, m_pending.size(), m_file) != m_pending.size())
            m_hasFailed = true;
        m_pending.clear();
        if (std::fflush(m_file) != 0)
            m_hasFailed = true;
        return !m_hasFailed;
    }

private:
    static constexpr std::size_t pieceSize = 1 << 18;
    std::FILE* m_file;
    std::string m_pending;
    bool m_hasFailed = false;
};

} // namespace hindcast::report
