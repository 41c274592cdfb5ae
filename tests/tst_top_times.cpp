// When the screens of top were shown: its heads tell the time of day and nothing else.
#include "parse/parser.h"

#include <QtTest>

using namespace hindcast;
using namespace hindcast::parse;

namespace {

std::string screen(const std::string& timeOfDay)
{
    return "top - " + timeOfDay + " up 2 min,  2 users,  load average: 0.23, 0.22, 0.09\n"
        + "Tasks: 112 total,   1 running, 111 sleeping,   0 stopped,   0 zombie\n\n";
}

Time at(std::string_view stamp)
{
    return *parseRfc3339(stamp);
}

struct Read {
    Clock clock;
    CivilTimes civil;
    std::vector<Time> times;
};

Read read(const std::string& text, Clock clock, Time sampleTime, std::optional<Time> writtenAt, const Host& host)
{
    const Sample sample{sampleTime, "", text, 0};
    Builder builder(clock);
    parserById("top")->parse({"top.txt", {&sample, 1}, clock, host, writtenAt}, builder);
    return {builder.clock(), builder.civilTimes(), builder.rowTimes()};
}

} // namespace

class TestTopTimes : public QObject {
    Q_OBJECT
private slots:
    void theDateIsThatOfWriting();
    void theZoneOfTheHostCounts();
    void withoutADateTheyAreSecondsSinceTheFirst();
    void screensWithinASecondArePlacedEvenly();
    void aRecordedTimeIsOfTheFirst();
};

void TestTopTimes::theDateIsThatOfWriting()
{
    const auto result =
        read(screen("23:59:58") + screen("00:00:01"), Clock::None, {}, at("2026-11-21T00:00:05Z"), Host{});
    QCOMPARE(result.clock, Clock::Wall);
    QCOMPARE(result.civil, CivilTimes::Local);
    QVERIFY((result.times == std::vector{at("2026-11-20T23:59:58Z"), at("2026-11-21T00:00:01Z")}));
}

void TestTopTimes::theZoneOfTheHostCounts()
{
    Host host;
    host.utcOffset = std::chrono::hours{13};
    // Written at 02:00:05 on the 21st where the host stands; without its zone the 20th would be nearer.
    const auto result = read(screen("02:00:01"), Clock::None, {}, at("2026-11-20T13:00:05Z"), host);
    QVERIFY((result.times == std::vector{at("2026-11-21T02:00:01Z")}));
    const auto withoutZone = read(screen("02:00:01"), Clock::None, {}, at("2026-11-20T13:00:05Z"), Host{});
    QVERIFY((withoutZone.times == std::vector{at("2026-11-20T02:00:01Z")}));
}

void TestTopTimes::withoutADateTheyAreSecondsSinceTheFirst()
{
    const auto result = read(screen("23:59:58") + screen("00:00:01"), Clock::None, {}, {}, Host{});
    QCOMPARE(result.clock, Clock::None);
    QVERIFY((result.times == std::vector{Time{}, Time{std::chrono::seconds{3}}}));
}

void TestTopTimes::screensWithinASecondArePlacedEvenly()
{
    const auto result = read(screen("10:00:00") + screen("10:00:00") + screen("10:00:01"), Clock::None, {}, {}, Host{});
    QVERIFY((result.times == std::vector{Time{}, Time{std::chrono::milliseconds{500}}, Time{std::chrono::seconds{1}}}));
}

void TestTopTimes::aRecordedTimeIsOfTheFirst()
{
    const Time recorded = at("2026-11-21T08:00:00.25Z");
    const auto result = read(screen("17:00:00") + screen("17:00:05"), Clock::Wall, recorded, {}, Host{});
    QCOMPARE(result.clock, Clock::Wall);
    QCOMPARE(result.civil, CivilTimes::No);
    QVERIFY((result.times == std::vector{recorded, recorded + std::chrono::seconds{5}}));
}

QTEST_GUILESS_MAIN(TestTopTimes)
#include "tst_top_times.moc"
