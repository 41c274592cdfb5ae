#include "report/redacted_capture.h"

#include "archive/part_decoder.h"
#include "framing/block.h"
#include "framing/capture_writer.h"
#include "redact/packet_redaction.h"
#include "report/value_text.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <new>
#include <random>
#include <unistd.h>

namespace hindcast::report {
namespace {

/// A new file that only its owner may read; removed again unless it was kept.
class NewFile final : public framing::Sink {
public:
    explicit NewFile(std::filesystem::path path)
        : m_path(std::move(path))
        , m_descriptor(::open(m_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600))
        , m_error(m_descriptor < 0 ? errno : 0)
    {
    }
    ~NewFile() override
    {
        if (m_descriptor < 0)
            return;
        ::close(m_descriptor);
        ::unlink(m_path.c_str());
    }
    int write(std::string_view bytes) override
    {
        while (!bytes.empty() && m_error == 0) {
            const ssize_t written = ::write(m_descriptor, bytes.data(), bytes.size());
            if (written >= 0)
                bytes.remove_prefix(static_cast<std::size_t>(written));
            else if (errno != EINTR)
                m_error = errno;
        }
        return m_error;
    }
    /// 0 or errno.
    int keep()
    {
        if (m_error == 0 && ::close(std::exchange(m_descriptor, -1)) != 0) {
            m_error = errno;
            ::unlink(m_path.c_str());
        }
        return m_error;
    }
    int error() const { return m_error; }
    Error why() const { return {m_error == EEXIST ? "already there" : std::strerror(m_error), m_path.string()}; }

private:
    std::filesystem::path m_path;
    int m_descriptor;
    int m_error;
};

redact::PseudonymKey randomKey()
{
    std::random_device device; // getrandom or the processor's own
    redact::PseudonymKey key;
    for (auto& byte : key)
        byte = static_cast<std::uint8_t>(device());
    return key;
}

/// The text behind `"key":"`, as it stands in the JSON.
std::string_view jsonText(std::string_view json, std::string_view key)
{
    const std::string start = fmt::format("\"{}\"", key);
    auto begin = json.find(start);
    if (begin == std::string_view::npos)
        return {};
    begin = json.find_first_not_of(": \n", begin + start.size());
    if (begin == std::string_view::npos || json[begin] != '"')
        return {};
    const auto end = json.find('"', begin + 1);
    return end == std::string_view::npos ? std::string_view() : json.substr(begin + 1, end - begin - 1);
}

/// Puts `value` in the place of the number or text that stands behind the key.
bool setJson(std::string& json, std::string_view key, std::string_view value)
{
    const std::string start = fmt::format("\"{}\":", key);
    const auto begin = json.find(start);
    if (begin == std::string::npos)
        return false;
    const auto end = json.find_first_of(",}", begin + start.size());
    json.replace(begin + start.size(), end == std::string::npos ? end : end - begin - start.size(), value);
    return true;
}

void setMode(std::string& manifest, std::string_view mode)
{
    constexpr std::string_view config = "\"config\":{";
    const std::string value = fmt::format("\"{}\"", mode);
    if (setJson(manifest, "redact", value))
        return;
    const auto begin = manifest.find(config);
    if (begin == std::string::npos)
        return;
    const std::size_t place = begin + config.size();
    const bool isEmpty = place < manifest.size() && manifest[place] == '}';
    manifest.insert(place, fmt::format("\"redact\":{}{}", value, isEmpty ? "" : ","));
}

/// `key` of the tick's first block.
std::int64_t tickValue(std::string_view blocks, std::string_view key)
{
    framing::Block block;
    if (framing::nextBlock(blocks, block) != framing::NextBlock::Found || block.path != "hindcast/tick")
        return 0;
    const std::string start = fmt::format("{} ", key);
    auto begin = block.body.starts_with(start) ? 0 : block.body.find('\n' + start);
    if (begin == std::string_view::npos)
        return 0;
    begin += start.size() + (begin == 0 && block.body.starts_with(start) ? 0 : 1);
    std::int64_t value = 0;
    std::from_chars(block.body.data() + begin, block.body.data() + block.body.size(), value);
    return value;
}

/// What the whole says about its host, before anything is written.
struct Acquaintance {
    std::vector<std::string> names;
    redact::ByteOrder order = redact::ByteOrder::Little;
    bool isCapture = false;
};

void acquaint(archive::Archive& input, Acquaintance& known)
{
    const auto isBigEndian = [](std::string_view machine) {
        return machine.starts_with("s390") || machine == "ppc64" || machine == "ppc" || machine == "mips"
            || machine == "mips64" || machine.starts_with("sparc") || machine == "armeb";
    };
    while (const auto part = input.next(archive::Detail::Keyframes)) {
        for (const archive::Member& member : part->members) {
            if (member.path.ends_with("manifest.json")) {
                known.isCapture = known.isCapture || archive::segmentOf(member.path).has_value();
                known.names.emplace_back(jsonText(member.bytes, "hostname"));
                if (isBigEndian(jsonText(member.bytes, "machine")))
                    known.order = redact::ByteOrder::Big;
            } else if (member.path == "start/proc/sys/kernel/hostname") {
                known.names.emplace_back(member.bytes.substr(0, member.bytes.find('\n')));
            } else if (member.path == "start/hindcast/uname") {
                const auto at = member.bytes.find("nodename ");
                if (at != std::string_view::npos)
                    known.names.emplace_back(member.bytes.substr(at + 9, member.bytes.find('\n', at) - at - 9));
            }
        }
    }
    input.rewind();
}

class Copying {
public:
    Copying(framing::CaptureWriter& writer, redact::Pseudonyms* pseudonyms, RedactionResult& result)
        : m_writer(writer)
        , m_pseudonyms(pseudonyms)
        , m_result(result)
    {
    }

    /// 0 or what the writer returned.
    int take(const archive::Member& member)
    {
        if (member.path == "index.txt")
            return 0; // the copy gets its own
        ++m_result.members;
        const auto segment = archive::segmentOf(member.path);
        if (segment && member.path.ends_with("/manifest.json"))
            return takeManifest(member, *segment);
        if (segment && member.path.ends_with("/pids.txt") && !m_isOpen)
            return open(member.bytes, member.modified);
        if (const auto tick = archive::tickOf(member.path); tick && archive::isTickPath(member.path))
            return takeTick(member, *tick);
        if (const int failure = endSegment())
            return failure;
        if (member.path.starts_with("packets/") && member.path.ends_with(".pcap"))
            return takePackets(member);
        return m_writer.addMember(member.path, member.bytes, member.modified);
    }
    int endPart()
    {
        const int failure = endSegment();
        return failure != 0 ? failure : m_writer.endMembers();
    }

private:
    int takeManifest(const archive::Member& member, std::uint64_t segment)
    {
        if (const int failure = endSegment())
            return failure;
        m_manifest = member.bytes;
        setMode(m_manifest, m_pseudonyms != nullptr ? "strict" : "default");
        if (segment != m_writer.segment()) // of joined captures each counts from 0
            setJson(m_manifest, "segment", std::to_string(m_writer.segment()));
        return 0;
    }

    int open(std::string_view processes, std::int64_t modified)
    {
        m_isOpen = true;
        if (m_manifest.empty())
            m_result.leftOut.push_back("a manifest was missing; the segment has an empty one");
        const int failure =
            m_writer.beginSegment(m_manifest.empty() ? std::string_view("{}") : m_manifest, processes, modified);
        m_manifest.clear();
        return failure;
    }

    int takeTick(const archive::Member& member, std::uint64_t number)
    {
        if (!m_isOpen)
            if (const int failure = open({}, member.modified))
                return failure;
        std::string blocks(member.bytes); // whole, and without its end line: the reader has seen to that
        ++m_result.ticks;
        return m_writer.addTick({number, tickValue(blocks, "real_ns"), tickValue(blocks, "mono_ns")}, blocks);
    }

    int takePackets(const archive::Member& member)
    {
        std::string bytes(member.bytes);
        const redact::PacketTotals totals = redact::redactPackets(bytes, m_pseudonyms);
        m_result.packets += totals.packets;
        m_result.payloads += totals.payloads;
        if (!totals.isReadable)
            m_result.leftOut.push_back(fmt::format("{}: not a whole pcap file; {}", member.path,
                bytes.empty() ? "nothing of it is kept" : "its end is left out"));
        return m_writer.addMember(member.path, bytes, member.modified);
    }

    int endSegment()
    {
        if (!m_isOpen)
            return 0;
        m_isOpen = false;
        return m_writer.endSegment();
    }

    framing::CaptureWriter& m_writer;
    redact::Pseudonyms* m_pseudonyms;
    RedactionResult& m_result;
    std::string m_manifest;
    bool m_isOpen = false;
};

std::string describe(const archive::Damage& damage)
{
    return damage.member.empty() ? damage.what : damage.member + ": " + damage.what;
}

int writeList(NewFile& list, redact::Pseudonyms& pseudonyms, const std::filesystem::path& output)
{
    list.write(fmt::format("# What the pseudonyms of {} stand for: pseudonym TAB original. Do not pass it on with the "
                           "capture.\n",
        output.filename().string()));
    list.write(pseudonyms.takeNew());
    return list.keep();
}

Result<RedactionResult> copyRedacted(
    const std::filesystem::path& input, const std::filesystem::path& output, const RedactionWish& wish)
{
    auto archive = archive::Archive::open(input);
    if (!archive)
        return archive.error();
    Acquaintance known;
    if (archive->overview().form == archive::Form::Capture || archive->overview().form == archive::Form::Tar)
        acquaint(*archive, known);
    if (!known.isCapture)
        return Error{"not a capture: only what a recorder wrote can be redacted", input.string()};
    std::optional<redact::Pseudonyms> pseudonyms;
    std::optional<NewFile> list;
    RedactionResult result;
    if (wish.isStrict) {
        pseudonyms.emplace(randomKey());
        for (const std::string& name : known.names)
            pseudonyms->addOwnName(name);
        result.list = wish.list.empty() ? std::filesystem::path(output.string() + ".pseudonyms") : wish.list;
        list.emplace(result.list);
        if (list->error() != 0)
            return list->why();
    }
    NewFile file(output);
    if (file.error() != 0)
        return file.why();
    redact::Redaction redaction(pseudonyms ? &*pseudonyms : nullptr, known.order);
    framing::CaptureWriter writer(file);
    writer.setFilter(&redaction);
    Copying copying(writer, pseudonyms ? &*pseudonyms : nullptr, result);
    int failure = 0;
    for (const archive::Damage& damage : archive->damage())
        if (damage.isLoss)
            result.leftOut.push_back(describe(damage));
    while (const auto part = failure == 0 ? archive->next(archive::Detail::Full) : std::nullopt) {
        for (const archive::Member& member : part->members)
            failure = failure != 0 ? failure : copying.take(member);
        for (const archive::Damage& damage : part->damage)
            if (damage.isLoss)
                result.leftOut.push_back(describe(damage));
        if (part->index) // a frame of ours is whole; the parts of another tar end anywhere
            failure = failure != 0 ? failure : copying.endPart();
    }
    failure = failure != 0 ? failure : copying.endPart();
    // A capture that was cut does not look complete now.
    if (failure == 0 && archive->overview().isFinished)
        failure = writer.close();
    if (failure == 0)
        failure = file.keep();
    if (failure != 0)
        return Error{std::strerror(failure), output.string()};
    if (list && writeList(*list, *pseudonyms, output) != 0)
        return list->why();
    result.totals = redaction.totals();
    result.pseudonyms = pseudonyms ? pseudonyms->count() : 0;
    return result;
}

} // namespace

Result<RedactionResult> redactCapture(
    const std::filesystem::path& input, const std::filesystem::path& output, const RedactionWish& wish)
{
    try {
        return copyRedacted(input, output, wish);
    } catch (const std::bad_alloc&) {
        return Error{"not enough memory to redact it", input.string()};
    }
}

std::string redactionText(const std::filesystem::path& output, const RedactionResult& result)
{
    std::string text = fmt::format(
        "wrote {}: {} members, {} of them samples\n", safeText(output.string()), result.members, result.ticks);
    for (std::size_t kind = 0; kind < redact::secretKindCount; ++kind)
        if (result.totals.secrets[kind] > 0)
            text += fmt::format("  {:>9} {} replaced\n", result.totals.secrets[kind],
                redact::nameOf(static_cast<redact::SecretKind>(kind)));
    if (result.totals.names > 0)
        text += fmt::format(
            "  {:>9} hosts, users and addresses replaced, by {} pseudonyms\n", result.totals.names, result.pseudonyms);
    if (result.packets > 0)
        text += fmt::format(
            "  {:>9} packets, {} of them with content that was taken out\n", result.packets, result.payloads);
    if (!result.list.empty())
        text +=
            fmt::format("{} says what the pseudonyms stand for: keep it to yourself\n", safeText(result.list.string()));
    return text;
}

} // namespace hindcast::report
