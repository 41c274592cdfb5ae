// TriggerWatch: the expressions of --trigger, evaluated on the text of every tick. It says which of them fires and with
// what value; what a firing leads to is the flight recorder's business.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::recorder {

/// Runs the shell commands of command("…") beside the tick, never in its way.
class CommandRunner {
public:
    enum class State { Running, Ended, TimedOut, Failed };

    virtual ~CommandRunner() = default;
    /// Starts `command` by /bin/sh and returns at once. A command that runs longer than the timeout is killed.
    /// out  what poll() is asked with, 0 or more; -1 when it cannot be started now
    virtual int start(const std::string& command, std::int64_t timeoutNanoseconds) = 0;
    /// After any answer but Running the number is no longer valid.
    /// exitStatus  set when Ended, 0 to 255: as a shell has it, so 128 + the signal's number for a command it killed
    virtual State poll(int run, int& exitStatus) = 0;
};

class TriggerWatch {
public:
    /// `runner` runs the commands and outlives this; without one, command("…") is refused.
    explicit TriggerWatch(CommandRunner* runner = nullptr);
    ~TriggerWatch();
    TriggerWatch(const TriggerWatch&) = delete;
    TriggerWatch& operator=(const TriggerWatch&) = delete;

    /// Nothing, or why the text cannot be a trigger: two lines, the second with a caret below the place in the first.
    std::optional<std::string> add(const std::string& expression);
    bool isEmpty() const;
    /// Whether an expression counts sockets, which are listed at every --socket-ticks only.
    bool needsSockets() const;
    /// The logs that are read, and the commands that are run: for --dry-run.
    std::vector<std::string> logPaths() const;
    std::vector<std::string> commands() const;

    struct Firing {
        std::string expression; ///< as it was given
        std::string reason; ///< "load.1 = 9.2 for 10 s"
    };
    /// The first expression that holds, at every tick in which it does: pauses between bundles are the caller's.
    /// blocks                 of the tick just recorded, with or without its end line
    /// monotonicNanoseconds   of that tick
    /// intervalNanoseconds    between two ticks; after more than three of them without a sample, "for" begins anew
    std::optional<Firing> evaluate(
        std::string_view blocks, std::int64_t monotonicNanoseconds, std::int64_t intervalNanoseconds);
    /// After a bundle: durations begin anew.
    void reset();
    /// What the user should be told, each once and one sentence each: a log that is not there, a source that this
    /// machine does not have. Empty most of the time; to be asked after evaluate().
    std::vector<std::string> takeRemarks();

private:
    struct Watched;
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace hindcast::recorder
