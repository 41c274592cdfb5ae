// The diagnosis: every rule against small captures in which it must find, clear, or say that it cannot judge
// (tests/data/diagnose/<rule>/{found,clear,not_evaluable}[_name]/: input is a loose capture written by make_inputs.py,
// expected.txt what is said of it); and what text cannot express: windows, causes, ranking, parameters.
// UPDATE_EXPECTED=1 rewrites expected.txt: look at the difference before committing it.
#include "diagnose/causes.h"
#include "diagnose/condition.h"
#include "diagnose/diagnose.h"
#include "diagnose/rule.h"
#include "model/metrics.h"
#include "parse/load.h"
#include "snapshot_maker.h"

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <set>

using namespace hindcast;
using namespace hindcast::diagnose;
using namespace std::chrono_literals;

namespace {

const QString dataFolder = QStringLiteral(HINDCAST_TEST_DATA "/diagnose");

QStringList foldersIn(const QString& path)
{
    return QDir(path).entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
}

QByteArray contents(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

std::string findingLine(const Diagnosis& diagnosis, std::size_t index)
{
    const Finding& finding = diagnosis.findings[index];
    std::string line = fmt::format("{} {} | {} | {} | {:.2f} | {} s{}", levelName(finding.level), finding.id,
        finding.object.text(), roleName(finding.role), finding.confidence,
        std::llround(toSeconds(finding.range().duration())), diagnosis.principal == index ? " | principal" : "");
    if (finding.explainedBy)
        line += " | explained by " + diagnosis.findings[*finding.explainedBy].id;
    return line + "\n  " + finding.sentence + "\n  by " + (finding.culprit ? finding.culprit->text() : "?")
        + ", waiting " + (finding.victim ? finding.victim->text() : "?") + '\n';
}

/// What the case's own rule says, then what the others found.
std::string textOf(const Diagnosis& diagnosis, std::string_view rule)
{
    std::string text;
    for (const Verdict& verdict : diagnosis.verdicts) {
        if (verdict.rule != rule)
            continue;
        text += fmt::format("{}\n", answerName(verdict.answer));
        for (const std::size_t index : verdict.findings)
            text += findingLine(diagnosis, index);
        for (const MissingInput& missing : verdict.missing)
            text += fmt::format("missing {}: {}\n", missing.input, missing.reason);
        if (!verdict.remark.empty())
            text += "remark " + verdict.remark + '\n';
    }
    text += "headline " + diagnosis.headline + '\n';
    for (std::size_t i = 0; i < diagnosis.findings.size(); ++i)
        if (diagnosis.findings[i].id != rule)
            text += "also " + findingLine(diagnosis, i);
    return text;
}

/// The answer that the name of a case promises.
std::optional<Answer> promised(const QString& name)
{
    for (const auto& [prefix, answer] : {std::pair{"found", Answer::Found}, std::pair{"clear", Answer::Clear},
             std::pair{"not_evaluable", Answer::NotEvaluable}})
        if (name == prefix || name.startsWith(QString(prefix) + '_'))
            return answer;
    return std::nullopt;
}

const Verdict* verdictOf(const Diagnosis& diagnosis, std::string_view rule)
{
    const auto found = std::find_if(diagnosis.verdicts.begin(), diagnosis.verdicts.end(),
        [&](const Verdict& verdict) { return verdict.rule == rule; });
    return found == diagnosis.verdicts.end() ? nullptr : &*found;
}

const Finding* findingOf(const Diagnosis& diagnosis, std::string_view id)
{
    const auto found = std::find_if(
        diagnosis.findings.begin(), diagnosis.findings.end(), [&](const Finding& finding) { return finding.id == id; });
    return found == diagnosis.findings.end() ? nullptr : &*found;
}

Signal made(const std::vector<double>& values, Nanoseconds interval = 1s)
{
    auto times = std::make_shared<std::vector<Time>>();
    for (std::size_t i = 0; i < values.size(); ++i)
        times->push_back(noon() + interval * static_cast<std::int64_t>(i));
    return {times, values, false};
}

std::vector<double> joined(std::initializer_list<std::pair<int, double>> parts)
{
    std::vector<double> values;
    for (const auto& [count, value] : parts)
        values.insert(values.end(), static_cast<std::size_t>(count), value);
    return values;
}

Sustained atLeast(const Signal& signal, double limit, double seconds)
{
    const Term term{signal, Bound::AtLeast, limit};
    return sustained(std::span(&term, 1), seconds);
}

double secondsFromNoon(Time time)
{
    return toSeconds(time - noon());
}

/// Two CPUs, `busy` from tick `from` to `to` with nine tasks in the queue, else idle.
void addCpu(SnapshotMaker& maker, std::size_t from, std::size_t to)
{
    const auto during = [=](double inside, double outside) {
        return [=](std::size_t tick) { return tick >= from && tick < to ? inside : outside; };
    };
    maker.snapshot().host.cpus = 2;
    maker.addDerived("cpu.idle", Unit::Percent, {}, during(0, 95));
    maker.addDerived("cpu.busy", Unit::Percent, {}, during(100, 5));
    maker.addGauge("cpu.run_queue", Unit::Count, {}, during(9, 1));
}

void addDisk(SnapshotMaker& maker, const std::string& name, std::size_t from, std::size_t to, double awaitSeconds)
{
    const auto during = [=](double inside, double outside) {
        return [=](std::size_t tick) { return tick >= from && tick < to ? inside : outside; };
    };
    const Labels labels{{"device", name}};
    maker.addDerived("disk.queue", Unit::None, labels, during(100 * awaitSeconds, 0.01));
    maker.addDerived("disk.await", Unit::Seconds, labels, during(awaitSeconds, 0.0005));
    maker.addDerived("disk.requests", Unit::CountPerSecond, labels, during(100, 20));
    maker.addDerived("disk.read_bytes", Unit::BytesPerSecond, labels, during(409600, 8192));
    maker.addDerived("disk.written_bytes", Unit::BytesPerSecond, labels, during(0, 0));
}

} // namespace

class TestDiagnose : public QObject {
    Q_OBJECT

private slots:
    void verdict_data();
    void verdict();
    void everyRuleHasItsCases();
    void everyFolderHasItsRule();
    void everyMetricOfANeedExists();
    void everyRuleIsWhole();
    void everyEdgeNamesRules();

    void episodesHaveDurationsInSeconds();
    void burstsDoNotCount();
    void gapsAreNotBridged();
    void unmeasuredIsNotZero();
    void hysteresisKeepsAnEpisodeTogether();
    void shortCapturesScaleTheDuration();
    void coarseRowsAreWindowsOfTheirOwn();
    void zeroRowsGiveNothing();

    void principalIsTheOnlyCulprit();
    void effectsAreNestedUnderTheirCause();
    void effectsOfOtherTimesAreNot();
    void earlierOfTwoEqualsWins();
    void packetsNameThePeersThatLose();
    void packetsTellWhatPeersSendAgain();
    void ratesBecomeCountsAgain();
    void selectionMovesTheWindow();
    void stallsAreTheProblemWindow();
    void whatIsNearlyFoundIsNotCleared();
    void notesAreNeverPrincipal();
    void parametersAreOverridden();
    void manyKillsAreNoBurden();
    void sameInputSameAnswer();
    void emptySnapshotIsNotHealthy();
    void loadAloneClearsNoBusyCpu();
    void stopLeavesNoAnswer();
};

void TestDiagnose::verdict_data()
{
    QTest::addColumn<QString>("rule");
    QTest::addColumn<QString>("name");
    for (const QString& rule : foldersIn(dataFolder))
        for (const QString& name : foldersIn(dataFolder + '/' + rule))
            QTest::addRow("%s/%s", qPrintable(rule), qPrintable(name)) << rule << name;
}

void TestDiagnose::verdict()
{
    QFETCH(QString, rule);
    QFETCH(QString, name);
    const QString folder = dataFolder + '/' + rule + '/' + name;
    const auto loaded = parse::loadPath((folder + "/input").toStdString());
    QVERIFY2(loaded, loaded ? "" : loaded.error().what.c_str());
    const Diagnosis diagnosis = diagnose::diagnose(**loaded);

    const auto answer = promised(name);
    QVERIFY2(answer, "a case is named found, clear or not_evaluable, and may have a name behind it");
    const Verdict* own = verdictOf(diagnosis, rule.toStdString());
    QVERIFY(own);
    const std::string text = textOf(diagnosis, rule.toStdString());
    QVERIFY2(own->answer == *answer, text.c_str());
    QCOMPARE(own->missing.empty(), own->answer != Answer::NotEvaluable);
    for (const Finding& finding : diagnosis.findings) {
        QVERIFY2(!finding.episodes.empty(), finding.id.c_str());
        QVERIFY2(std::any_of(finding.evidence.begin(), finding.evidence.end(),
                     [](const Evidence& evidence) { return evidence.role == EvidenceRole::Trigger; }),
            finding.id.c_str());
        QVERIFY(finding.confidence >= 0.05 && finding.confidence <= 0.95);
        QVERIFY2(*answer == Answer::Found || finding.level < Level::Warning, text.c_str());
    }

    const QString expectedPath = folder + "/expected.txt";
    if (qEnvironmentVariableIsSet("UPDATE_EXPECTED")) {
        QFile file(expectedPath);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text.data(), static_cast<qint64>(text.size()));
    }
    QVERIFY2(QFile::exists(expectedPath), "expected.txt is missing");
    QCOMPARE(QByteArray::fromStdString(text), contents(expectedPath));
}

void TestDiagnose::everyRuleHasItsCases()
{
    for (const Rule& rule : allRules()) {
        const QStringList cases =
            foldersIn(dataFolder + '/' + QString::fromUtf8(rule.id.data(), static_cast<qsizetype>(rule.id.size())));
        for (const Answer wanted : {Answer::Found, Answer::Clear, Answer::NotEvaluable})
            QVERIFY2(
                std::any_of(cases.begin(), cases.end(), [&](const QString& name) { return promised(name) == wanted; }),
                fmt::format("{} has no case for: {}", rule.id, answerName(wanted)).c_str());
    }
}

void TestDiagnose::everyFolderHasItsRule()
{
    for (const QString& folder : foldersIn(dataFolder))
        QVERIFY2(ruleById(folder.toStdString()), qPrintable(folder + " is no rule"));
}

/// A mistyped name would make a rule say "not recorded" for ever.
void TestDiagnose::everyMetricOfANeedExists()
{
    QByteArray parsed;
    QDirIterator files(
        QStringLiteral(HINDCAST_TEST_DATA "/parse"), {"expected.txt"}, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext())
        parsed += contents(files.next());
    QVERIFY(!parsed.isEmpty());
    for (const Rule& rule : allRules())
        for (const Need& need : rule.needs)
            for (const Input& input : need.anyOf)
                if (input.kind == Input::Kind::Metric)
                    QVERIFY2(metricInfo(input.name) || parsed.contains(std::string(input.name).c_str()),
                        fmt::format("{} needs {}, which nothing reads", rule.id, input.name).c_str());
}

void TestDiagnose::everyRuleIsWhole()
{
    std::set<std::string_view> ids;
    for (const Rule& rule : allRules()) {
        QVERIFY2(ids.insert(rule.id).second, std::string(rule.id).c_str());
        QVERIFY2(rule.check && rule.question.ends_with('?') && !rule.title.empty() && !rule.needs.empty()
                && !rule.causes.empty() && !rule.checks.empty() && !rule.fixes.empty(),
            std::string(rule.id).c_str());
        for (const Need& need : rule.needs)
            QVERIFY2(!need.what.empty() && !need.remedy.empty() && !need.anyOf.empty(), std::string(rule.id).c_str());
        for (const Parameter& parameter : rule.parameters)
            QVERIFY2(!parameter.meaning.empty() && !parameter.source.empty()
                    && parameterByName(fmt::format("{}.{}", rule.id, parameter.name)) == &parameter,
                fmt::format("{}.{}", rule.id, parameter.name).c_str());
    }
    QVERIFY(!parameterByName("disk-saturation.quue"));
    QVERIFY(!parameterByName("disk-saturation"));
}

void TestDiagnose::everyEdgeNamesRules()
{
    for (const CausalEdge& edge : causalEdges())
        QVERIFY2(
            ruleById(edge.cause) && ruleById(edge.effect), fmt::format("{} -> {}", edge.cause, edge.effect).c_str());
}

void TestDiagnose::episodesHaveDurationsInSeconds()
{
    const Sustained held = atLeast(made(joined({{30, 1}, {20, 10}, {30, 1}})), 8, 10);
    QCOMPARE(held.episodes.size(), std::size_t{1});
    QCOMPARE(secondsFromNoon(held.episodes[0].range.begin), 30.0);
    QVERIFY(std::abs(secondsFromNoon(held.episodes[0].range.end) - 49) < 0.001);
    QVERIFY(!held.isScaled);
    QVERIFY(atLeast(made(joined({{30, 1}, {8, 10}, {30, 1}})), 8, 10).episodes.empty()); // too short
}

/// A second of 200 in a quiet window has a mean beyond the limit and is no lasting condition.
void TestDiagnose::burstsDoNotCount()
{
    std::vector<double> values;
    for (int i = 0; i < 90; ++i)
        values.push_back(i % 5 == 0 ? 200 : 1);
    QVERIFY(atLeast(made(values), 8, 10).episodes.empty());
}

void TestDiagnose::gapsAreNotBridged()
{
    auto times = std::make_shared<std::vector<Time>>();
    for (int i = 0; i < 60; ++i)
        times->push_back(noon() + 1s * (i < 30 ? i : i + 4)); // four seconds nothing was measured
    const Signal signal{times, std::vector<double>(60, 10.0), false};
    const Sustained held = atLeast(signal, 8, 10);
    QCOMPARE(held.episodes.size(), std::size_t{2});
    QVERIFY(std::abs(secondsFromNoon(held.episodes[0].range.end) - 29) < 0.001);
    QCOMPARE(secondsFromNoon(held.episodes[1].range.begin), 34.0);
}

void TestDiagnose::unmeasuredIsNotZero()
{
    const Term below{made(joined({{60, notMeasured}})), Bound::AtMost, 8};
    QVERIFY(sustained(std::span(&below, 1), 10).episodes.empty());
    const Term half{made(joined({{20, 3}, {30, notMeasured}, {20, 3}})), Bound::AtMost, 8};
    QCOMPARE(sustained(std::span(&half, 1), 10).episodes.size(), std::size_t{2});
}

void TestDiagnose::hysteresisKeepsAnEpisodeTogether()
{
    const auto dip = [](double value) { return made(joined({{20, 1}, {20, 10}, {20, value}, {20, 10}, {20, 1}})); };
    QCOMPARE(atLeast(dip(9), 10, 10).episodes.size(), std::size_t{1}); // not below 0.8 of the limit
    QCOMPARE(atLeast(dip(7), 10, 10).episodes.size(), std::size_t{2});
}

void TestDiagnose::shortCapturesScaleTheDuration()
{
    const Sustained held = atLeast(made(joined({{3, 1}, {8, 10}, {3, 1}})), 8, 10);
    QCOMPARE(held.episodes.size(), std::size_t{1});
    QVERIFY(held.isScaled);
}

void TestDiagnose::coarseRowsAreWindowsOfTheirOwn()
{
    QCOMPARE(atLeast(made(joined({{5, 1}, {3, 10}, {5, 1}}), 600s), 8, 10).episodes.size(), std::size_t{1});
    QVERIFY(atLeast(made(joined({{5, 1}, {1, 10}, {5, 1}}), 600s), 8, 10).episodes.empty()); // one row proves nothing
}

void TestDiagnose::zeroRowsGiveNothing()
{
    QVERIFY(atLeast(made({}), 8, 10).episodes.empty());
    QVERIFY(atLeast(signalOf(nullptr), 8, 10).episodes.empty());
    QVERIFY(atLeast(made({9}), 8, 10).episodes.empty());
}

void TestDiagnose::principalIsTheOnlyCulprit()
{
    SnapshotMaker maker(noon(), 1s, 120);
    addCpu(maker, 30, 100);
    const Diagnosis diagnosis = diagnose::diagnose(*maker.finish());
    QVERIFY(diagnosis.principal);
    const Finding& principal = diagnosis.findings[*diagnosis.principal];
    QCOMPARE(principal.id, std::string("cpu-saturation"));
    QCOMPARE(principal.level, Level::Serious);
    QVERIFY(diagnosis.headline.find("9 tasks") != std::string::npos);
    QVERIFY(std::abs(secondsFromNoon(principal.range().begin) - 29) <= 1);
}

void TestDiagnose::effectsAreNestedUnderTheirCause()
{
    SnapshotMaker maker(noon(), 1s, 300);
    addCpu(maker, 300, 300);
    addDisk(maker, "sdb", 20, 290, 0.080);
    maker.addGauge("load.1", Unit::None, {}, [](std::size_t tick) { return tick < 40 ? 1.0 : 9.0; });
    const Diagnosis diagnosis = diagnose::diagnose(*maker.finish());
    QVERIFY(diagnosis.principal);
    QCOMPARE(diagnosis.findings[*diagnosis.principal].id, std::string("disk-saturation"));
    QCOMPARE(diagnosis.findings[*diagnosis.principal].object.name, std::string("sdb"));
    const Finding* load = findingOf(diagnosis, "load-without-cpu");
    QVERIFY(load && load->explainedBy);
    QCOMPARE(*load->explainedBy, *diagnosis.principal);
    QCOMPARE(diagnosis.findings[*diagnosis.principal].explains.size(), std::size_t{1});
}

void TestDiagnose::effectsOfOtherTimesAreNot()
{
    SnapshotMaker maker(noon(), 1s, 600);
    addCpu(maker, 600, 600);
    addDisk(maker, "sdb", 400, 500, 0.080); // long after the load
    maker.addGauge("load.1", Unit::None, {}, [](std::size_t tick) { return tick < 200 ? 9.0 : 1.0; });
    const Diagnosis diagnosis = diagnose::diagnose(*maker.finish());
    const Finding* load = findingOf(diagnosis, "load-without-cpu");
    QVERIFY(load && findingOf(diagnosis, "disk-saturation"));
    QVERIFY(!load->explainedBy);
}

void TestDiagnose::earlierOfTwoEqualsWins()
{
    SnapshotMaker maker(noon(), 1s, 200);
    addDisk(maker, "sda", 50, 180, 0.080);
    addDisk(maker, "sdb", 46, 176, 0.080);
    const Diagnosis diagnosis = diagnose::diagnose(*maker.finish());
    QVERIFY(diagnosis.principal);
    QCOMPARE(diagnosis.findings[*diagnosis.principal].object.name, std::string("sdb"));
    QVERIFY(!diagnosis.equalPrincipal);

    SnapshotMaker same(noon(), 1s, 200);
    addDisk(same, "sda", 50, 180, 0.080);
    addDisk(same, "sdb", 50, 180, 0.080);
    const Diagnosis equal = diagnose::diagnose(*same.finish());
    QVERIFY(equal.principal && equal.equalPrincipal);
}

/// The host counts 40 segments sent again; the packets show whose they were, or only a few of them.
void TestDiagnose::packetsNameThePeersThatLose()
{
    const auto diagnosed = [](std::uint64_t ofOne, std::uint64_t ofOther) {
        SnapshotMaker maker(noon(), 1s, 41);
        maker.addDerived("tcp.retransmitted_segments", Unit::CountPerSecond, {}, [](std::size_t) { return 1; });
        maker.addDerived("tcp.original_data_segments", Unit::CountPerSecond, {}, [](std::size_t) { return 100; });
        for (const auto& [server, again] : {std::pair{std::uint8_t{8}, ofOne}, std::pair{std::uint8_t{9}, ofOther}}) {
            Flow flow;
            flow.client.endpoint = {{{10, 0, 0, 5}}, 40000};
            flow.server.endpoint = {{{10, 0, 0, server}}, 443};
            flow.handshake = Handshake::Complete;
            flow.client.retransmittedSegments = again;
            flow.client.retransmissionsByCause[static_cast<std::size_t>(RetransmissionCause::FastRetransmit)] =
                static_cast<std::uint32_t>(again);
            maker.snapshot().packets.flows.push_back(flow);
        }
        return diagnose::diagnose(*maker.finish());
    };
    const auto objectOf = [](const Diagnosis& diagnosis) {
        const Finding* finding = findingOf(diagnosis, "tcp-retransmission-high");
        return QString::fromStdString(finding ? finding->object.text() : "not found");
    };
    QCOMPARE(objectOf(diagnosed(36, 4)), QStringLiteral("connection 10.0.0.5 → 10.0.0.8:443"));
    QCOMPARE(objectOf(diagnosed(22, 18)), QStringLiteral("host")); // everybody loses
    QCOMPARE(objectOf(diagnosed(9, 0)), QStringLiteral("host")); // captured where little of it passes
}

/// The host's counter stands still: it is the peers that send again.
void TestDiagnose::packetsTellWhatPeersSendAgain()
{
    SnapshotMaker maker(noon(), 1s, 41);
    maker.addDerived("tcp.retransmitted_segments", Unit::CountPerSecond, {}, [](std::size_t) { return 0; });
    maker.addDerived("tcp.original_data_segments", Unit::CountPerSecond, {}, [](std::size_t) { return 10; });
    for (std::uint16_t i = 0; i < 60; ++i) {
        Flow flow;
        flow.client.endpoint = {{{10, 0, 0, 9}}, static_cast<std::uint16_t>(40000 + i)};
        flow.server.endpoint = {{{10, 0, 0, 5}}, 443};
        flow.handshake = Handshake::Complete;
        const std::uint32_t again = i < 15 ? 1 : 0;
        flow.client.retransmittedSegments = again;
        flow.client.retransmissionsByCause[static_cast<std::size_t>(RetransmissionCause::Timeout)] = again;
        maker.snapshot().packets.flows.push_back(flow);
    }
    TcpPacket packet;
    packet.time = noon() + 20s;
    packet.payload = 100;
    packet.marks = static_cast<std::uint16_t>(PacketMark::Retransmission);
    maker.snapshot().packets.packets.push_back(packet);
    const Diagnosis diagnosis = diagnose::diagnose(*maker.finish());
    const Finding* found = findingOf(diagnosis, "tcp-retransmission-high");
    QVERIFY(found);
    QCOMPARE(found->level, Level::Serious);
    QVERIFY(std::any_of(found->evidence.begin(), found->evidence.end(), [](const Evidence& evidence) {
        return evidence.metric == "tcp.retransmitted_segments" && evidence.role == EvidenceRole::Context;
    }));
}

/// Ten timeouts are ten, though 1 divided by 0.3 s and times 0.3 s is a little less than one.
void TestDiagnose::ratesBecomeCountsAgain()
{
    constexpr double interval = 0.3;
    const auto per = [](double count) { return static_cast<double>(static_cast<float>(count / interval)); };
    SnapshotMaker maker(noon(), 300ms, 41);
    maker.addDerived("tcp.retransmitted_segments", Unit::CountPerSecond, {},
        [=](std::size_t tick) { return tick > 10 && tick <= 20 ? per(1) : 0; });
    maker.addDerived("tcp.retransmission_timeouts", Unit::CountPerSecond, {},
        [=](std::size_t tick) { return tick > 10 && tick <= 20 ? per(1) : 0; });
    maker.addDerived("tcp.segments_out", Unit::CountPerSecond, {}, [=](std::size_t) { return per(5); });
    maker.addDerived("tcp.active_opens", Unit::CountPerSecond, {}, [=](std::size_t) { return per(3); });
    maker.addDerived(
        "tcp.listen_overflows", Unit::CountPerSecond, {}, [=](std::size_t tick) { return tick == 7 ? per(10) : 0; });
    const Diagnosis diagnosis = diagnose::diagnose(*maker.finish());
    const Finding* timeouts = findingOf(diagnosis, "tcp-retransmission-high");
    QVERIFY(timeouts);
    QVERIFY2(timeouts->sentence.starts_with("10 timeouts for "), timeouts->sentence.c_str());
    QVERIFY(findingOf(diagnosis, "tcp-accept-queue-overflow"));
}

void TestDiagnose::selectionMovesTheWindow()
{
    SnapshotMaker maker(noon(), 1s, 400);
    addCpu(maker, 20, 180);
    addDisk(maker, "sdb", 300, 380, 0.080);
    const auto snapshot = maker.finish();
    DiagnoseOptions options;
    options.range = TimeRange{noon() + 300s, noon() + 380s};
    const Diagnosis late = diagnose::diagnose(*snapshot, options);
    QVERIFY(late.principal);
    QCOMPARE(late.findings[*late.principal].id, std::string("disk-saturation"));
    QCOMPARE(late.window, *options.range);
    options.range = TimeRange{noon() + 20s, noon() + 180s};
    const Diagnosis early = diagnose::diagnose(*snapshot, options);
    QVERIFY(early.principal);
    QCOMPARE(early.findings[*early.principal].id, std::string("cpu-saturation"));
}

void TestDiagnose::stallsAreTheProblemWindow()
{
    SnapshotMaker maker(noon(), 1s, 200);
    addCpu(maker, 200, 200);
    maker.addDerived(
        "pressure.io.full", Unit::Percent, {}, [](std::size_t tick) { return tick >= 100 && tick < 150 ? 40.0 : 0.0; });
    const Diagnosis diagnosis = diagnose::diagnose(*maker.finish());
    QVERIFY(!diagnosis.principal);
    QVERIFY(diagnosis.headline.starts_with("No bottleneck found in this capture; "));
    QVERIFY(std::abs(secondsFromNoon(diagnosis.window.begin) - 99) <= 1);
    QVERIFY(std::abs(secondsFromNoon(diagnosis.window.end) - 149) <= 1);
    QVERIFY(diagnosis.windowReason.find("stalled for I/O") != std::string::npos);
}

void TestDiagnose::whatIsNearlyFoundIsNotCleared()
{
    const auto isDiskCleared = [](std::size_t from, std::size_t to) {
        SnapshotMaker maker(noon(), 1s, 60);
        addDisk(maker, "sdb", from, to, 0.080);
        const Diagnosis diagnosis = diagnose::diagnose(*maker.finish());
        const Verdict* verdict = verdictOf(diagnosis, "disk-saturation");
        const auto& cleared = diagnosis.exonerated;
        return verdict->answer == Answer::Clear && verdict->remark.empty() == !verdict->isNearlyFound
            && std::find(cleared.begin(), cleared.end(), Resource::Disk) != cleared.end();
    };
    QVERIFY(isDiskCleared(60, 60));
    QVERIFY(isDiskCleared(30, 31)); // a single row
    QVERIFY(!isDiskCleared(30, 35));
}

void TestDiagnose::notesAreNeverPrincipal()
{
    SnapshotMaker maker(noon(), 1s, 60);
    maker.addGauge("sockets.tcp.time_wait", Unit::Count, {}, [](std::size_t) { return 30000.0; });
    const Diagnosis diagnosis = diagnose::diagnose(*maker.finish());
    const Finding* churn = findingOf(diagnosis, "tcp-connection-churn");
    QVERIFY(churn);
    QCOMPARE(churn->level, Level::Info);
    QVERIFY(!diagnosis.principal);
}

void TestDiagnose::parametersAreOverridden()
{
    SnapshotMaker maker(noon(), 1s, 120);
    addCpu(maker, 30, 100);
    const auto snapshot = maker.finish();
    DiagnoseOptions options;
    options.parameters["cpu-saturation.queue_per_cpu"] = 20;
    QCOMPARE(verdictOf(diagnose::diagnose(*snapshot, options), "cpu-saturation")->answer, Answer::Clear);
    options.parameters["cpu-saturation.queue_per_cpu"] = 3;
    const Diagnosis diagnosis = diagnose::diagnose(*snapshot, options);
    const Finding* found = findingOf(diagnosis, "cpu-saturation");
    QVERIFY(found);
    QCOMPARE(*found->evidence[0].limit, 7.0); // 3 for each of two CPUs, and whoever reads the queue
    QCOMPARE(found->evidence[0].limitName, std::string("cpu-saturation.queue_per_cpu"));
}

/// 20 000 findings, each against all others, took half a minute; ctest ends a test that does.
void TestDiagnose::manyKillsAreNoBurden()
{
    constexpr std::size_t kills = 20000;
    SnapshotMaker maker(noon(), 1s, 60);
    maker.addGauge("memory.available", Unit::Bytes, {}, [](std::size_t) { return 50; });
    maker.addGauge("memory.total", Unit::Bytes, {}, [](std::size_t) { return 100; });
    for (std::size_t i = 0; i < kills; ++i) {
        Event event;
        event.time = noon() + 1ms * static_cast<std::int64_t>(i);
        event.source = "dmesg";
        event.labels = {
            {"comm", "worker" + std::to_string(i)}, {"kind", "oom-kill"}, {"pid", std::to_string(1000 + i)}};
        maker.snapshot().events.push_back(event);
    }
    const auto snapshot = maker.finish();
    QCOMPARE(diagnose::diagnose(*snapshot).findings.size(), kills);
}

void TestDiagnose::sameInputSameAnswer()
{
    SnapshotMaker maker(noon(), 1s, 200);
    addCpu(maker, 30, 150);
    addDisk(maker, "sda", 50, 180, 0.080);
    addDisk(maker, "sdb", 50, 180, 0.080);
    const auto snapshot = maker.finish();
    const std::string first = textOf(diagnose::diagnose(*snapshot), "none");
    QVERIFY(first.find("disk-saturation") != std::string::npos);
    for (int i = 0; i < 5; ++i)
        QCOMPARE(textOf(diagnose::diagnose(*snapshot), "none"), first);
}

/// Nothing recorded is not "everything is fine".
void TestDiagnose::emptySnapshotIsNotHealthy()
{
    const Diagnosis diagnosis = diagnose::diagnose(Snapshot{});
    QCOMPARE(diagnosis.verdicts.size(), allRules().size());
    for (const Verdict& verdict : diagnosis.verdicts) {
        QVERIFY2(verdict.answer == Answer::NotEvaluable, verdict.rule.c_str());
        QVERIFY2(!verdict.missing.empty(), verdict.rule.c_str());
    }
    QVERIFY(diagnosis.exonerated.empty());
    QVERIFY(!diagnosis.principal);
}

/// The load is damped over a minute: half a minute of busy CPUs is not cleared by it, an idle host is.
void TestDiagnose::loadAloneClearsNoBusyCpu()
{
    for (const auto& [idle, answer] : {std::pair{2.0, Answer::NotEvaluable}, std::pair{60.0, Answer::Clear}}) {
        SnapshotMaker maker(noon(), 1s, 40);
        maker.snapshot().host.cpus = 2;
        maker.addDerived("cpu.idle", Unit::Percent, {}, [idle = idle](std::size_t) { return idle; });
        maker.addGauge("load.1", Unit::None, {}, [](std::size_t) { return 1.2; });
        const Diagnosis diagnosis = diagnose::diagnose(*maker.finish());
        QCOMPARE(verdictOf(diagnosis, "cpu-saturation")->answer, answer);
    }
}

void TestDiagnose::stopLeavesNoAnswer()
{
    std::stop_source stop;
    stop.request_stop();
    QVERIFY(diagnose::diagnose(*fullSnapshot(), {}, stop.get_token()).verdicts.empty());
}

QTEST_GUILESS_MAIN(TestDiagnose)
#include "tst_diagnose.moc"
