// Conversations written down as text, a folder per case, against what core/tcp makes of them. Each case is one row of
// what TCP can do (RFC 9293, 6298, 5681, 2018, 8985); UPDATE_EXPECTED=1 rewrites the expected texts.
#include "tcp/analysis.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <arpa/inet.h>
#include <malloc.h>

using namespace hindcast;
using namespace hindcast::tcp;

namespace {

QByteArray contents(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

Endpoint endpoint(char who)
{
    Endpoint end;
    end.address.bytes = {10, 0, 0, static_cast<std::uint8_t>(who == 'c' ? 1 : 2)};
    end.port = who == 'c' ? 40000 : 443;
    return end;
}

/// "value" or "value-other".
std::pair<std::uint32_t, std::uint32_t> numbers(const QByteArray& text)
{
    const auto parts = text.split('-');
    return {parts[0].toUInt(), parts.size() > 1 ? parts[1].toUInt() : 0};
}

void setOption(Segment& segment, const QByteArray& name, const QByteArray& value)
{
    const auto [number, other] = numbers(value);
    if (name == "seq")
        segment.sequence = number;
    else if (name == "ack") {
        segment.acknowledgment = number;
        segment.flags |= Segment::ack;
    } else if (name == "win")
        segment.window = static_cast<std::uint16_t>(number);
    else if (name == "len")
        segment.payload = number;
    else if (name == "id") {
        segment.ipIdentification = static_cast<std::uint16_t>(number);
        segment.hasIpIdentification = true;
    } else if (name == "ts") {
        segment.hasTimestamps = true;
        segment.timestampValue = number;
        segment.timestampEcho = other;
    } else if (name == "ws")
        segment.windowScale = static_cast<std::uint8_t>(number);
    else if (name == "mss")
        segment.maximumSegment = static_cast<std::uint16_t>(number);
    else if (name == "sackok")
        segment.isSackPermitted = true;
    else if (name == "sack")
        segment.sack[segment.sackCount++] = {number, other};
    else
        qFatal("unknown word: %s", name.constData());
}

std::uint16_t flagsOf(const QByteArray& letters)
{
    std::uint16_t flags = 0;
    for (const char letter : letters)
        flags |= letter == 'S' ? Segment::syn
            : letter == 'F'    ? Segment::fin
            : letter == 'R'    ? Segment::rst
            : letter == 'P'    ? Segment::psh
                               : 0;
    return flags;
}

/// "0.010 c>s SP seq=1000 ack=1 len=5": seconds, who to whom, flags (- for none; ACK comes with ack=), the rest.
/// "0.020 icmp 3 1 seq=1000": an error about what the client sent.
void addLine(Analysis& analysis, const QByteArray& line, std::uint32_t frame)
{
    const auto words = line.simplified().split(' ');
    const Time time = timeFromNanoseconds(1'000'000'000'000'000'000 + qRound64(words[0].toDouble() * 1e9));
    if (words[1] == "icmp") {
        IcmpError error;
        error.time = time;
        error.frame = frame;
        error.type = static_cast<std::uint8_t>(words[2].toUInt());
        error.code = static_cast<std::uint8_t>(words[3].toUInt());
        error.from = endpoint('c');
        error.to = endpoint('s');
        error.sequence = words[4].mid(4).toUInt();
        analysis.add(error);
        return;
    }
    Segment segment;
    segment.time = time;
    segment.frame = frame;
    segment.from = endpoint(words[1][0]);
    segment.to = endpoint(words[1][2]);
    segment.timeToLive = 64;
    segment.window = 1000;
    segment.flags = flagsOf(words[2]);
    for (const QByteArray& word : words.mid(3))
        setOption(segment, word.split('=').front(), word.split('=').back());
    analysis.add(segment);
}

PacketCapture analysed(const QByteArray& text)
{
    Analysis analysis;
    std::uint32_t frame = 0;
    for (const QByteArray& line : text.split('\n'))
        if (!line.isEmpty() && !line.startsWith('#'))
            addLine(analysis, line, ++frame);
    return analysis.finish({});
}

QByteArray word(std::string_view text)
{
    return QByteArray(text.data(), static_cast<qsizetype>(text.size()));
}

QByteArray milliseconds(Nanoseconds duration)
{
    return QByteArray::number(toSeconds(duration) * 1e3, 'f', 1);
}

QByteArray sideText(const std::optional<Side>& side)
{
    return !side ? "-" : *side == Side::Client ? "client" : "server";
}

QByteArray statesText(const FlowSide& side, Time begin)
{
    QByteArray text;
    for (const StateChange& change : side.states) {
        text += "    " + word(tcpStateName(change.state)) + " " + milliseconds(change.earliest - begin);
        if (change.latest != change.earliest)
            text += "…" + milliseconds(change.latest - begin);
        text += change.basis == StateBasis::Seen   ? " seen"
            : change.basis == StateBasis::Inferred ? " inferred"
                                                   : " assumed";
        text += '\n';
    }
    return text;
}

QByteArray marksText(const TcpPacket& packet)
{
    static constexpr const char* names[] = {"retransmission", "out-of-order", "duplicate", "duplicate-ack",
        "gap-before", "zero-window", "zero-window-probe", "window-full", "window-update", "keep-alive",
        "keep-alive-ack", "lost", "spurious"};
    QByteArray text;
    for (std::size_t bit = 0; bit < std::size(names); ++bit)
        if (packet.marks & (1U << bit))
            text += QByteArray(" ") + names[bit];
    if (packet.cause != RetransmissionCause::None)
        text += " (" + word(retransmissionCauseName(packet.cause))
            + (packet.backoff ? ", backoff " + QByteArray::number(packet.backoff) : QByteArray()) + ")";
    return text;
}

QByteArray described(const PacketCapture& capture)
{
    QByteArray text;
    for (const Flow& flow : capture.flows) {
        text += "flow: handshake " + word(handshakeName(flow.handshake)) + ", close " + word(closeKindName(flow.close))
            + ", first closer " + sideText(flow.firstCloser) + (flow.isSimultaneousClose ? ", at once" : "")
            + ", reset by " + sideText(flow.resetBy) + ", captured at " + sideText(flow.vantage)
            + (flow.isMidStream ? ", mid-stream" : "") + '\n';
        text += "  times: SYN to SYN-ACK " + (flow.synToSynAck ? milliseconds(*flow.synToSynAck) : QByteArray("-"))
            + ", to ACK " + (flow.synAckToAck ? milliseconds(*flow.synAckToAck) : QByteArray("-")) + ", round trips "
            + QByteArray::number(flow.rttSamples)
            + (flow.minimumRtt ? " from " + milliseconds(*flow.minimumRtt) + " to " + milliseconds(*flow.maximumRtt)
                               : QByteArray())
            + '\n';
        for (const Side side : {Side::Client, Side::Server}) {
            const FlowSide& end = flow.side(side);
            text += "  " + sideText(side) + ": " + QByteArray::number(end.packets) + " packets, "
                + QByteArray::number(end.payloadBytes) + " bytes, " + QByteArray::number(end.uniqueBytes) + " unique, "
                + QByteArray::number(end.retransmittedSegments) + " resent\n" + statesText(end, flow.range.begin);
        }
        for (const std::uint32_t index : flow.packets)
            if (const QByteArray marks = marksText(capture.packets[index]); !marks.isEmpty())
                text += "  frame " + QByteArray::number(capture.packets[index].frame) + ":" + marks + '\n';
    }
    return text;
}

} // namespace

class TestTcp : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void conversations_data();
    void conversations();
    void floodsTakeLittleMemory();
};

void TestTcp::conversations_data()
{
    QTest::addColumn<QString>("folder");
    const QDir data(HINDCAST_TEST_DATA "/tcp");
    for (const QString& name : data.entryList(QDir::Dirs | QDir::NoDotAndDotDot))
        if (QFile::exists(data.filePath(name + "/input.txt"))) // others keep packets of their own here
            QTest::addRow("%s", qPrintable(name)) << data.filePath(name);
}

void TestTcp::conversations()
{
    QFETCH(QString, folder);
    const QByteArray found = described(analysed(contents(folder + "/input.txt")));
    if (qEnvironmentVariableIsSet("UPDATE_EXPECTED")) {
        QFile file(folder + "/expected.txt");
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(found);
    }
    const auto lines = found.split('\n'), expected = contents(folder + "/expected.txt").split('\n');
    for (qsizetype i = 0; i < std::min(lines.size(), expected.size()); ++i)
        QCOMPARE(lines[i], expected[i]);
    QCOMPARE(lines.size(), expected.size());
}

/// Of half a million SYNs that nobody answers each is a conversation of its own.
void TestTcp::floodsTakeLittleMemory()
{
    constexpr std::uint32_t count = 1 << 15; // what grows by doubling is full then
    constexpr std::size_t mostPerFlow = 2200; // bytes; with room for twelve packets in each direction it was 2400
    const auto inUse = [] {
        const auto info = mallinfo2();
        return info.uordblks + info.hblkhd;
    };
    const auto before = inUse();
    Analysis analysis;
    for (std::uint32_t i = 0; i < count; ++i) {
        Segment segment;
        segment.time = Time{Nanoseconds{1'700'000'000'000'000'000 + std::int64_t{i} * 10'000}};
        segment.frame = i + 1;
        segment.from = endpoint('c');
        segment.from.address.bytes[2] = static_cast<std::uint8_t>(i >> 8);
        segment.from.address.bytes[3] = static_cast<std::uint8_t>(i);
        segment.to = endpoint('s');
        segment.sequence = i * 2'654'435'761U;
        segment.flags = Segment::syn;
        analysis.add(segment);
    }
    const auto after = inUse();
    if (after == before)
        QSKIP("SKIPPED: this allocator does not tell what is in use");
    const std::size_t perFlow = (after - before) / count;
    QVERIFY2(perFlow <= mostPerFlow, qPrintable(QString::number(perFlow)));
    QCOMPARE(analysis.finish({}).flows.size(), std::size_t{count});
}

QTEST_GUILESS_MAIN(TestTcp)
#include "tst_tcp.moc"
