// The canonical list of metrics against what the parsers really give, by their golden files.
#include "model/metrics.h"
#include "model/snapshot.h"
#include "parse/parser.h"

#include <QDirIterator>
#include <QRegularExpression>
#include <QtTest>

using namespace hindcast;

namespace {

/// Which sources give which metric, in tests/data/parse/*/*/expected.txt.
QMap<QString, QSet<QString>> givenMetrics()
{
    static const QRegularExpression member("^member (.+) (\\S+): \\d+ samples"), times("^times (.+) (wall|boot|none):"),
        series("^([a-z][a-z0-9_]*(\\.[a-z0-9_]+)+)(\\{.*\\})? \\S+ (gauge|counter)( .*)?:");
    QMap<QString, QSet<QString>> given;
    for (QDirIterator files(HINDCAST_TEST_DATA "/parse", {"expected.txt"}, QDir::Files, QDirIterator::Subdirectories);
         files.hasNext();) {
        QFile file(files.next());
        if (!file.open(QIODevice::ReadOnly))
            continue;
        QMap<QString, QString> sources;
        QString source;
        for (const QString& line : QString::fromUtf8(file.readAll()).split('\n')) {
            if (const auto found = member.match(line); found.hasMatch())
                sources[found.captured(1)] = found.captured(2);
            else if (const auto begun = times.match(line); begun.hasMatch())
                source = sources.value(begun.captured(1));
            else if (const auto value = series.match(line); value.hasMatch() && !source.isEmpty())
                given[value.captured(1)] << source;
        }
    }
    return given;
}

QStringList words(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())).split(' ', Qt::SkipEmptyParts);
}

bool isOfFamily(const QString& metric, const QString& source)
{
    for (const MetricFamily& family : metricFamilies())
        if (metric.startsWith(words(family.prefix).value(0)) && words(family.sources).contains(source))
            return true;
    return false;
}

} // namespace

class TestMetrics : public QObject {
    Q_OBJECT

private slots:
    void everyMetricIsDescribed();
    void everySourceIsAParser();
    void whatParsersGiveIsListed();
    void preferredSourceIsShown();
};

void TestMetrics::everyMetricIsDescribed()
{
    for (const MetricInfo& info : knownMetrics()) {
        const std::string name(info.metric);
        QVERIFY2(info.title.size() >= 3 && info.title.size() <= 36, name.c_str());
        QVERIFY2(info.meaning.size() > info.title.size() && info.meaning.back() == '.', name.c_str());
        QVERIFY2(!info.sources.empty(), name.c_str());
        QVERIFY2(metricInfo(info.metric) == &info, name.c_str());
    }
    QVERIFY(!metricInfo("cpu.nonsense"));
    QVERIFY(!metricInfo(""));
}

void TestMetrics::everySourceIsAParser()
{
    const auto check = [](std::string_view sources, std::string_view where) {
        const QStringList ids = words(sources);
        for (const QString& id : ids)
            QVERIFY2(id == "packets" || parse::parserById(id.toStdString()),
                qPrintable(id + ", of " + words(where).value(0)));
        QCOMPARE(QSet<QString>(ids.begin(), ids.end()).size(), ids.size());
    };
    for (const MetricInfo& info : knownMetrics())
        check(info.sources, info.metric);
    for (const MetricFamily& family : metricFamilies())
        check(family.sources, family.prefix);
}

void TestMetrics::whatParsersGiveIsListed()
{
    const auto given = givenMetrics();
    QVERIFY(given.size() > 300);
    QStringList missing;
    for (auto metric = given.begin(); metric != given.end(); ++metric)
        for (const QString& source : metric.value()) {
            const MetricInfo* info = metricInfo(metric.key().toStdString());
            if (!(info && words(info->sources).contains(source)) && !isOfFamily(metric.key(), source))
                missing << metric.key() + " of " + source;
        }
    QVERIFY2(missing.isEmpty(), qPrintable(missing.join('\n')));
}

void TestMetrics::preferredSourceIsShown()
{
    QCOMPARE(sourceRank("cpu.iowait", "proc_stat"), std::size_t{0});
    QVERIFY(sourceRank("cpu.iowait", "vmstat") > 0);
    QVERIFY(sourceRank("cpu.iowait", "nobody") > sourceRank("cpu.iowait", "vmstat"));
    QCOMPARE(sourceRank("no.such", "a"), sourceRank("no.such", "b"));
    Snapshot snapshot;
    for (const char* source : {"nobody", "vmstat", "proc_stat"}) {
        Series& series = snapshot.series.emplace_back();
        series.metric = "cpu.iowait";
        series.source = source;
    }
    const Series* found = snapshot.find("cpu.iowait");
    QVERIFY(found);
    QCOMPARE(found->source, std::string("proc_stat"));
    QCOMPARE(snapshot.findAll("cpu.iowait").size(), std::size_t{1});
    QCOMPARE(snapshot.findAll("cpu.iowait").front()->source, std::string("proc_stat"));
}

QTEST_APPLESS_MAIN(TestMetrics)
#include "tst_metrics.moc"
