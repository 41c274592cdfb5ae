// One activity file of this machine, shown by its own sar in many languages and clocks, by sadf as JSON and values, and
// as it is: always the same times and figures. And what is said when sadf is not there or does not want a file.
#include "archive/archive.h"
#include "parse/activity_file.h"
#include "parse/load.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace hindcast;

namespace {

const QString sadf = QStringLiteral("sadf"), sar = QStringLiteral("sar");

/// sadc is in no PATH.
QString sadc()
{
    for (const char* place :
        {"/usr/lib/sysstat/sadc", "/usr/lib64/sa/sadc", "/usr/lib/sa/sadc", "/usr/libexec/sa/sadc"})
        if (QFile::exists(place))
            return place;
    return {};
}

struct Ran {
    QByteArray output;
    bool isGood = false;
};
Ran run(const QString& program, const QStringList& arguments, const QMap<QString, QString>& variables = {})
{
    QProcess process;
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert("TZ", "UTC");
    environment.insert("LC_ALL", "C");
    for (auto one = variables.begin(); one != variables.end(); ++one)
        environment.insert(one.key(), one.value());
    process.setProcessEnvironment(environment);
    process.start(program, arguments);
    const bool isDone = process.waitForFinished(60'000);
    return {process.readAllStandardOutput(),
        isDone && process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0};
}

/// Every value with its time, and every event, in words.
QStringList figuresOf(const QString& path)
{
    const auto loaded = parse::loadPath(path.toStdString());
    if (!loaded)
        return {QString::fromStdString(loaded.error().text())};
    QStringList lines;
    for (const Series& series : loaded.value()->series) {
        std::vector<double> values(series.values.size());
        series.values.copy(0, values.size(), values.data());
        QString line = QString::fromStdString(series.metric + labelText(series.labels));
        for (std::size_t i = 0; i < values.size(); ++i)
            line += QString(" %1=%2").arg((*series.times)[i].time_since_epoch().count()).arg(values[i], 0, 'g', 17);
        lines << line;
    }
    for (const Event& event : loaded.value()->events)
        lines << QString("event %1 %2")
                     .arg(event.time.time_since_epoch().count())
                     .arg(QString::fromStdString(event.text));
    return lines;
}

QByteArray firstDifference(const QStringList& actual, const QStringList& expected)
{
    for (qsizetype i = 0; i < std::max(actual.size(), expected.size()); ++i)
        if (actual.value(i) != expected.value(i))
            return ("actual: " + actual.value(i).left(300) + "\nexpected: " + expected.value(i).left(300)).toUtf8();
    return {};
}

} // namespace

class TestSarStyles : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void showsTheSameFigures_data();
    void showsTheSameFigures();
    void readsOldAndNewMagicNumbers();
    void saysWhatIsWrong_data();
    void saysWhatIsWrong();

private:
    QString inFolder(const QString& name) const { return m_folder.filePath(name); }
    QString write(const QString& name, const QByteArray& content) const
    {
        QFile file(inFolder(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("cannot write %s", qPrintable(name));
        return file.fileName();
    }
    bool hasLocale(const QString& name) const;

    QTemporaryDir m_folder;
    QString m_file; ///< "" without sysstat
    QStringList m_expected;
};

void TestSarStyles::initTestCase()
{
    QVERIFY(m_folder.isValid());
    if (sadc().isEmpty() || !run(sadf, {"-V"}).isGood)
        return;
    const QString file = inFolder("sa21");
    run(sadc(), {"-S", "XDISK", "1", "3", file});
    run(sadc(), {"-C", "made for a test, 1.50 and 2,5", file});
    run(sadc(), {"-S", "XDISK", "1", "2", file});
    const Ran shown = run(sar, {"-A", "-C", "-f", file});
    if (!shown.isGood || shown.output.isEmpty())
        return;
    m_file = file;
    m_expected = figuresOf(write("C.txt", shown.output));
}

/// Made for this test: most machines have few.
bool TestSarStyles::hasLocale(const QString& name) const
{
    const QString made = inFolder("locales/" + name + ".UTF-8");
    QDir().mkpath(inFolder("locales"));
    run("localedef", {"-c", "-i", name, "-f", "UTF-8", made});
    return QFile::exists(made);
}

void TestSarStyles::showsTheSameFigures_data()
{
    QTest::addColumn<QString>("program");
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<QString>("locale");
    const QStringList all{"-A", "-C", "-f"};
    for (const char* locale :
        {"en_US", "de_DE", "fr_FR", "ru_RU", "ja_JP", "pt_BR", "zh_CN", "ko_KR", "en_IN", "fi_FI", "es_ES"})
        QTest::addRow("sar in %s", locale) << sar << all << locale;
    QTest::addRow("sar with ISO dates") << sar << all << "iso";
    QTest::addRow("sar in colours") << sar << all << "colours";
    QTest::addRow("sadf -j") << sadf << QStringList{"-j", "-C"} << "";
    QTest::addRow("sadf -d") << sadf << QStringList{"-d", "-C"} << "";
    QTest::addRow("sadf -d -U") << sadf << QStringList{"-d", "-U", "-C"} << "";
    QTest::addRow("sadf -p") << sadf << QStringList{"-p", "-C"} << "";
    QTest::addRow("the file itself") << "" << QStringList{} << "";
}

void TestSarStyles::showsTheSameFigures()
{
    QFETCH(QString, program);
    QFETCH(QStringList, options);
    QFETCH(QString, locale);
    if (m_file.isEmpty())
        QSKIP("sysstat is not installed, or cannot collect here: nothing to compare");
    QVERIFY(m_expected.size() > 50);
    QString path = m_file;
    if (!program.isEmpty()) {
        QMap<QString, QString> variables;
        if (locale == "iso")
            variables.insert("S_TIME_FORMAT", "ISO");
        else if (locale == "colours")
            variables.insert("S_COLORS", "always");
        else if (!locale.isEmpty() && !hasLocale(locale))
            QSKIP("localedef cannot make this locale");
        else if (!locale.isEmpty())
            variables = {{"LOCPATH", inFolder("locales")}, {"LC_ALL", locale + ".UTF-8"}};
        const QStringList behind = program == sadf ? QStringList{"--", "-A"} : QStringList{};
        const Ran shown = run(program, options + QStringList{m_file} + behind, variables);
        QVERIFY(shown.isGood);
        path = write("shown.txt", shown.output);
    }
    const QByteArray difference = firstDifference(figuresOf(path), m_expected);
    QVERIFY2(difference.isEmpty(), difference.constData());
}

void TestSarStyles::readsOldAndNewMagicNumbers()
{
    using namespace std::string_view_literals;
    QVERIFY(parse::isActivityFile("\x96\xd5\x75\x21\x0c\x06"sv));
    QVERIFY(parse::isActivityFile("\xd5\x96\x21\x75"sv));
    std::string old(256, '\0'); // of sysstat 7: the magic number of its form behind the counts, then uname(2)
    old[28] = '\x69';
    old[29] = '\x21';
    QVERIFY(!parse::isActivityFile(old));
    old.replace(64, 5, "Linux");
    QVERIFY(parse::isActivityFile(old));
    QVERIFY(!parse::isActivityFile(""));
    QVERIFY(!parse::isActivityFile("Linux 6.1.0 (host) 	11/21/26"));
}

void TestSarStyles::saysWhatIsWrong_data()
{
    QTest::addColumn<QByteArray>("script"); // of a program called sadf; "" = there is none
    QTest::addColumn<QString>("said");
    QTest::addRow("not installed") << QByteArray() << "sadf is not installed";
    QTest::addRow("refused") << QByteArray("#!/bin/sh\necho 'Invalid system activity file: sa21' >&2\nexit 3\n")
                             << "refuses it (Invalid system activity file: sa21)";
    QTest::addRow("hangs") << QByteArray("#!/bin/sh\nexec /bin/sleep 100\n") << "took longer than 1 s";
    QTest::addRow("endless") << QByteArray("#!/bin/sh\nwhile :; do echo '{{{{{{{{{{{{{{{{{{{{'; done\n")
                             << "prints more than 1 MiB";
}

void TestSarStyles::saysWhatIsWrong()
{
    QFETCH(QByteArray, script);
    QFETCH(QString, said);
    QTemporaryDir programs;
    if (!script.isEmpty()) {
        QFile program(programs.filePath("sadf"));
        QVERIFY(program.open(QIODevice::WriteOnly) && program.write(script) == script.size());
        program.close();
        program.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }
    const QByteArray path = qgetenv("PATH");
    qputenv("PATH", programs.path().toUtf8());
    const auto read = parse::readActivityFile("\x96\xd5 nothing more", {}, {std::chrono::seconds{1}, 1 << 20});
    qputenv("PATH", path);
    QVERIFY(!read);
    QVERIFY2(read.error().what.find(said.toStdString()) != std::string::npos, read.error().what.c_str());
}

QTEST_GUILESS_MAIN(TestSarStyles)
#include "tst_sar_styles.moc"
