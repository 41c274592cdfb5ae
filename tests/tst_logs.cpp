// Logs that are too large for a fixture: what becomes events and what is only counted, and requests on their grid.
#include "diagnose/inquiry.h"
#include "parse/access_counts.h"
#include "parse/builder.h"
#include "parse/json_line.h"
#include "parse/parser.h"

#include <QtTest>

#include <cmath>
#include <fmt/format.h>
#include <numeric>

using namespace hindcast;

namespace {

parse::Builder read(std::string_view id, std::string_view text, std::optional<Time> writtenAt = {})
{
    const Host host;
    const parse::Sample sample{Time{}, "log", text, 0};
    parse::Builder builder(Clock::None);
    parse::Input input{"log", {&sample, 1}, Clock::None, host};
    input.writtenAt = writtenAt;
    parse::parserById(id)->parse(input, builder);
    return builder;
}

const parse::Builder::BuiltSeries* find(parse::Builder& builder, std::string_view metric, const Labels& labels = {})
{
    for (const auto& series : builder.builtSeries())
        if (series.metric == metric && series.labels == labels)
            return &series;
    return nullptr;
}

/// Rate times length of the interval, over all rows.
double total(const parse::Builder& builder, const parse::Builder::BuiltSeries& series, double firstLength)
{
    double sum = 0;
    const auto& times = builder.rowTimes();
    for (std::size_t i = 0; i < series.values.size(); ++i) {
        const std::size_t row = series.firstRow + i;
        const double length = row == 0 ? firstLength : toSeconds(times[row] - times[row - 1]);
        sum += series.values[i] * length;
    }
    return sum;
}

std::size_t eventsOfKind(parse::Builder& builder, std::string_view kind)
{
    return static_cast<std::size_t>(std::count_if(builder.events().begin(), builder.events().end(),
        [kind](const Event& event) { return labelValue(event.labels, "kind") == kind; }));
}

std::string clockText(int second)
{
    return fmt::format("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
}

parse::AccessRequest request(int second, std::string_view path, double seconds)
{
    parse::AccessRequest one;
    one.time = Time{std::chrono::seconds{1'795'231'000 + second}};
    one.path = path;
    one.client = "192.0.2.7";
    one.status = 200;
    one.requestSeconds = seconds;
    return one;
}

} // namespace

class TestLogs : public QObject {
    Q_OBJECT

private slots:
    void aLargeLogKeepsWhatMattersAndCountsAll();
    void aSmallLogKeepsEveryLine();
    void theYearIsThatInWhichTheFileWasWritten();
    void aGridCoarsensAndLosesNoRequest();
    void quietStretchesAreOneRow();
    void quantilesOfManyTimes();
    void pathsAreBoundedAndHoldNoSecrets();
    void escapesOfJson();
    void whatSeveralLogsSayCountsOnce();
};

void TestLogs::aLargeLogKeepsWhatMattersAndCountsAll()
{
    constexpr int lines = 150'000;
    std::string text;
    for (int i = 0; i < lines; ++i) {
        const std::string head = "2026-11-21T" + clockText(i / 2) + "Z lantern ";
        if (i % 50'000 == 7)
            text += head + "kernel: Out of memory: Killed process 2526 (ledgerd) total-vm:9kB, anon-rss:8kB\n";
        else if (i % 10 == 0)
            text += head + fmt::format("tallyd[31]: error: order {} was refused\n", i);
        else
            text += head + fmt::format("ledgerd[2526]: order {} was booked\n", i);
    }
    auto builder = read("syslog", text);
    QCOMPARE(eventsOfKind(builder, "oom-kill"), std::size_t{3});
    QCOMPARE(builder.events().size(), std::size_t{103}); // a hundred of the errors that are alike
    QCOMPARE(builder.skippedLines(), std::uint64_t{0});
    const auto* all = find(builder, "log.lines");
    const auto* errors = find(builder, "log.errors", {{"program", "tallyd"}});
    QVERIFY(all && errors);
    QCOMPARE(std::lround(total(builder, *all, 60)), long{lines});
    QCOMPARE(std::lround(total(builder, *errors, 60)), long{lines / 10});
    QVERIFY(builder.rowTimes().size() < 2000);
}

void TestLogs::aSmallLogKeepsEveryLine()
{
    std::string text;
    for (int i = 0; i < 1000; ++i)
        text += "2026-11-21T" + clockText(i) + "Z lantern ledgerd[2526]: an order was booked\n";
    auto builder = read("syslog", text);
    QCOMPARE(builder.events().size(), std::size_t{1000});
    QVERIFY(builder.builtSeries().empty());
}

void TestLogs::theYearIsThatInWhichTheFileWasWritten()
{
    const std::string text = "Dec 30 10:00:00 lantern ledgerd[1]: a\nJan  2 10:00:00 lantern ledgerd[1]: b\n";
    auto builder = read("syslog", text, parseRfc3339("2026-01-03T00:00:00Z"));
    QCOMPARE(builder.events().size(), std::size_t{2});
    QCOMPARE(formatUtc(builder.events()[0].time), std::string("2025-12-30T10:00:00Z"));
    QCOMPARE(formatUtc(builder.events()[1].time), std::string("2026-01-02T10:00:00Z"));
    // Written in January, a log that ends in December is of the year before.
    builder = read("syslog", "Dec 30 10:00:00 lantern ledgerd[1]: a\n", parseRfc3339("2026-01-03T00:00:00Z"));
    QCOMPARE(formatUtc(builder.events()[0].time), std::string("2025-12-30T10:00:00Z"));
}

void TestLogs::aGridCoarsensAndLosesNoRequest()
{
    parse::AccessCounts counts;
    constexpr int seconds = 250'000;
    for (int i = 0; i < seconds; ++i)
        counts.add(request(i, "/a", 0.5));
    parse::Builder builder;
    counts.write(builder);
    const auto* requests = find(builder, "http.requests");
    QVERIFY(requests);
    QCOMPARE(std::lround(total(builder, *requests, 10)), long{seconds});
    QVERIFY(builder.rowTimes().size() < 30'000);
    QCOMPARE(find(builder, "http.request_time", {{"quantile", "p95"}})->values.front(), 0.5);
}

void TestLogs::quietStretchesAreOneRow()
{
    parse::AccessCounts counts;
    counts.add(request(1000, "/b", 0.25)); // logged out of order
    counts.add(request(0, "/a", 0.5));
    counts.add(request(0, "/a", 0.125));
    parse::Builder builder;
    counts.write(builder);
    const auto* requests = find(builder, "http.requests");
    QVERIFY(requests);
    QCOMPARE(requests->values, (std::vector<double>{2, 0, 1}));
    QCOMPARE(builder.rowTimes()[1] - builder.rowTimes()[0], Nanoseconds{std::chrono::seconds{999}});
    QCOMPARE(builder.rowTimes()[2] - builder.rowTimes()[1], Nanoseconds{std::chrono::seconds{1}});
}

void TestLogs::quantilesOfManyTimes()
{
    parse::TimeSpread few, many, merged;
    for (int i = 1; i <= 100; ++i)
        few.add(i / 100.0);
    for (int i = 1; i <= 10'000; ++i)
        many.add(i / 10'000.0);
    QCOMPARE(few.quantile(0.95), 0.95);
    QCOMPARE(few.quantile(0.5), 0.5);
    QVERIFY(std::abs(many.quantile(0.95) / 0.95 - 1) < 0.011);
    QVERIFY(std::abs(many.quantile(0.5) / 0.5 - 1) < 0.011);
    QCOMPARE(many.longest(), 1.0);
    merged.add(few);
    merged.add(many);
    QVERIFY(std::abs(merged.quantile(0.99) / 0.99 - 1) < 0.011);
}

void TestLogs::pathsAreBoundedAndHoldNoSecrets()
{
    std::string path;
    parse::normalisePath("/orders/4711/lines?token=abc", path);
    QCOMPARE(path, std::string("/orders/{n}/lines"));
    parse::normalisePath("https://shop.example/reset/3f2504e04f8911d39a0c0305e82c3301#x", path);
    QCOMPARE(path, std::string("/reset/{id}"));
    parse::normalisePath("/js/jquery-3.7.1.min.js", path);
    QCOMPARE(path, std::string("/js/jquery-3.7.1.min.js"));
    parse::AccessCounts counts;
    for (int i = 0; i < 100'000; ++i) {
        const std::string odd = fmt::format("/x{}y", i);
        counts.add(request(i % 10, i % 2 == 0 ? std::string_view("/often") : std::string_view(odd), 0.5));
    }
    parse::Builder builder;
    counts.write(builder);
    QCOMPARE(builder.tables()[0].name, std::string("http paths"));
    QCOMPARE(builder.tables()[0].rows.size(), std::size_t{100});
    QCOMPARE(std::get<std::string>(builder.tables()[0].rows[0][0]), std::string("/often"));
    QCOMPARE(std::get<double>(builder.tables()[0].rows[0][1]), 50'000.0);
}

void TestLogs::escapesOfJson()
{
    std::string buffer;
    QCOMPARE(std::string(parse::unescaped(R"(a\"b\\\/\u00e9\ud83d\ude00\ud83d\n)", buffer)),
        std::string("a\"b\\/é😀\xEF\xBF\xBD\n"));
    parse::JsonObject object(R"({"a" : "x\"y", "b":[1,{"c":"]"}], "d":-1.5e3,"e":null} tail)");
    std::string_view key;
    std::string seen;
    for (parse::JsonValue value; object.next(key, value);)
        seen += fmt::format("{}={} ", key, value.text);
    QCOMPARE(seen, std::string(R"(a=x\"y b=[1,{"c":"]"}] d=-1.5e3 e=null )"));
    QVERIFY(object.isComplete());
    QCOMPARE(std::string(object.rest()), std::string(" tail"));
    for (const std::string_view broken :
        {"", "{", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":[", "{\"a\":\"\\"}) {
        parse::JsonObject cut(broken);
        for (parse::JsonValue value; cut.next(key, value);) { }
        QVERIFY(!cut.isComplete());
    }
}

void TestLogs::whatSeveralLogsSayCountsOnce()
{
    const auto event = [](std::string member, int second, std::string text) {
        Event one;
        one.time = Time{std::chrono::seconds{1'795'231'000 + second}};
        one.member = std::move(member);
        one.text = std::move(text);
        one.labels = {{"kind", "oom-kill"}};
        return one;
    };
    Snapshot snapshot;
    snapshot.events = {event("dmesg", 0, "Killed process 1"), event("messages", 1, "Killed process 1"),
        event("messages", 2, "Killed process 1"), event("dmesg", 2, "Killed process 2"),
        event("dmesg", 3, "Killed process 1"), event("journal", 4, "Killed process 1"),
        event("messages", 1000, "Killed process 2")};
    // Twice in dmesg and in messages; the second process once, and once more a quarter of an hour later.
    QCOMPARE(diagnose::kernelEvents(snapshot, "oom-kill").now.size(), std::size_t{4});
}

QTEST_GUILESS_MAIN(TestLogs)
#include "tst_logs.moc"
