#include "events.h"

#include "clocks.h"
#include "framing/block.h"

#include <cinttypes>
#include <cstdio>
#include <utility>

namespace hindcast::recorder {

void Events::add(std::string_view kind, const std::vector<Field>& fields)
{
    const Clocks clocks = readClocks();
    if (m_text.empty())
        m_first = clocks.monotonic;
    char times[64];
    std::snprintf(times, sizeof times, "%" PRId64 " %" PRId64 " ", clocks.real, clocks.monotonic);
    m_text += times;
    m_text += kind;
    for (const auto& [key, value] : fields) {
        m_text += ' ';
        m_text += key;
        m_text += '=';
        framing::appendEscaped(m_text, value);
    }
    m_text += '\n';
}

std::string Events::take()
{
    return std::exchange(m_text, {});
}

void Events::appendTo(std::string& blocks)
{
    m_said.clear();
    if (m_text.empty())
        return;
    framing::appendBlock(blocks, "hindcast/events", m_first, 0, 0, m_text);
    m_firstSaid = m_first;
    m_said = std::exchange(m_text, {});
}

void Events::giveBack()
{
    if (m_said.empty())
        return;
    m_first = m_firstSaid;
    m_text.insert(0, std::exchange(m_said, {}));
}

} // namespace hindcast::recorder
