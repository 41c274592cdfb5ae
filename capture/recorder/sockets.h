// Sockets: the TCP and UDP sockets of the recorder's network namespace, asked of sock_diag now and then (block
// hindcast/sockets), or read from /proc/net/tcp where that is refused.
#pragma once

#include "root.h"
#include "source.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hindcast::recorder {

class Sockets final : public Source {
public:
    /// `everyTicks` 0 = never. A root that is not this system's is not asked by sock_diag, which knows no roots: its
    /// files are read.
    Sockets(const Root& root, std::uint64_t everyTicks);
    ~Sockets() override;

    const char* name() const override { return "sockets"; }
    /// Appends the block, when the tick is one of those that have it.
    void sample(const TickContext& context, std::string& blocks) override;
    void addDenials(std::vector<Denial>& denials) const override;

private:
    enum class Way { SockDiag, Files };

    int dump(std::string& text);
    void sampleFiles(std::uint64_t tick, ReadBuffer& buffer, std::string& blocks);
    void deny(const char* path, int errorNumber, std::uint64_t tick);

    const Root& m_root;
    std::uint64_t m_everyTicks;
    std::uint64_t m_nextTick = 0;
    Way m_way = Way::SockDiag;
    std::string m_text; ///< of one dump; kept, so that its memory is asked for once
    std::vector<char> m_messages; ///< what recvmsg fills
    std::vector<Denial> m_denials;
};

} // namespace hindcast::recorder
