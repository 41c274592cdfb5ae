// Times of all sources on one axis: zones with daylight saving time, texts without a zone, rows without a clock, stamps
// since boot.
#include "base/time_zone.h"
#include "parse/clock_map.h"

#include <QtTest>

using namespace hindcast;
using namespace std::chrono_literals;
using parse::CivilTimes;
using parse::SourceTimes;

namespace {

Time at(const char* text)
{
    return *parseRfc3339(text);
}

std::string bigEndian(std::uint64_t value, int bytes)
{
    std::string text;
    for (int i = bytes - 1; i >= 0; --i)
        text += static_cast<char>(value >> (8 * i) & 0xFF);
    return text;
}

/// A zone of one distance from UTC, with the rule for all years in the footer. Source: RFC 9636 §3.
std::string tzif(const std::string& footer, std::int32_t offset = 3600)
{
    std::string header = "TZif2" + std::string(15, '\0');
    for (const std::uint64_t count : {0U, 0U, 0U, 0U, 1U, 4U})
        header += bigEndian(count, 4);
    const std::string type = bigEndian(static_cast<std::uint32_t>(offset), 4) + std::string(2, '\0');
    const std::string block = header + type + std::string("LMT\0", 4);
    return block + block + '\n' + footer + '\n';
}

const std::string berlin = tzif("CET-1CEST,M3.5.0,M10.5.0/3");

} // namespace

class TestClockMap : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void offsets_data()
    {
        QTest::addColumn<QByteArray>("footer");
        QTest::addColumn<QByteArray>("instant");
        QTest::addColumn<int>("minutes");
        const QByteArray berlinRule("CET-1CEST,M3.5.0,M10.5.0/3"), sydney("AEST-10AEDT,M10.1.0,M4.1.0/3"),
            newYork("EST5EDT,M3.2.0,M11.1.0");
        QTest::newRow("Berlin in winter") << berlinRule << QByteArray("2026-01-15T12:00:00Z") << 60;
        QTest::newRow("Berlin in summer") << berlinRule << QByteArray("2026-07-15T12:00:00Z") << 120;
        QTest::newRow("Berlin, the last second of winter") << berlinRule << QByteArray("2026-03-29T00:59:59Z") << 60;
        QTest::newRow("Berlin, the first of summer") << berlinRule << QByteArray("2026-03-29T01:00:00Z") << 120;
        QTest::newRow("Berlin, the last of summer") << berlinRule << QByteArray("2026-10-25T00:59:59Z") << 120;
        QTest::newRow("Berlin, winter again") << berlinRule << QByteArray("2026-10-25T01:00:00Z") << 60;
        QTest::newRow("Sydney in January") << sydney << QByteArray("2026-01-15T12:00:00Z") << 660;
        QTest::newRow("Sydney in July") << sydney << QByteArray("2026-07-15T12:00:00Z") << 600;
        QTest::newRow("New York in July") << newYork << QByteArray("2026-07-15T12:00:00Z") << -240;
        QTest::newRow("Kolkata") << QByteArray("IST-5:30") << QByteArray("2026-07-15T12:00:00Z") << 330;
        QTest::newRow("a name of digits") << QByteArray("<-03>3") << QByteArray("2026-07-15T12:00:00Z") << -180;
        QTest::newRow("daylight saving time all year, as Casablanca's")
            << QByteArray("XXX3EDT4,0/0,J365/23") << QByteArray("2026-07-15T12:00:00Z") << -240;
        QTest::newRow("a rule that is none: the last known distance")
            << QByteArray("CET-1CEST,M13.5.0") << QByteArray("2026-07-15T12:00:00Z") << 60;
    }
    void offsets()
    {
        QFETCH(QByteArray, footer);
        QFETCH(QByteArray, instant);
        QFETCH(int, minutes);
        const auto zone = TimeZone::fromTzif(tzif(footer.toStdString()));
        QVERIFY(zone);
        QCOMPARE(static_cast<int>(zone->offsetAt(at(instant.constData())) / 1min), minutes);
    }

    void timesThatDaylightSavingTimeSkipsOrRepeats()
    {
        const TimeZone zone = *TimeZone::fromTzif(berlin);
        const auto plain = zone.toInstant(at("2026-07-01T12:00:00Z"));
        QVERIFY(plain.instant == at("2026-07-01T10:00:00Z") && plain.fit == TimeZone::Fit::Once);
        const auto skipped = zone.toInstant(at("2026-03-29T02:30:00Z"));
        QVERIFY(skipped.instant == at("2026-03-29T01:30:00Z") && skipped.fit == TimeZone::Fit::Never);
        const auto repeated = zone.toInstant(at("2026-10-25T02:30:00Z"));
        QVERIFY(repeated.instant == at("2026-10-25T00:30:00Z") && repeated.fit == TimeZone::Fit::Twice);
        for (const auto& [civil, instant] : {std::pair("2026-03-29T01:59:59Z", "2026-03-29T00:59:59Z"),
                 std::pair("2026-03-29T03:00:00Z", "2026-03-29T01:00:00Z"),
                 std::pair("2026-10-25T01:59:59Z", "2026-10-24T23:59:59Z"),
                 std::pair("2026-10-25T03:00:00Z", "2026-10-25T02:00:00Z")}) {
            QVERIFY2(zone.toInstant(at(civil)).instant == at(instant), civil);
            QVERIFY2(zone.toInstant(at(civil)).fit == TimeZone::Fit::Once, civil);
        }
    }

    void anyBytesAreNoZoneOrOne()
    {
        for (std::size_t length = 0; length < berlin.size(); ++length)
            if (const auto zone = TimeZone::fromTzif(std::string_view(berlin).substr(0, length)))
                zone->toInstant(at("2026-03-29T02:30:00Z"));
        std::string broken = berlin;
        broken[44 + 32] = static_cast<char>(0x7F); // a count of the second header
        QVERIFY(!TimeZone::fromTzif(broken) || true);
        QVERIFY(!TimeZone::fromTzif("TZif"));
    }

    void namesStayInTheDatabase()
    {
        for (const char* name :
            {"../../../etc/passwd", "/etc/localtime", "", "Europe", "Europe/", "a b", "Europe/../UTC"})
            QVERIFY2(!TimeZone::named(name), name);
        QVERIFY(TimeZone::named("UTC"));
        const auto zone = TimeZone::named("Europe/Berlin");
        if (!zone)
            QSKIP("no zone database here");
        QVERIFY(zone->offsetAt(at("2026-07-01T12:00:00Z")) == 2h);
        QVERIFY(zone->offsetAt(at("1990-01-01T12:00:00Z")) == 1h);
        QVERIFY(zone->offsetAt(at("2100-07-01T12:00:00Z")) == 2h);
    }

    void abbreviationsMeanOneThing()
    {
        QVERIFY(TimeZone::fromAbbreviation("PDT")->offsetAt(Time{}) == -7h);
        QVERIFY(TimeZone::fromAbbreviation("KST")->offsetAt(Time{}) == 9h);
        QVERIFY(TimeZone::fromAbbreviation("+0530")->offsetAt(Time{}) == 330min);
        QVERIFY(TimeZone::fromAbbreviation("-03")->offsetAt(Time{}) == -3h);
        for (const char* name : {"IST", "BST", "CST", "XYZ", "", "+", "+99", "+05:99"})
            QVERIFY2(!TimeZone::fromAbbreviation(name), name);
        QVERIFY(parse::isKnownTimeZone("+02:00") && parse::isKnownTimeZone("UTC"));
        QVERIFY(!parse::isKnownTimeZone("Middle/Earth") && !parse::isKnownTimeZone(""));
    }

    void civilTimesAreMovedByWhatIsKnown_data()
    {
        QTest::addColumn<QByteArray>("hostZone");
        QTest::addColumn<int>("hostOffset"); // minutes; -1 = not known
        QTest::addColumn<QByteArray>("inText");
        QTest::addColumn<QByteArray>("assumed");
        QTest::addColumn<QByteArray>("instant"); // of 12:00 on the wall
        QTest::addColumn<QByteArray>("said");
        QTest::newRow("the host's name") << QByteArray("Etc/UTC") << 540 << QByteArray("PDT") << QByteArray("+01:00")
                                         << QByteArray("2026-07-01T12:00:00Z") << QByteArray("host's zone, Etc/UTC");
        QTest::newRow("the host's distance")
            << QByteArray("Middle/Earth") << 540 << QByteArray("PDT") << QByteArray("+01:00")
            << QByteArray("2026-07-01T03:00:00Z") << QByteArray("UTC+09:00");
        QTest::newRow("what the text calls it")
            << QByteArray() << -1 << QByteArray("PDT") << QByteArray("+01:00") << QByteArray("2026-07-01T19:00:00Z")
            << QByteArray("the text calls PDT: UTC-07:00");
        QTest::newRow("what it calls it means two things")
            << QByteArray() << -1 << QByteArray("IST") << QByteArray() << QByteArray("2026-07-01T12:00:00Z")
            << QByteArray("calls IST, which has more than one meaning or none: they are taken as UTC");
        QTest::newRow("what the user says")
            << QByteArray() << -1 << QByteArray() << QByteArray("+01:00") << QByteArray("2026-07-01T11:00:00Z")
            << QByteArray("as of +01:00, as asked");
        QTest::newRow("nothing") << QByteArray() << -1 << QByteArray() << QByteArray()
                                 << QByteArray("2026-07-01T12:00:00Z")
                                 << QByteArray("the zone of its times is not known: they are taken as UTC");
    }
    void civilTimesAreMovedByWhatIsKnown()
    {
        QFETCH(QByteArray, hostZone);
        QFETCH(int, hostOffset);
        QFETCH(QByteArray, inText);
        QFETCH(QByteArray, assumed);
        QFETCH(QByteArray, instant);
        QFETCH(QByteArray, said);
        Host host;
        host.timezone = hostZone.toStdString();
        if (hostOffset != -1)
            host.utcOffset = std::chrono::minutes{hostOffset};
        std::vector<Time> rows{at("2026-07-01T12:00:00Z")};
        Event event;
        event.time = rows[0];
        Table table;
        table.time = rows[0];
        std::vector<SourceTimes> sources(1);
        sources[0].civil = CivilTimes::Local;
        sources[0].zoneInText = inText.toStdString();
        sources[0].rows = &rows;
        sources[0].events = {&event};
        sources[0].tables = {&table};
        parse::placeOnAxis(sources, host, assumed.toStdString());
        QVERIFY2(rows[0] == at(instant.constData()), formatUtc(rows[0]).c_str());
        QVERIFY(event.time == rows[0] && *table.time == rows[0]);
        QCOMPARE(sources[0].notes.size(), std::size_t{1});
        QVERIFY2(sources[0].notes[0].find(said.toStdString()) != std::string::npos, sources[0].notes[0].c_str());
    }

    void aClockThatWasSetBackCountsOnFromItsFirstTime()
    {
        Host host;
        host.timezone = "Europe/Berlin";
        if (!TimeZone::named(host.timezone))
            QSKIP("no zone database here");
        // A DayClock that counted on when the hour was repeated: 03:30 civil is half past two, the second time.
        std::vector<Time> rows{at("2026-10-25T01:30:00Z"), at("2026-10-25T02:30:00Z"), at("2026-10-25T03:30:00Z")};
        auto plain = rows;
        std::vector<SourceTimes> sources(2);
        sources[0].civil = CivilTimes::LocalFromFirst;
        sources[0].rows = &rows;
        sources[1].civil = CivilTimes::Local;
        sources[1].rows = &plain;
        parse::placeOnAxis(sources, host, {});
        QVERIFY(rows[0] == at("2026-10-24T23:30:00Z"));
        QVERIFY(rows[2] == at("2026-10-25T01:30:00Z"));
        QVERIFY(plain[2] == at("2026-10-25T02:30:00Z"));
        QVERIFY(plain[1] == at("2026-10-25T00:30:00Z"));
        QCOMPARE(sources[1].notes.size(), std::size_t{2});
        QVERIFY2(sources[1].notes[1].find("came twice") != std::string::npos, sources[1].notes[1].c_str());
    }

    void timesStayInOrderWhateverTheZoneSays()
    {
        Host host;
        host.timezone = "Europe/Berlin";
        if (!TimeZone::named(host.timezone))
            QSKIP("no zone database here");
        std::vector<Time> rows{at("2026-03-29T02:30:00Z"), at("2026-03-29T03:00:00Z")}; // the first was never shown
        std::vector<SourceTimes> sources(1);
        sources[0].civil = CivilTimes::Local;
        sources[0].rows = &rows;
        parse::placeOnAxis(sources, host, {});
        QVERIFY(rows[0] < rows[1]);
        QVERIFY(rows[1] - rows[0] == 30min);
    }

    void rowsWithoutAClockArePlacedByWhenTheyWereWritten()
    {
        Host host;
        std::vector<Time> dated{at("2026-07-01T12:00:00Z"), at("2026-07-01T13:00:00Z")}, rows, copied;
        for (int i = 0; i < 3; ++i) {
            rows.push_back(Time{std::chrono::seconds{i}});
            copied.push_back(rows.back());
        }
        Table listing;
        std::vector<SourceTimes> sources(4);
        sources[0].rows = &dated;
        sources[1].clock = Clock::None;
        sources[1].rows = &rows;
        sources[1].writtenAt = at("2026-07-01T13:00:10Z");
        sources[2].clock = Clock::None;
        sources[2].rows = &copied;
        sources[2].writtenAt = at("2026-11-01T00:00:00Z");
        sources[3].clock = Clock::None;
        sources[3].tables = {&listing};
        sources[3].writtenAt = at("2026-07-01T13:00:20Z");
        parse::placeOnAxis(sources, host, {});
        QVERIFY(sources[1].clock == Clock::Wall && sources[1].isInferred);
        QVERIFY(rows[2] == at("2026-07-01T13:00:10Z") && rows[0] == at("2026-07-01T13:00:08Z"));
        QVERIFY(!sources[1].notes.empty());
        QVERIFY2(
            sources[2].clock == Clock::None && !sources[2].isInferred && copied[0] == Time{}, "written long after");
        QVERIFY(listing.time == at("2026-07-01T13:00:20Z") && sources[3].isInferred);
        QVERIFY(!sources[0].isInferred && sources[0].notes.empty());
    }

    void nothingDatedPlacesNothing()
    {
        Host host;
        std::vector<Time> rows{Time{}, Time{1s}};
        std::vector<SourceTimes> sources(1);
        sources[0].clock = Clock::None;
        sources[0].rows = &rows;
        sources[0].writtenAt = at("2026-07-01T13:00:10Z");
        parse::placeOnAxis(sources, host, {});
        QVERIFY(sources[0].clock == Clock::None && rows[0] == Time{} && sources[0].notes.empty());
    }

    void stampsSinceBootArePlacedByTheBootTime()
    {
        Host host;
        host.bootTime = at("2026-07-01T00:00:00Z");
        const auto stamped = [](std::chrono::seconds since) {
            Event event;
            event.clock = Clock::Boot;
            event.time = Time{since};
            return event;
        };
        Event first = stamped(90s), second = stamped(60s), third = stamped(70s), other = stamped(3600s);
        std::vector<SourceTimes> sources(2);
        sources[0].clock = Clock::None;
        sources[0].events = {&first, &second, &third};
        sources[1].clock = Clock::None;
        sources[1].events = {&other};
        sources[1].writtenAt = at("2026-06-30T00:00:00Z"); // before that boot
        parse::placeOnAxis(sources, host, {});
        QVERIFY2(first.clock == Clock::Boot && first.time == Time{90s}, "of the boot before");
        QVERIFY(second.clock == Clock::Wall && second.time == at("2026-07-01T00:01:00Z"));
        QVERIFY(third.time == at("2026-07-01T00:01:10Z"));
        QVERIFY(other.clock == Clock::Boot);
    }

    void bootTimeIsReckonedFromUptime()
    {
        Host host;
        std::vector<Time> dated{at("2026-07-01T12:00:00Z")};
        Table uptime;
        uptime.columns = {{"load_1", Unit::None}, {"up", Unit::Seconds}};
        uptime.rows = {{Cell{1.0}, Cell{3600.0}}};
        Event event;
        event.clock = Clock::Boot;
        event.time = Time{30s};
        std::vector<SourceTimes> sources(3);
        sources[0].rows = &dated;
        sources[1].clock = Clock::None;
        sources[1].tables = {&uptime};
        sources[1].writtenAt = at("2026-07-01T12:00:00Z");
        sources[2].clock = Clock::None;
        sources[2].events = {&event};
        parse::placeOnAxis(sources, host, {});
        QVERIFY(host.bootTime == at("2026-07-01T11:00:00Z"));
        QVERIFY(event.clock == Clock::Wall && event.time == at("2026-07-01T11:00:30Z"));
    }
};

QTEST_GUILESS_MAIN(TestClockMap)
#include "tst_clock_map.moc"
