// SlowSources: system-wide figures whose answer may take long: queueing disciplines, the counters of network cards,
// temperatures and other files of drivers. Asked in a process of its own; a tick takes the answers that are there.
#pragma once

#include "questions.h"
#include "source.h"
#include "written_text.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::recorder {

class Events;

class SlowSources final : public Source {
public:
    SlowSources(const Root& root, StuckHelpers& stuck, Events& events);

    const char* name() const override { return "slow"; }
    /// Begins to ask, before the first tick, so that it has the answers.
    void start();
    void sample(const TickContext& context, std::string& blocks) override;
    void addDenials(std::vector<Denial>& denials) const override;
    void addIntentions(std::vector<std::string>& lines) const override;

private:
    struct Answered {
        WrittenText written{};
        int errorNumber = 0; ///< not asked again before the next segment
        std::uint64_t failedTick = 0;
        std::uint64_t segment = 0; ///< of the last answer
    };

    enum class Round { Due, Everything };
    void ask(Round round, std::uint64_t tick);
    std::vector<Question> questions(Round round);
    void addQuestion(std::vector<Question>& questions, Question question) const;
    void forgetWhatIsGone();
    void collect(std::uint64_t tick, std::string& blocks);
    void takeAnswer(std::string_view path, int errorNumber, std::string_view body, std::uint64_t tick, bool& isNews);

    const Root& m_root;
    Events& m_events;
    bool m_isLive;
    Inquiry m_inquiry;
    std::map<std::string, Answered, std::less<>> m_answered; ///< by path
    std::uint64_t m_segment = 0, m_nextTick = 0, m_round = 0;
    std::int64_t m_begin = 0; ///< of the last round, CLOCK_MONOTONIC
    std::map<const char*, std::uint64_t> m_leftOut; ///< of each pattern, files beyond those that are read
    Denial m_helperDenial; ///< no process could be started
};

} // namespace hindcast::recorder
