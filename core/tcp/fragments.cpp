#include "tcp/fragments.h"

#include <algorithm>

namespace hindcast::tcp {
namespace {

/// Room for the headers of a tunnel within a tunnel; payload is not kept.
constexpr std::size_t keptBytes = 256;
/// A flood of first pieces that are never completed shall not fill the memory.
constexpr std::size_t mostPending = 4096;

} // namespace

Fragments::Pending& Fragments::pendingOf(const FragmentKey& key)
{
    const auto [place, isNew] = m_pending.try_emplace(key);
    if (isNew) {
        m_order.push_back(key);
        while (m_order.size() > mostPending) {
            if (m_order.front() != key)
                m_pending.erase(m_order.front());
            m_order.pop_front();
        }
    }
    return place->second;
}

void Fragments::cover(Pending& pending, Piece piece)
{
    auto& pieces = pending.pieces;
    auto first = std::lower_bound(
        pieces.begin(), pieces.end(), piece.begin, [](const Piece& known, std::uint32_t at) { return known.end < at; });
    auto last = first;
    while (last != pieces.end() && last->begin <= piece.end) {
        piece.begin = std::min(piece.begin, last->begin);
        piece.end = std::max(piece.end, last->end);
        ++last;
    }
    pieces.insert(pieces.erase(first, last), piece);
}

std::optional<Datagram> Fragments::add(
    const FragmentKey& key, std::uint32_t offset, bool isLast, std::string_view bytes)
{
    Pending& pending = pendingOf(key);
    const auto end = offset + static_cast<std::uint32_t>(bytes.size());
    if (offset < keptBytes) {
        pending.beginning.resize(std::max(pending.beginning.size(), std::min<std::size_t>(end, keptBytes)));
        const std::size_t count = std::min(bytes.size(), keptBytes - offset);
        std::copy_n(bytes.begin(), count, pending.beginning.begin() + offset);
    }
    cover(pending, {offset, end});
    if (isLast)
        pending.size = end;
    if (!pending.size || pending.pieces.front().begin != 0 || pending.pieces.front().end < *pending.size)
        return std::nullopt;
    Datagram datagram{std::move(pending.beginning), *pending.size};
    m_pending.erase(key);
    return datagram;
}

} // namespace hindcast::tcp
