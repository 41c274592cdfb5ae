// iostat, mpstat and vmstat of one and the same minutes in the dates, clocks and decimals of several languages, with
// other line ends, behind a prompt: always the same times and figures. And without some of their rows: all
// others stay.
#include "parse/parser.h"

#include <QtTest>

#include <cmath>

using namespace hindcast;

namespace {

struct Style {
    const char* name;
    const char* date; ///< strftime's letters, of the heading
    const char* clock; ///< of rows and reports
    bool hasComma;
    const char* average;
};
// glibc's %x and %X of the locales
constexpr Style styles[] = {
    {"C", "%m/%d/%y", "%H:%M:%S", false, "Average:"},
    {"en_US", "%m/%d/%Y", "%I:%M:%S %p", false, "Average:"},
    {"de_DE", "%d.%m.%Y", "%H:%M:%S", true, "Durchschn.:"},
    {"fr_FR", "%d/%m/%Y", "%H:%M:%S", true, "Moyenne\u202f:"},
    {"nl_NL", "%d-%m-%y", "%H:%M:%S", true, "Gemiddeld:"},
    {"ISO", "%Y-%m-%d", "%H:%M:%S", false, "Average:"},
    {"ja_JP", "%Y年%m月%d日", "%H時%M分%S秒", false, "平均値:"},
    {"ko_KR", "%Y년 %m월 %d일", "%H시 %M분 %S초", false, "평균값:"},
    {"vi_VN", "%d/%m/%Y", "%H:%M:%S", true, "Trung bình:"},
    {"zh_TW", "%Y年%m月%d日", "%H時%M分%S秒", false, "平均時間："},
};

/// 2026-11-30, a minute before midnight: day and month cannot be exchanged, and the day changes between the reports.
constexpr std::time_t begin = 1796083140;

std::string stamp(const char* format, std::time_t time)
{
    std::tm parts{};
    gmtime_r(&time, &parts);
    char text[128];
    return {text, std::strftime(text, sizeof text, format, &parts)};
}

std::string number(double value, const Style& style)
{
    char text[32];
    std::snprintf(text, sizeof text, " %.2f", value);
    std::string result(text);
    if (style.hasComma)
        std::replace(result.begin(), result.end(), '.', ',');
    return result;
}

std::string banner(const Style& style)
{
    return "Linux 6.1.0-18-amd64 (db1) \t" + stamp(style.date, begin) + " \t_x86_64_\t(2 CPU)\n\n";
}

constexpr int reports = 5;
constexpr std::time_t interval = 30;

std::string iostatText(const Style& style)
{
    std::string text = banner(style);
    for (int i = 0; i < reports; ++i) {
        const std::time_t time = begin + i * interval;
        text += stamp(style.date, time) + ' ' + stamp(style.clock, time)
            + "\navg-cpu:  %user   %nice %system %iowait  %steal   %idle\n          ";
        for (const double share : {10.25 + i, 0.0, 5.5, 1.25, 0.0, 83.0 - i})
            text += number(share, style);
        text += "\n\nDevice            r/s     rkB/s r_await     w/s     wkB/s w_await  aqu-sz  %util\n";
        for (const char* device : {"sda", "dm-0"}) {
            text += device;
            for (const double figure : {3.0 + i, 48.5, 0.75, 2.0, 16.0, 1.5, 0.25, 12.5 + i})
                text += number(figure, style);
            text += '\n';
        }
        text += "\n\n";
    }
    return text;
}

std::string mpstatText(const Style& style)
{
    std::string text = banner(style);
    const std::string names = "  CPU    %usr   %nice    %sys %iowait    %irq   %soft  %steal  %guest  %gnice   %idle\n";
    const auto row = [&](const std::string& before, const char* cpu, int i) {
        text += before + "  " + cpu;
        for (const double share : {10.25 + i, 0.0, 5.5, 1.25, 0.0, 0.5, 0.0, 0.0, 0.0, 82.5 - i})
            text += number(share, style);
        text += '\n';
    };
    for (int i = 1; i < reports; ++i) {
        const std::time_t time = begin + i * interval;
        text += stamp(style.clock, time - interval) + names;
        for (const char* cpu : {"all", "0", "1"})
            row(stamp(style.clock, time), cpu, i);
        text += '\n';
    }
    row(style.average, "all", 9);
    return text;
}

struct Read {
    std::map<std::string, std::map<Nanoseconds, double>> series; ///< by metric and labels
    std::uint64_t skipped = 0;
    parse::CivilTimes civil = parse::CivilTimes::No;
};

Read read(const char* id, const std::string& text)
{
    const Host host;
    const parse::Sample sample{Time{}, {}, text, 0};
    parse::Builder builder(Clock::None);
    parse::parserById(id)->parse({"bare", {&sample, 1}, Clock::None, host}, builder);
    Read result{{}, builder.skippedLines(), builder.civilTimes()};
    for (const auto& built : builder.builtSeries())
        for (std::size_t i = 0; i < built.values.size(); ++i)
            if (!std::isnan(built.values[i]))
                result.series[built.metric + labelText(built.labels)]
                             [builder.rowTimes()[built.firstRow + i].time_since_epoch()] = built.values[i];
    return result;
}

std::string replaced(std::string text, const std::string& what, const std::string& with)
{
    for (auto place = text.find(what); place != std::string::npos; place = text.find(what, place + with.size()))
        text.replace(place, what.size(), with);
    return text;
}

/// Whether every value of `some` is in `all`, at its time.
bool isPartOf(const Read& some, const Read& all)
{
    for (const auto& [name, points] : some.series) {
        const auto whole = all.series.find(name);
        if (whole == all.series.end())
            return false;
        for (const auto& [time, value] : points)
            if (const auto same = whole->second.find(time); same == whole->second.end() || same->second != value)
                return false;
    }
    return true;
}

} // namespace

class TestToolStyles : public QObject {
    Q_OBJECT

private slots:
    void isTheSameInEveryStyle_data();
    void isTheSameInEveryStyle();
    void otherLineEndsChangeNothing();
    void rowsThatAreMissingTakeNoOthers();
};

void TestToolStyles::isTheSameInEveryStyle_data()
{
    QTest::addColumn<int>("style");
    for (int style = 0; style < static_cast<int>(std::size(styles)); ++style)
        QTest::newRow(styles[style].name) << style;
}

void TestToolStyles::isTheSameInEveryStyle()
{
    QFETCH(int, style);
    const Read usual = read("iostat", iostatText(styles[0])), disks = read("iostat", iostatText(styles[style]));
    QCOMPARE(usual.series.at("disk.util{device=sda}").size(), std::size_t{reports - 1}); // the first is since boot
    QVERIFY(usual.series.at("disk.util{device=sda}").begin()->first == std::chrono::seconds{begin + interval});
    QCOMPARE(disks.skipped, std::uint64_t{0});
    QVERIFY(disks.series == usual.series);
    QVERIFY(disks.civil == parse::CivilTimes::Local);
    const Read cpus = read("mpstat", mpstatText(styles[style]));
    QCOMPARE(cpus.series.at("cpu.idle{cpu=1}").size(), std::size_t{reports - 1});
    QVERIFY(cpus.series.at("cpu.idle").begin()->first == std::chrono::seconds{begin + interval});
    QCOMPARE(cpus.skipped, std::uint64_t{0});
    QVERIFY(cpus.series == read("mpstat", mpstatText(styles[0])).series);
}

void TestToolStyles::otherLineEndsChangeNothing()
{
    for (const auto& [id, text] :
        {std::pair("iostat", iostatText(styles[0])), std::pair("mpstat", mpstatText(styles[0]))}) {
        const Read usual = read(id, text);
        for (const std::string& other :
            {replaced(text, "\n", "\r\n"), "admin@db1:~$ " + std::string(id) + " -P ALL 30 4\n" + text, text + "\n\n",
                replaced(text, "\n", "   \n")}) {
            const Read same = read(id, other);
            QVERIFY(same.series == usual.series);
            QCOMPARE(same.skipped, std::uint64_t{0});
        }
    }
}

void TestToolStyles::rowsThatAreMissingTakeNoOthers()
{
    for (const auto& [id, text] :
        {std::pair("iostat", iostatText(styles[0])), std::pair("mpstat", mpstatText(styles[0]))}) {
        const Read whole = read(id, text);
        std::size_t place = text.find("\n\n") + 2; // without its time a later report could not be told from the first
        for (auto end = text.find('\n', place); end != std::string::npos;
             place = end + 1, end = text.find('\n', place)) {
            const std::string line = text.substr(place, end + 1 - place);
            const bool isRow = line.find("sda") == 0 || line.find("dm-0") == 0 || line.find("  0 ") != std::string::npos
                || line.find("  all ") != std::string::npos;
            if (!isRow)
                continue;
            QVERIFY2(isPartOf(read(id, text.substr(0, place) + text.substr(end + 1)), whole), line.c_str());
            QVERIFY2(read(id, text.substr(0, place) + line + text.substr(place)).series == whole.series, line.c_str());
            QVERIFY2(isPartOf(read(id, text.substr(0, place)), whole), line.c_str());
        }
    }
}

QTEST_GUILESS_MAIN(TestToolStyles)
#include "tst_tool_styles.moc"
