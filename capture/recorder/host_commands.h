// HostCommands: what only another program knows: how well the clock is kept, what the firewall dropped, which
// containers run. Once after the start and again at a trigger, one after the other, niced and with a deadline.
#pragma once

#include "helper.h"
#include "options.h"
#include "root.h"
#include "source.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hindcast::recorder {

class Events;

struct HostCommand {
    std::string name; ///< of its block, tools/<name>
    std::vector<std::string> words;
    std::int64_t patienceNanoseconds;
};
/// Those that are installed and would tell something without changing anything: none loads a module of the kernel or
/// asks anything over a network.
std::vector<HostCommand> hostCommands(const Root& root);

class HostCommands final : public Source {
public:
    HostCommands(const Options& options, const Root& root, StuckHelpers& stuck, Events& events);

    const char* name() const override { return "commands"; }
    /// Takes the answer of the one that runs, and begins the next one.
    void sample(const TickContext& context, std::string& blocks) override;
    void addDenials(std::vector<Denial>& denials) const override;
    void addIntentions(std::vector<std::string>& lines) const override;

private:
    void takeAnswer(std::uint64_t tick, std::string& blocks);

    const Root& m_root;
    Events& m_events;
    bool m_isAllowed;
    bool m_hasRun = false;
    Helper m_helper;
    std::vector<HostCommand> m_waiting; ///< the last is the next one
    HostCommand m_running;
    std::vector<Denial> m_denials;
};

} // namespace hindcast::recorder
