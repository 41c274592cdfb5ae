#include "parse/server_log.h"

#include "base/text_scanner.h"
#include "parse/log_clock.h"
#include "parse/log_events.h"

namespace hindcast::parse {

void readServerLog(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples) {
        out.setText(sample.text);
        out.setClock(Clock::Wall);
        LogClock clock(input, sample.text);
        LogEvents events(out, clock.lines());
        auto rest = sample.text;
        std::uint64_t number = 0;
        for (std::string_view text; nextLine(rest, text);) {
            ++number;
            if (trimmed(text).empty())
                continue;
            const auto line = readServerLine(text);
            if (!line) {
                if (!events.continueLast(text))
                    out.skipped(text, "no date and level in front, as lines of an error log have");
                continue;
            }
            LogEntry entry;
            entry.time = clock.place(line->stamp);
            entry.severity = line->severity;
            entry.program = line->program;
            entry.pid = line->pid;
            entry.text = line->text;
            entry.line = number;
            events.add(entry);
        }
        events.finish();
        clock.finish(out);
    }
}

int recogniseServerLog(std::string_view beginning, ServerKind kind)
{
    constexpr int linesLookedAt = 60;
    int lines = 0, known = 0;
    for (std::string_view text; lines < linesLookedAt && nextLine(beginning, text);) {
        if (trimmed(text).empty())
            continue;
        const auto line = readServerLine(text);
        ++lines;
        known += line && line->kind == kind ? 1 : 0;
    }
    constexpr int continuations = 5; // lines of a statement or a trace for each with a date
    return known > 0 && known * continuations >= lines ? 86 : 0;
}

} // namespace hindcast::parse
