#include "packets.h"

#include "framing/tar_header.h"
#include "message.h"
#include "read_buffer.h"
#include "redact/packet_redaction.h"
#include "redact/pseudonym_text.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <utility>

namespace hindcast::recorder {
namespace {

constexpr std::size_t fileBytes = 4 << 20; // a file is cut early when it gets this large
constexpr std::size_t memoryBytes = 64 << 20; // packets beyond it are dropped and counted
constexpr std::size_t sliceBytes = 256 << 10; // about a millisecond of compression
constexpr int packetsAtATime = 2000; // about a millisecond
constexpr std::int64_t handoverTime = 250'000'000; // the kernel hands over a block after 100 ms at the latest
constexpr int level = 1, windowLog = 20; // headers repeat each other within kilobytes; a large window only costs memory

std::int64_t realNow()
{
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

} // namespace

/// One interface, and the file that its packets go to.
class Packets::Interface final : public PacketReceiver {
public:
    Interface(const PacketRequest& wanted, const Options& options, redact::Pseudonyms* names, std::size_t& memoryInUse)
        : request(wanted)
        , snapLength(options.snapLength)
        , keepsContent(options.redaction == Redaction::Off)
        , pseudonyms(names)
        , memory(memoryInUse)
    {
    }

    void beginFile()
    {
        file.emplace(linkType, snapLength);
        memory += file->size();
        note = {};
        note.firstReal = realNow();
        note.snapLength = snapLength;
        note.filter = request.filter;
        if (pseudonyms != nullptr)
            redact::replaceNames(note.filter, *pseudonyms);
    }

    void take(const Packet& original) override
    {
        const Packet packet = keepsContent ? original : withoutContent(original);
        ++note.received;
        if (memory + PacketFile::recordSize(packet) > memoryBytes) {
            ++note.droppedByRecorder;
            return;
        }
        file->add(packet);
        memory += PacketFile::recordSize(packet);
    }

    bool isOpen() const { return source.descriptor() >= 0; }

    /// Valid until the next. Without names it ends where the content began; else that is zeros.
    Packet withoutContent(Packet packet)
    {
        changed = packet.bytes;
        auto* const bytes = reinterpret_cast<std::uint8_t*>(changed.data());
        changed.resize(redact::redactPacket(bytes, changed.size(), linkType, pseudonyms));
        if (pseudonyms == nullptr)
            changed.resize(packet.bytes.size(), '\0');
        packet.bytes = changed;
        return packet;
    }

    const PacketRequest& request;
    unsigned snapLength;
    bool keepsContent;
    redact::Pseudonyms* pseudonyms; ///< null: addresses stay as they are
    std::string changed;
    std::size_t& memory;
    PacketSource source;
    std::uint32_t linkType = 0;
    std::optional<PacketFile> file; ///< none before the source is open, and none after it failed
    PacketNote note; ///< of `file`
    PacketCounts counted; ///< in the files before
    unsigned number = 0; ///< of `file`
};

Packets::Packets(const Options& options)
    : m_options(options)
{
}

Packets::~Packets() = default;

int Packets::open()
{
    std::string refused;
    for (const PacketRequest& request : m_options.packets) {
        auto interface = std::make_unique<Interface>(request, m_options, m_pseudonyms, m_memory);
        switch (interface->source.open(request, m_options.snapLength)) {
        case PacketSource::Opening::Unusable:
            say("--packets %s%s%s: %s", request.interface.c_str(), request.filter.empty() ? "" : ":",
                request.filter.c_str(), interface->source.why().c_str());
            return exit_status::usage;
        case PacketSource::Opening::Refused:
            if (interface->source.errorNumber() == EPERM)
                refused += (refused.empty() ? "" : ", ") + request.interface;
            else
                say("the packets of %s cannot be captured by this kernel (%s); all the rest is recorded",
                    request.interface.c_str(), std::strerror(interface->source.errorNumber()));
            m_denials.push_back({"packets/" + request.interface, interface->source.errorNumber(), std::nullopt});
            break;
        case PacketSource::Opening::Ready:
            interface->linkType = interface->source.linkType();
            m_interfaces.push_back(std::move(interface));
        }
    }
    if (!refused.empty())
        say("no permission to capture the packets of %s: that needs root or CAP_NET_RAW; all the rest is recorded",
            refused.c_str());
    if (m_interfaces.empty())
        return exit_status::complete;
    m_encoder = std::make_unique<framing::FrameEncoder>(level, windowLog);
    for (const auto& interface : m_interfaces)
        interface->beginFile();
    m_nextCut = monotonicNow() + m_options.packetNanoseconds;
    return exit_status::complete;
}

void Packets::addDescriptors(std::vector<pollfd>& descriptors) const
{
    for (const auto& interface : m_interfaces)
        if (interface->isOpen())
            descriptors.push_back({interface->source.descriptor(), POLLIN, 0});
}

int Packets::pause(Frames frames) const
{
    if (!hasWork())
        return -1;
    if ((frames == Frames::Taken && hasFrames()) || !m_sealed.empty() || m_encoder->isBusy())
        return 0;
    const std::int64_t left = m_nextCut - monotonicNow();
    return left <= 0 ? 0 : static_cast<int>(std::min<std::int64_t>(left / 1'000'000 + 1, 1'000'000));
}

void Packets::tend()
{
    drain();
    cutWhenDue();
    compressSlice();
}

void Packets::drain()
{
    for (const auto& interface : m_interfaces) {
        if (!interface->isOpen())
            continue;
        if (interface->source.drain(packetsAtATime, *interface) < 0)
            noteFailure(*interface);
        else if (interface->file->size() > fileBytes)
            cut(*interface);
    }
}

/// An interface that is gone stays gone: one that comes again under its name is another.
void Packets::noteFailure(Interface& interface)
{
    interface.note.error = interface.source.why();
    say("packets of %s: %s; what came before is kept, all the rest is recorded on", interface.request.interface.c_str(),
        interface.source.why().c_str());
    cut(interface);
}

void Packets::cutWhenDue()
{
    const std::int64_t now = monotonicNow();
    if (!hasWork() || now < m_nextCut)
        return;
    m_nextCut += (1 + (now - m_nextCut) / m_options.packetNanoseconds) * m_options.packetNanoseconds;
    cutAll();
    m_isRoundCut = true;
}

void Packets::cutAll()
{
    for (const auto& interface : m_interfaces)
        if (interface->file)
            cut(*interface);
}

/// The file is sealed, also an empty one: that nothing came is an answer. The next begins where it ends.
void Packets::cut(Interface& interface)
{
    const PacketCounts counts = interface.source.counts();
    interface.note.dropped = counts.dropped - interface.counted.dropped;
    interface.note.droppedByInterface = counts.droppedByInterface - interface.counted.droppedByInterface;
    interface.note.lastReal = realNow();
    interface.counted = counts;
    char stem[32];
    std::snprintf(stem, sizeof stem, "/%06u", interface.number++);
    m_memory -= interface.file->size();
    m_sealed.push_back(
        std::move(*interface.file).seal("packets/" + interface.request.interface + stem, interface.note));
    m_memory += m_sealed.back().size();
    interface.file.reset();
    if (interface.isOpen())
        interface.beginFile();
}

void Packets::compressSlice()
{
    if (!m_encoder)
        return;
    if (!m_encoder->isBusy()) {
        if (m_sealed.empty())
            return;
        m_encoder->begin(std::move(m_sealed.front()));
        m_sealed.pop_front();
    }
    const int failure = m_encoder->work(sliceBytes);
    if (m_encoder->isBusy())
        return;
    framing::EncodedFrame frame = m_encoder->take();
    m_memory -= static_cast<std::size_t>(frame.rawBytes);
    if (failure != 0) {
        say("packets are missing: there is not enough memory to compress them");
        return;
    }
    m_memory += frame.bytes.size();
    m_frames.push_back(std::move(frame));
}

bool Packets::hasFrames() const
{
    return m_isRoundCut && m_sealed.empty() && !m_encoder->isBusy();
}

std::vector<framing::EncodedFrame> Packets::takeFrames()
{
    m_isRoundCut = false;
    for (const framing::EncodedFrame& frame : m_frames)
        m_memory -= frame.bytes.size();
    return std::exchange(m_frames, {});
}

/// A packet that came a moment ago may still lie in a block of the ring that the kernel has not handed over.
void Packets::finish()
{
    if (m_interfaces.empty())
        return;
    const std::int64_t end = monotonicNow() + handoverTime;
    std::vector<pollfd> descriptors;
    for (std::int64_t left = handoverTime; left > 0 && isOpen(); left = end - monotonicNow()) {
        descriptors.clear();
        addDescriptors(descriptors);
        poll(descriptors.data(), descriptors.size(), static_cast<int>(left / 1'000'000 + 1));
        drain();
    }
    cutAll();
    m_isRoundCut = true;
    while (!hasFrames())
        compressSlice();
}

/// Also when all interfaces have failed: what came before is still to be written out.
bool Packets::hasWork() const
{
    return !m_interfaces.empty() && (isOpen() || !m_sealed.empty() || m_encoder->isBusy() || !m_frames.empty());
}

bool Packets::isOpen() const
{
    return std::any_of(
        m_interfaces.begin(), m_interfaces.end(), [](const auto& interface) { return interface->isOpen(); });
}

} // namespace hindcast::recorder
