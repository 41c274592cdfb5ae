#include "framing/index_frame.h"

#include <charconv>

namespace hindcast::framing {
namespace {

constexpr std::string_view kindNames[] = {"segment", "members", "close"};

void put(std::string& out, std::string_view key, std::string_view value)
{
    out += key;
    out += '=';
    out += value;
    out += '\n';
}

template <typename Integer> void put(std::string& out, std::string_view key, Integer value)
{
    char digits[24];
    const auto [end, failure] = std::to_chars(digits, digits + sizeof digits, value);
    put(out, key, std::string_view(digits, static_cast<std::size_t>(end - digits)));
}

template <typename Integer> bool read(std::string_view text, Integer& value)
{
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failure == std::errc{} && end == text.data() + text.size();
}

bool readKind(std::string_view text, FrameKind& kind)
{
    for (std::size_t i = 0; i < std::size(kindNames); ++i)
        if (text == kindNames[i]) {
            kind = static_cast<FrameKind>(i);
            return true;
        }
    return false;
}

/// Unknown keys are passed over, so that later versions may add some.
bool readField(IndexRecord& record, std::string_view key, std::string_view value)
{
    if (key == "kind")
        return readKind(value, record.kind);
    if (key == "seq")
        return read(value, record.sequence);
    if (key == "segment")
        return read(value, record.segment);
    if (key == "first_tick")
        return read(value, record.firstTick);
    if (key == "last_tick")
        return read(value, record.lastTick);
    if (key == "ticks")
        return read(value, record.ticks);
    if (key == "first_real_ns")
        return read(value, record.firstRealNanoseconds);
    if (key == "last_real_ns")
        return read(value, record.lastRealNanoseconds);
    if (key == "first_mono_ns")
        return read(value, record.firstMonotonicNanoseconds);
    if (key == "last_mono_ns")
        return read(value, record.lastMonotonicNanoseconds);
    if (key == "raw_bytes")
        return read(value, record.rawBytes);
    if (key == "frame_bytes")
        return read(value, record.frameBytes);
    if (key == "previous")
        return fromHex(value, record.previous);
    if (key == "sha256")
        return fromHex(value, record.sha256);
    return true;
}

} // namespace

std::string indexPayloadHead(const IndexRecord& record)
{
    std::string payload(indexTag);
    put(payload, "kind", kindNames[static_cast<std::size_t>(record.kind)]);
    put(payload, "seq", record.sequence);
    if (record.kind == FrameKind::Segment) {
        put(payload, "segment", record.segment);
        put(payload, "first_tick", record.firstTick);
        put(payload, "last_tick", record.lastTick);
        put(payload, "ticks", record.ticks);
        put(payload, "first_real_ns", record.firstRealNanoseconds);
        put(payload, "last_real_ns", record.lastRealNanoseconds);
        put(payload, "first_mono_ns", record.firstMonotonicNanoseconds);
        put(payload, "last_mono_ns", record.lastMonotonicNanoseconds);
    }
    put(payload, "raw_bytes", record.rawBytes);
    put(payload, "frame_bytes", record.frameBytes);
    put(payload, "previous", std::string_view(toHex(record.previous)));
    return payload;
}

std::string encodeIndexFrame(const IndexRecord& record)
{
    std::string payload = indexPayloadHead(record);
    put(payload, "sha256", std::string_view(toHex(record.sha256)));
    std::string frame;
    appendLittleEndian32(frame, indexFrameMagic);
    appendLittleEndian32(frame, static_cast<std::uint32_t>(payload.size()));
    return frame + payload;
}

std::optional<IndexRecord> parseIndexPayload(std::string_view payload)
{
    if (!payload.starts_with(indexTag))
        return std::nullopt;
    const std::string_view whole = payload;
    payload.remove_prefix(indexTag.size());
    IndexRecord record;
    bool hasDigest = false;
    while (!payload.empty()) {
        const auto lineEnd = payload.find('\n');
        if (lineEnd == std::string_view::npos)
            return std::nullopt;
        const auto line = payload.substr(0, lineEnd);
        hasDigest = line.starts_with("sha256=");
        if (hasDigest)
            record.head = whole.substr(0, whole.size() - payload.size());
        payload.remove_prefix(lineEnd + 1);
        const auto equals = line.find('=');
        if (equals == std::string_view::npos || !readField(record, line.substr(0, equals), line.substr(equals + 1)))
            return std::nullopt;
    }
    return hasDigest ? std::optional(std::move(record))
                     : std::nullopt; // the digest is the last line, or all is not there
}

Digest chainDigest(const Digest& previous, std::string_view frame, std::string_view head)
{
    Sha256 hash;
    hash.add({reinterpret_cast<const char*>(previous.data()), previous.size()});
    hash.add(frame);
    hash.add(head);
    return hash.digest();
}

std::uint32_t readLittleEndian32(const char* bytes)
{
    const auto at = [bytes](int i) { return static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[i])); };
    return at(0) | (at(1) << 8) | (at(2) << 16) | (at(3) << 24);
}

void appendLittleEndian32(std::string& out, std::uint32_t value)
{
    for (int shift = 0; shift < 32; shift += 8)
        out += static_cast<char>(value >> shift);
}

} // namespace hindcast::framing
