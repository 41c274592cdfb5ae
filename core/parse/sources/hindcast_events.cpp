// hindcast/events: what happened to the recorder itself, "real_ns mono_ns kind key=value …" per line
// (capture/FORMAT.md). Each becomes an event; the keys become labels, so that kinds of later versions are shown too.
#include "base/text_scanner.h"
#include "framing/block.h"
#include "parse/parser.h"

#include <algorithm>
#include <array>
#include <string>

namespace hindcast::parse {
namespace {

struct RecorderEvent {
    std::int64_t real = 0, monotonic = 0; ///< nanoseconds
    std::string_view kind;
    Labels labels;

    const std::string* value(std::string_view key) const
    {
        for (const Label& label : labels)
            if (label.name == key)
                return &label.value;
        return nullptr;
    }
};

struct Wording {
    std::string_view kind;
    Severity severity;
    std::string_view text;
};
constexpr std::array wordings{
    Wording{"trigger", Severity::Warning, "A trigger fired"},
    Wording{"burst-begin", Severity::Info, "Quick samples after the trigger begin"},
    Wording{"burst-end", Severity::Info, "Quick samples after the trigger end"},
    Wording{"bundle", Severity::Info, "The trigger's file is written"},
    Wording{"governor", Severity::Warning, "The recorder's budget of CPU time changes what is recorded"},
    Wording{"pause", Severity::Warning, "Recording pauses"},
    Wording{"resume", Severity::Info, "Recording goes on"},
    Wording{"size-cap", Severity::Warning, "Recording ends: the largest size is reached"},
    Wording{"bundle-failed", Severity::Warning, "The trigger's file could not be made"},
    Wording{"bundle-cap", Severity::Warning, "The trigger's file lacks what the largest size has no room for"},
    Wording{"ring-full", Severity::Warning, "Something larger than the ring is left out"},
    Wording{"write-failed", Severity::Warning, "The disk did not take what was written: samples may be missing"},
    Wording{"helper-stuck", Severity::Warning, "Something does not answer and is not recorded"},
};

std::optional<RecorderEvent> readEvent(std::string_view line)
{
    RecorderEvent event;
    const auto real = parseInteger<std::int64_t>(nextField(line));
    const auto monotonic = parseInteger<std::int64_t>(nextField(line));
    event.kind = nextField(line);
    if (!real || !monotonic || event.kind.empty())
        return std::nullopt;
    event.real = *real;
    event.monotonic = *monotonic;
    event.labels.push_back({"kind", "recorder-" + std::string(event.kind)});
    for (auto field = nextField(line); !field.empty(); field = nextField(line)) {
        const auto equals = field.find('=');
        if (equals == std::string_view::npos || equals == 0)
            return std::nullopt;
        event.labels.push_back(
            {std::string(field.substr(0, equals)), framing::unescapeField(field.substr(equals + 1))});
    }
    return event;
}

/// "A trigger fired: load1 > 8 for 10s (load.1 = 9.2)"
std::string sentence(const RecorderEvent& event, std::string_view wording)
{
    std::string text(wording);
    const auto add = [&](std::string_view before, const std::string* value, std::string_view after) {
        if (value != nullptr && !value->empty())
            text += std::string(before) + *value + std::string(after);
    };
    if (event.kind == "trigger") {
        add(": ", event.value("expression"), "");
        add(" (", event.value("reason"), ")");
        return text;
    }
    std::string_view separator = ": ";
    for (const Label& label : event.labels) {
        if (label.name == "kind")
            continue;
        text += std::string(separator) + label.name + ' ' + label.value;
        separator = ", ";
    }
    return text;
}

/// The line's own instant. Its wall clock is that of the moment; on the axis of the ticks, which knows of steps, it
/// lies as far from the tick as the monotonic clock says.
Time instantOf(const RecorderEvent& event, const Sample& sample)
{
    if (sample.monotonic)
        return sample.time + (Nanoseconds(event.monotonic) - *sample.monotonic);
    return timeFromNanoseconds(event.real);
}

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples) {
        out.setText(sample.text);
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);) {
            auto read = readEvent(line);
            if (!read) {
                out.skipped(line, "expected two times, a kind and key=value");
                continue;
            }
            Event event;
            event.time = instantOf(*read, sample);
            std::string_view wording = read->kind;
            for (const Wording& known : wordings)
                if (known.kind == read->kind) {
                    wording = known.text;
                    event.severity = known.severity;
                }
            if (read->kind == "governor")
                if (const std::string* const to = read->value("to"); to != nullptr && *to == "none")
                    event.severity = Severity::Info;
            event.text = sentence(*read, wording);
            event.labels = std::move(read->labels);
            std::sort(event.labels.begin(), event.labels.end());
            out.event(std::move(event));
        }
    }
}

} // namespace

Parser hindcast_events()
{
    return {.id = "hindcast_events",
        .title = "The recorder itself: what happened to it",
        .members = "hindcast/events",
        .parse = parse};
}

} // namespace hindcast::parse
