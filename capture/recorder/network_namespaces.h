// NetworkNamespaces: traffic and protocol counters of the other network namespaces (containers), through one process
// of each, because they can only be seen from inside.
#pragma once

#include "root.h"
#include "source.h"
#include "written_text.h"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hindcast::recorder {

class NetworkNamespaces final : public Source {
public:
    explicit NetworkNamespaces(const Root& root)
        : m_root(root)
    {
    }

    const char* name() const override { return "namespaces"; }
    void sample(const TickContext& context, std::string& blocks) override;
    /// Processes whose namespace may not be known.
    void addDenials(std::vector<Denial>& denials) const override;
    void addIntentions(std::vector<std::string>& lines) const override;

private:
    static constexpr std::size_t filesEach = 4;
    struct Namespace {
        std::string inode; ///< "4026532178"
        std::int64_t pid = 0; ///< of the process that shows it; 0 = it has ended
        std::vector<std::int64_t> others; ///< some more that would
        std::array<WrittenText, filesEach> written{};
    };

    void search(std::uint64_t tick);
    std::map<std::string, std::vector<std::int64_t>> processesByNamespace(int folder, std::uint64_t tick);
    void replaceEnded(int folder, std::uint64_t tick);
    void readFiles(Namespace& space, const TickContext& context, std::string& blocks);
    void noteFailure(const std::string& path, int errorNumber, std::uint64_t tick);
    void appendList(std::string& blocks);

    const Root& m_root;
    std::vector<Namespace> m_namespaces;
    std::uint64_t m_segment = 0, m_nextSearch = 0, m_nextEarlySearch = 0, m_leftOut = 0;
    WrittenText m_listed;
    Denial m_denial; ///< of the processes, counted
    std::vector<Denial> m_unread; ///< files of namespaces at their last turn, counted
};

} // namespace hindcast::recorder
