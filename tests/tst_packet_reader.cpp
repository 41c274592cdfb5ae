// Packet captures of every form and link, whole, cut and damaged: read, decoded, and loaded as an input.
#include "packet_maker.h"

#include "parse/load.h"
#include "tcp/frame_decoder.h"
#include "tcp/packet_reader.h"

#include <QDir>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <fstream>

using namespace hindcast;
using namespace hindcast::test;
using tcp::FrameDecoder;
using tcp::PacketReader;

namespace {

constexpr std::uint64_t second = 1'000'000'000;
constexpr std::uint64_t start = 1'700'000'000 * second;

/// 5 bytes from 10.0.0.1:40000 to 10.0.0.2:80.
const std::string segment = tcpBytes({.payload = "hello"});
const std::string ipv4 = ipv4Bytes(segment);

struct ReadAll {
    std::vector<tcp::Frame> frames;
    std::vector<tcp::Segment> segments;
    std::vector<tcp::IcmpError> errors;
    std::size_t unreadable = 0;
    std::vector<tcp::ReaderProblem> problems;
    std::vector<tcp::PacketInterface> interfaces;
};

ReadAll readAll(std::string_view file)
{
    ReadAll all;
    PacketReader reader;
    FrameDecoder decoder;
    reader.read(file, PacketReader::Piece::Last);
    for (tcp::Frame frame; reader.next(frame);) {
        all.frames.push_back(frame);
        const auto kind = decoder.decode(frame);
        if (kind == FrameDecoder::Kind::Tcp)
            all.segments.push_back(decoder.segment());
        else if (kind == FrameDecoder::Kind::IcmpError)
            all.errors.push_back(decoder.icmpError());
        else if (kind == FrameDecoder::Kind::Unreadable)
            ++all.unreadable;
    }
    all.problems = reader.problems();
    all.interfaces = reader.interfaces();
    return all;
}

std::string vlan(std::initializer_list<unsigned> types, const std::string& payload)
{
    std::string tags;
    for (const unsigned type : types) {
        put(tags, 7, 2);
        put(tags, type, 2);
    }
    return tags + payload;
}

std::string extension(std::uint8_t next, const std::string& payload)
{
    return bytes({next, 0, 0, 0, 0, 0, 0, 0}) + payload;
}

std::string udp(std::uint16_t port, const std::string& payload)
{
    std::string out;
    put(out, 50000, 2);
    put(out, port, 2);
    put(out, payload.size() + 8, 2);
    put(out, 0, 2);
    return out + payload;
}

QString tcpText(const tcp::Segment& s)
{
    return QString::fromStdString(
        s.from.text() + " " + s.to.text() + " " + std::to_string(s.payload) + " " + std::to_string(s.ipLayers));
}

/// SYN, SYN-ACK, ACK, then 5 bytes and their ACK two seconds later.
std::vector<CapturedFrame> conversation()
{
    const auto forth = [](const TcpFields& fields) { return ethernetBytes(ipv4Bytes(tcpBytes(fields))); };
    const auto back = [](TcpFields fields) {
        std::swap(fields.from, fields.to);
        return ethernetBytes(ipv4Bytes(tcpBytes(fields), {.from = 2, .to = 1}));
    };
    return {{start, forth({.sequence = 999, .flags = 0x02})},
        {start + 10'000'000, back({.sequence = 4999, .acknowledgment = 1000, .flags = 0x12})},
        {start + 10'100'000, forth({.sequence = 1000, .acknowledgment = 5000})},
        {start + 2 * second, forth({.sequence = 1000, .acknowledgment = 5000, .payload = "hello"})},
        {start + 2 * second + 10'000'000, back({.sequence = 5000, .acknowledgment = 1005})}};
}

void write(const QString& path, const std::string& text)
{
    std::ofstream file(path.toStdString(), std::ios::binary);
    file << text;
}

} // namespace

class TestPacketReader : public QObject {
    Q_OBJECT

private slots:
    void links_data()
    {
        QTest::addColumn<int>("linkType");
        QTest::addColumn<QByteArray>("frame");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* name, int linkType, const std::string& frame, const char* expected) {
            QTest::newRow(name) << linkType << QByteArray::fromStdString(frame) << QString(expected);
        };
        const char* v4 = "10.0.0.1:40000 10.0.0.2:80 5 1";
        const char* v4Inner = "10.0.0.1:40000 10.0.0.2:80 5 2";
        const char* v6 = "[fd00::1]:40000 [fd00::2]:80 5 1";
        const std::string ipv6 = ipv6Bytes(segment);
        row("ethernet", 1, ethernetBytes(ipv4), v4);
        row("ethernet_v6", 1, ethernetBytes(ipv6, 0x86dd), v6);
        row("ethernet_padded_to_60", 1, ethernetBytes(ipv4 + std::string(30, '\0')), v4);
        row("snap", 1, ethernetBytes(bytes({0xaa, 0xaa, 3, 0, 0, 0, 8, 0}) + ipv4, 53), v4);
        row("vlan", 1, ethernetBytes(vlan({0x0800}, ipv4), 0x8100), v4);
        row("vlan_triple", 1, ethernetBytes(vlan({0x8100, 0x9100, 0x0800}, ipv4), 0x88a8), v4);
        row("mpls_two_labels", 1, ethernetBytes(bytes({0, 1, 0, 64, 0, 2, 1, 64}) + ipv4, 0x8847), v4);
        row("pppoe", 1, ethernetBytes(bytes({0x11, 0, 0, 1, 0, 47, 0, 0x21}) + ipv4, 0x8864), v4);
        row("cooked", 113, bytes({0, 4, 0, 1, 0, 6, 2, 2, 2, 2, 2, 2, 0, 0, 8, 0}) + ipv4, v4);
        row("cooked_2", 276, bytes({8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 2, 2, 2, 2, 2, 0, 0}) + ipv4, v4);
        for (const int raw : {12, 14, 101, 228})
            row(qPrintable(QString("raw_%1").arg(raw)), raw, ipv4, v4);
        row("raw_229", 229, ipv6, v6);
        row("null_little_endian", 0, bytes({2, 0, 0, 0}) + ipv4, v4);
        row("null_big_endian", 0, bytes({0, 0, 0, 2}) + ipv4, v4);
        row("null_v6_macos", 0, bytes({30, 0, 0, 0}) + ipv6, v6);
        row("loop", 108, bytes({0, 0, 0, 24}) + ipv6, v6);
        row("ip_options", 101, ipv4Bytes(segment, {.options = bytes({1, 1, 1, 0})}), v4);
        row("total_length_0", 101, ipv4Bytes(segment, {.totalLength = 0}), v4);
        row("v6_length_0", 101, ipv6Bytes(segment, 6, 0), v6);
        row("v6_extensions", 101, ipv6Bytes(extension(43, extension(60, extension(6, segment))), 0), v6);
        row("v6_authentication", 101, ipv6Bytes(bytes({6, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}) + segment, 51), v6);
        row("v6_atomic_fragment", 101, ipv6Bytes(bytes({6, 0, 0, 0, 0, 0, 0, 9}) + segment, 44), v6);
        row("ip_in_ip", 101, ipv4Bytes(ipv4, {.protocol = 4}), v4Inner);
        row("v6_in_v4", 101, ipv4Bytes(ipv6, {.protocol = 41}), "[fd00::1]:40000 [fd00::2]:80 5 2");
        row("gre_with_key", 101, ipv4Bytes(bytes({0x20, 0, 8, 0, 0, 0, 0, 1}) + ipv4, {.protocol = 47}), v4Inner);
        row("vxlan", 101, ipv4Bytes(udp(4789, bytes({8, 0, 0, 0, 0, 0, 1, 0}) + ethernetBytes(ipv4)), {.protocol = 17}),
            v4Inner);
        row("gtp", 101, ipv4Bytes(udp(2152, bytes({0x30, 0xff, 0, 45, 0, 0, 0, 1}) + ipv4), {.protocol = 17}), v4Inner);
        row("udp_is_not_tcp", 101, ipv4Bytes(udp(53, segment), {.protocol = 17}), "");
        row("arp", 1, ethernetBytes(std::string(28, '\0'), 0x0806), "");
        row("unknown_link", 147, ipv4, "");
    }

    void links()
    {
        QFETCH(int, linkType);
        QFETCH(QByteArray, frame);
        QFETCH(QString, expected);
        const auto file = pcapBytes({{start, frame.toStdString()}}, {.linkType = static_cast<std::uint32_t>(linkType)});
        const ReadAll all = readAll(file);
        QCOMPARE(all.frames.size(), std::size_t{1});
        QCOMPARE(all.segments.empty() ? QString() : tcpText(all.segments.front()), expected);
        // Wherever the frame is cut, nothing is read beyond it, and no payload is invented.
        for (qsizetype kept = 0; kept < frame.size(); ++kept) {
            const std::string part = frame.left(kept).toStdString();
            const ReadAll cut = readAll(pcapBytes({{start, part, static_cast<std::size_t>(frame.size())}},
                {.linkType = static_cast<std::uint32_t>(linkType)}));
            if (!cut.segments.empty())
                QCOMPARE(tcpText(cut.segments.front()), expected);
        }
    }

    void direction()
    {
        const auto file = pcapBytes({{start, bytes({0, 4, 0, 1, 0, 6, 2, 2, 2, 2, 2, 2, 0, 0, 8, 0}) + ipv4},
                                        {start, bytes({0, 0, 0, 1, 0, 6, 2, 2, 2, 2, 2, 2, 0, 0, 8, 0}) + ipv4},
                                        {start, bytes({0, 3, 0, 1, 0, 6, 2, 2, 2, 2, 2, 2, 0, 0, 8, 0}) + ipv4}},
            {.linkType = 113});
        const ReadAll all = readAll(file);
        QCOMPARE(all.segments.size(), std::size_t{3});
        QVERIFY(all.segments[0].direction == tcp::Direction::Outgoing);
        QVERIFY(all.segments[1].direction == tcp::Direction::Incoming);
        QVERIFY(all.segments[2].direction == tcp::Direction::Unknown);
    }

    void formats_data()
    {
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<qint64>("nanoseconds");
        const std::uint64_t at = start + 123'456'789;
        const CapturedFrame frame{at, ethernetBytes(ipv4)};
        const auto row = [](const char* name, const std::string& file, std::uint64_t time) {
            QTest::newRow(name) << QByteArray::fromStdString(file) << static_cast<qint64>(time);
        };
        const std::uint64_t microseconds = at / 1000 * 1000;
        row("pcap_us_little", pcapBytes({frame}), microseconds);
        row("pcap_us_big", pcapBytes({frame}, {.order = ByteOrder::Big}), microseconds);
        row("pcap_ns_little", pcapBytes({frame}, {.isNanoseconds = true}), at);
        row("pcap_ns_big", pcapBytes({frame}, {.order = ByteOrder::Big, .isNanoseconds = true}), at);
        row("pcap_snaplen_0", pcapBytes({frame}, {.snapLength = 0}), microseconds);
        row("pcap_snaplen_huge", pcapBytes({frame}, {.snapLength = 0xffffffff}), microseconds);
        const auto pcapng = [&](ByteOrder order, const std::string& options, std::uint64_t units) {
            return sectionBlock(order) + interfaceBlock(1, options, 0, order)
                + enhancedBlock(0, units, frame.bytes, {}, order);
        };
        row("pcapng_default", pcapng(ByteOrder::Little, {}, at / 1000), microseconds);
        row("pcapng_big", pcapng(ByteOrder::Big, {}, at / 1000), microseconds);
        row("pcapng_ns", pcapng(ByteOrder::Little, option(9, bytes({9})), at), at);
        row("pcapng_ms", pcapng(ByteOrder::Little, option(9, bytes({3})), at / 1'000'000), at / 1'000'000 * 1'000'000);
        row("pcapng_2_to_10", pcapng(ByteOrder::Little, option(9, bytes({0x8a})), (start / second << 10) + 512),
            start + second / 2);
        row("pcapng_2_to_32", pcapng(ByteOrder::Little, option(9, bytes({0xa0})), (start / second << 32) + (1U << 30)),
            start + second / 4);
        std::string offset;
        put(offset, 3600, 8, ByteOrder::Little);
        row("pcapng_offset", pcapng(ByteOrder::Little, option(14, offset), at / 1000), microseconds + 3600 * second);
        std::string snoop("snoop\0\0\0", 8);
        put(snoop, 2, 4);
        put(snoop, 4, 4);
        put(snoop, frame.bytes.size(), 4);
        put(snoop, frame.bytes.size(), 4);
        put(snoop, frame.bytes.size() + 24, 4);
        put(snoop, 0, 4);
        put(snoop, at / second, 4);
        put(snoop, at % second / 1000, 4);
        row("snoop", snoop + frame.bytes, microseconds);
    }

    void formats()
    {
        QFETCH(QByteArray, file);
        QFETCH(qint64, nanoseconds);
        const std::string text = file.toStdString();
        QVERIFY(PacketReader::recognises(text));
        const ReadAll all = readAll(text);
        QCOMPARE(all.problems.size(), std::size_t{0});
        QCOMPARE(all.frames.size(), std::size_t{1});
        QVERIFY(all.frames[0].time.has_value());
        QCOMPARE(static_cast<qint64>(all.frames[0].time->time_since_epoch().count()), nanoseconds);
        QCOMPARE(all.segments.size(), std::size_t{1});
        // A cut tail: no frame, and one problem that says where.
        const ReadAll cut = readAll(std::string_view(text).substr(0, text.size() - 1));
        QCOMPARE(cut.frames.size(), std::size_t{0});
        QCOMPARE(cut.problems.size(), std::size_t{1});
        QVERIFY(cut.problems[0].what.starts_with("cut in the middle of"));
        QCOMPARE(cut.problems[0].frame, 0U);
    }

    void piecesOfAnySize()
    {
        const std::string frame = ethernetBytes(ipv4);
        const std::string pcap = pcapBytes({{start, frame}, {start, frame}, {start, frame}});
        const std::string pcapng = sectionBlock() + interfaceBlock(1) + enhancedBlock(0, 1, frame)
            + enhancedBlock(0, 2, frame) + block(0x0bad, "12345678") + enhancedBlock(0, 3, frame);
        for (const std::string& file : {pcap, pcapng}) {
            for (std::size_t step = 1; step < file.size(); ++step) {
                PacketReader reader;
                std::vector<std::uint64_t> offsets;
                std::string waiting;
                for (std::size_t at = 0; at < file.size(); at += step) {
                    waiting += file.substr(at, step);
                    reader.read(
                        waiting, at + step < file.size() ? PacketReader::Piece::More : PacketReader::Piece::Last);
                    for (tcp::Frame out; reader.next(out);)
                        offsets.push_back(out.offset);
                    waiting.erase(0, reader.consumed());
                    reader.read({}, PacketReader::Piece::More);
                }
                const ReadAll whole = readAll(file);
                QCOMPARE(offsets.size(), std::size_t{3});
                for (std::size_t i = 0; i < 3; ++i)
                    QCOMPARE(offsets[i], whole.frames[i].offset);
                QVERIFY(reader.problems().empty());
            }
        }
    }

    void pcapngOddBlocks()
    {
        const std::string frame = ethernetBytes(ipv4);
        std::string simple, statistics, flags, lost;
        put(simple, frame.size(), 4, ByteOrder::Little);
        put(statistics, 1, 4, ByteOrder::Little); // of interface 1
        put(statistics, 0, 8, ByteOrder::Little);
        put(lost, 7, 8, ByteOrder::Little);
        put(flags, 2, 4, ByteOrder::Little); // outbound
        const std::string file = sectionBlock() + interfaceBlock(1, option(2, "eth7")) + interfaceBlock(101)
            + block(0x0bad, "what is yet to come") + block(3, simple + frame)
            + enhancedBlock(1, start / 1000, ipv4, option(2, flags)) + enhancedBlock(9, 0, frame)
            + block(5, statistics + option(5, lost)) + block(4, "names") + sectionBlock(ByteOrder::Big)
            + interfaceBlock(101, {}, 0, ByteOrder::Big) + enhancedBlock(0, start / 1000, ipv4, {}, ByteOrder::Big);
        const ReadAll all = readAll(file);
        QCOMPARE(all.frames.size(), std::size_t{3});
        QCOMPARE(all.segments.size(), std::size_t{3});
        QVERIFY(!all.frames[0].time);
        QVERIFY(all.segments[1].direction == tcp::Direction::Outgoing);
        QCOMPARE(all.frames[2].interface, 2U);
        QCOMPARE(all.interfaces[0].name, std::string("eth7"));
        QVERIFY(!all.interfaces[0].dropped);
        QCOMPARE(all.interfaces[1].dropped.value_or(0), std::uint64_t{7});
        QCOMPARE(all.problems.size(), std::size_t{1}); // the packet of interface 9
        QCOMPARE(all.problems[0].frame, 2U);
    }

    void damage_data()
    {
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<int>("frames");
        QTest::addColumn<QString>("problem");
        const std::string frame = ethernetBytes(ipv4);
        const std::string pcap = pcapBytes({{start, frame}, {start, frame}});
        std::string longRecord = pcap;
        longRecord[24 + 16 + frame.size() + 11] = '\x7f'; // the captured length of the second
        QTest::newRow("huge_length") << QByteArray::fromStdString(longRecord) << 1 << "damaged from here on";
        const std::string blocks = sectionBlock() + interfaceBlock(1) + enhancedBlock(0, 1, frame);
        std::string unequal = blocks + enhancedBlock(0, 1, frame);
        unequal[unequal.size() - 4] = '\1';
        QTest::newRow("unequal_block_lengths") << QByteArray::fromStdString(unequal) << 1 << "two lengths differ";
        std::string tiny = blocks;
        put(tiny, 6, 4, ByteOrder::Little);
        put(tiny, 8, 4, ByteOrder::Little);
        QTest::newRow("tiny_block") << QByteArray::fromStdString(tiny + "abcdefgh") << 1 << "a block of 8 bytes";
        QTest::newRow("no_capture") << QByteArray("procs -----------memory") << 0 << "not a packet capture";
        QTest::newRow("header_only_half") << QByteArray::fromStdString(pcap.substr(0, 20)) << 0 << "the file header";
    }

    void damage()
    {
        QFETCH(QByteArray, file);
        QFETCH(int, frames);
        QFETCH(QString, problem);
        const std::string text = file.toStdString();
        const ReadAll all = readAll(text);
        QCOMPARE(static_cast<int>(all.frames.size()), frames);
        QCOMPARE(all.problems.size(), std::size_t{1});
        QVERIFY2(QString::fromStdString(all.problems[0].what).contains(problem), all.problems[0].what.c_str());
    }

    void fragments()
    {
        const std::string whole = tcpBytes({.payload = std::string(60, 'x')}); // 80 bytes
        const auto piece = [&](std::size_t from, std::size_t count, bool hasMore, std::uint16_t id) {
            const auto place = static_cast<std::uint16_t>(from / 8 | (hasMore ? 0x2000 : 0));
            return ipv4Bytes(whole.substr(from, count), {.identification = id, .fragment = place});
        };
        const auto file = pcapBytes({{start, piece(0, 8, true, 1)}, {start, piece(40, 40, false, 1)},
                                        {start, piece(0, 40, true, 2)}, {start, piece(8, 32, true, 1)}},
            {.linkType = 101});
        const ReadAll all = readAll(file);
        QCOMPARE(all.frames.size(), std::size_t{4});
        QCOMPARE(all.segments.size(), std::size_t{1}); // at the piece that completed it
        QCOMPARE(all.segments[0].frame, 4U);
        QCOMPARE(all.segments[0].payload, 60U);
        QVERIFY(!all.segments[0].isFragment);
        // A piece the snap length cut cannot be put together: the first tells what it can.
        const std::string first = piece(0, 40, true, 3);
        const ReadAll cut = readAll(pcapBytes({{start, first.substr(0, 45), first.size()}}, {.linkType = 101}));
        QCOMPARE(cut.segments.size(), std::size_t{1});
        QVERIFY(cut.segments[0].isFragment);
    }

    void optionsAndCutHeaders()
    {
        const std::string options = bytes(
            {2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 3, 3, 7, 5, 10, 0, 0, 0, 10, 0, 0, 0, 20, 1, 1});
        const std::string packet = ipv4Bytes(tcpBytes({.flags = 0x02, .options = options}));
        const ReadAll all = readAll(pcapBytes({{start, packet}}, {.linkType = 101}));
        const tcp::Segment& s = all.segments.at(0);
        QCOMPARE(s.maximumSegment.value_or(0), std::uint16_t{1460});
        QCOMPARE(s.windowScale.value_or(0), std::uint8_t{7});
        QVERIFY(s.isSackPermitted && s.hasTimestamps && !s.areOptionsCut);
        QCOMPARE(s.timestampEcho, 2U);
        QCOMPARE(int{s.sackCount}, 1);
        QCOMPARE(s.sack[0].right, 20U);
        const ReadAll cut = readAll(pcapBytes({{start, packet.substr(0, 46), packet.size()}}, {.linkType = 101}));
        QVERIFY(cut.segments.at(0).areOptionsCut);
        QVERIFY(cut.segments.at(0).maximumSegment.has_value());
        QVERIFY(!cut.segments.at(0).windowScale.has_value());
        const ReadAll bad = readAll(pcapBytes({{start, packet.substr(0, 30), packet.size()}}, {.linkType = 101}));
        QCOMPARE(bad.unreadable, std::size_t{1});
    }

    void icmpErrors()
    {
        const std::string quoted = ipv4.substr(0, 28);
        const std::string error =
            ipv4Bytes(bytes({3, 1, 0, 0, 0, 0, 0, 0}) + quoted, {.from = 9, .to = 1, .protocol = 1});
        const std::string error6 = ipv6Bytes(bytes({1, 4, 0, 0, 0, 0, 0, 0}) + ipv6Bytes(segment), 58);
        const std::string ping = ipv4Bytes(bytes({8, 0, 0, 0, 0, 0, 0, 0}) + quoted, {.protocol = 1});
        const ReadAll all = readAll(pcapBytes({{start, error}, {start, error6}, {start, ping}}, {.linkType = 101}));
        QCOMPARE(all.errors.size(), std::size_t{2});
        QCOMPARE(all.segments.size(), std::size_t{0});
        QCOMPARE(QString::fromStdString(all.errors[0].to.text()), QString("10.0.0.2:80"));
        QCOMPARE(int{all.errors[0].code}, 1);
        QCOMPARE(all.errors[0].sequence, 1000U);
        QVERIFY(all.errors[1].isV6);
    }

    void loadsBareFiles_data()
    {
        QTest::addColumn<QString>("suffix");
        QTest::addColumn<QStringList>("packer");
        QTest::newRow("plain") << "" << QStringList();
        QTest::newRow("gzip") << ".gz" << QStringList{"gzip", "-k"};
        QTest::newRow("zstd") << ".zst" << QStringList{"zstd", "-q"};
        QTest::newRow("xz") << ".xz" << QStringList{"xz", "-k"};
    }

    void loadsBareFiles()
    {
        QFETCH(QString, suffix);
        QFETCH(QStringList, packer);
        QTemporaryDir folder;
        const QString path = folder.filePath("some.pcap");
        write(path, pcapBytes(conversation()));
        if (!packer.isEmpty()) {
            const QString program = packer.takeFirst();
            if (QStandardPaths::findExecutable(program).isEmpty())
                QSKIP(qPrintable("SKIPPED: " + program + " makes the compressed capture and is not installed"));
            QProcess process;
            process.start(program, packer << path);
            QVERIFY(process.waitForFinished() && process.exitCode() == 0);
        }
        const auto loaded = parse::loadPath((path + suffix).toStdString());
        QVERIFY2(loaded.hasValue(), loaded ? "" : loaded.error().what.c_str());
        const Snapshot& snapshot = **loaded;
        QVERIFY(!snapshot.isPartial);
        QVERIFY(snapshot.clock == Clock::Wall);
        QCOMPARE(snapshot.packets.flows.size(), std::size_t{1});
        QCOMPARE(snapshot.packets.packets.size(), std::size_t{5});
        QVERIFY(snapshot.packets.flows[0].handshake == Handshake::Complete);
        QCOMPARE(snapshot.packets.sources.at(0).frames, std::uint64_t{5});
        QVERIFY(!snapshot.packets.sources.at(0).droppedByKernel);
        QCOMPARE(snapshot.members.at(0).source, std::string("pcap"));
        QCOMPARE(snapshot.members.at(0).samples, std::uint64_t{5});
        QCOMPARE(toSeconds(snapshot.range.begin), 1.7e9);
        QVERIFY(snapshot.range.contains(snapshot.packets.packets.back().time));
        const Series* segments = snapshot.find("wire.segments");
        QVERIFY(segments);
        QCOMPARE(segments->source, std::string("pcap"));
        QCOMPARE(segments->values.size(), std::size_t{3});
        QCOMPARE(segments->values.at(0), 3.0);
        QCOMPARE(segments->values.at(1), 0.0);
        QCOMPARE(segments->values.at(2), 2.0);
        QCOMPARE(snapshot.find("wire.new_connections")->values.at(0), 1.0);
        QVERIFY(std::isnan(snapshot.find("wire.rtt")->values.at(1)));
    }

    void roundTripsAreOfWhatWasSentOnce_data()
    {
        QTest::addColumn<int>("payload"); // bytes from the client at 2.1 s; 0 is its FIN
        QTest::addColumn<int>("copies"); // the second 800 ms after the first
        QTest::addColumn<int>("more"); // bytes sent behind them before the answer
        QTest::addColumn<double>("milliseconds"); // median of that second; NaN = none
        QTest::newRow("data") << 5 << 1 << 0 << 10.0;
        QTest::newRow("data sent again") << 5 << 2 << 0 << double(NAN);
        QTest::newRow("acknowledged with what followed") << 5 << 2 << 7 << double(NAN);
        QTest::newRow("FIN") << 0 << 1 << 0 << 10.0;
        QTest::newRow("FIN sent again") << 0 << 2 << 0 << double(NAN);
    }

    void roundTripsAreOfWhatWasSentOnce()
    {
        QFETCH(int, payload);
        QFETCH(int, copies);
        QFETCH(int, more);
        QFETCH(double, milliseconds);
        const auto forth = [](const TcpFields& fields) { return ethernetBytes(ipv4Bytes(tcpBytes(fields))); };
        const auto back = [](TcpFields fields) {
            std::swap(fields.from, fields.to);
            return ethernetBytes(ipv4Bytes(tcpBytes(fields), {.from = 2, .to = 1}));
        };
        auto frames = conversation();
        frames.resize(3); // the handshake
        constexpr std::uint64_t millisecond = 1'000'000;
        const std::string bytesSent(static_cast<std::size_t>(payload), 'x');
        std::uint64_t now = start + 2100 * millisecond;
        for (int copy = 0; copy < copies; ++copy, now += 800 * millisecond)
            frames.push_back({now,
                forth({.sequence = 1000,
                    .acknowledgment = 5000,
                    .flags = static_cast<std::uint16_t>(payload == 0 ? 0x11 : 0x10),
                    .payload = bytesSent})});
        now = frames.back().nanoseconds;
        std::uint32_t end = 1000 + static_cast<std::uint32_t>(std::max(payload, 1));
        if (more > 0) {
            frames.push_back({now, forth({.sequence = end, .acknowledgment = 5000, .payload = std::string(7, 'y')})});
            end += 7;
        }
        frames.push_back({now + 10 * millisecond, back({.sequence = 5000, .acknowledgment = end})});
        if (payload > 0) // afterwards it is measured again
            frames.push_back(
                {start + 4 * second, forth({.sequence = end, .acknowledgment = 5000, .payload = std::string(3, 'z')})});
        if (payload > 0)
            frames.push_back(
                {start + 4 * second + 20 * millisecond, back({.sequence = 5000, .acknowledgment = end + 3})});
        QTemporaryDir folder;
        const QString path = folder.filePath("some.pcap");
        write(path, pcapBytes(frames));
        const auto loaded = parse::loadPath(path.toStdString());
        QVERIFY2(loaded.hasValue(), loaded ? "" : loaded.error().what.c_str());
        const Series* roundTrip = (*loaded)->find("wire.rtt");
        QVERIFY(roundTrip);
        const double third = roundTrip->values.at(2) * 1000;
        QVERIFY2(std::isnan(milliseconds) ? std::isnan(third) : std::abs(third - milliseconds) < 0.01,
            qPrintable(QString::number(third)));
        if (payload > 0)
            QVERIFY(std::abs(roundTrip->values.at(4) * 1000 - 20) < 0.01);
    }

    void keepsWhatCameBeforeACut()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("cut.pcap");
        const std::string whole = pcapBytes(conversation());
        write(path, whole.substr(0, whole.size() - 10));
        const auto loaded = parse::loadPath(path.toStdString());
        QVERIFY(loaded.hasValue());
        QVERIFY((*loaded)->isPartial);
        QCOMPARE((*loaded)->packets.packets.size(), std::size_t{4});
        QCOMPARE((*loaded)->notes.size(), std::size_t{1});
        QVERIFY((*loaded)->notes[0].message.find("after frame 4") != std::string::npos);
    }

    void forcedSource()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("text");
        write(path, "procs -----------memory----------");
        parse::LoadOptions options;
        options.source = "pcap";
        const auto loaded = parse::loadPath(path.toStdString(), options);
        QVERIFY(!loaded.hasValue());
        QVERIFY2(loaded.error().what.find("not a packet capture") != std::string::npos, loaded.error().what.c_str());
    }

    /// What the recorder writes: files of 10 s that are one stream, with what was dropped beside them.
    void recordersFiles()
    {
        QTemporaryDir folder;
        QVERIFY(QDir(folder.path()).mkpath("packets/eth0"));
        const auto frames = conversation();
        write(folder.filePath("packets/eth0/000000.pcap"), pcapBytes({frames.begin(), frames.begin() + 3}));
        write(folder.filePath("packets/eth0/000000.txt"), "received 5\ndropped 2\ndropped_interface 0\n");
        write(folder.filePath("packets/eth0/000001.pcap"), pcapBytes({frames.begin() + 3, frames.end()}));
        write(folder.filePath("packets/eth0/000001.txt"), "received 3\ndropped 1\ndropped_interface 0\n");
        const auto loaded = parse::loadPath(folder.path().toStdString());
        QVERIFY2(loaded.hasValue(), loaded ? "" : loaded.error().what.c_str());
        const PacketCapture& packets = (*loaded)->packets;
        QCOMPARE(packets.sources.size(), std::size_t{1});
        QCOMPARE(packets.sources[0].name, std::string("eth0"));
        QCOMPARE(packets.sources[0].droppedByKernel.value_or(0), std::uint64_t{3});
        QCOMPARE(packets.packets.size(), std::size_t{5});
        QCOMPARE(packets.packets.back().frame, 5U); // numbered through
        QCOMPARE(packets.flows.size(), std::size_t{1});
        QCOMPARE((*loaded)->members.size(), std::size_t{4});
    }
};

QTEST_APPLESS_MAIN(TestPacketReader)
#include "tst_packet_reader.moc"
