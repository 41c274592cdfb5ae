// Every parser against recorded and hand-written inputs: tests/data/parse/<id>/<case>/input is a small archive,
// expected.txt the whole result as text. UPDATE_EXPECTED=1 rewrites expected.txt: look at the difference before
// committing it.
#include "parse/load.h"
#include "parse/parser.h"
#include "snapshot_text.h"

#include <QtTest>

using namespace hindcast;

namespace {

const QString dataFolder = QStringLiteral(HINDCAST_TEST_DATA "/parse");

QStringList foldersIn(const QString& path)
{
    return QDir(path).entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
}

QString idOf(const parse::Parser& parser)
{
    return QString::fromUtf8(parser.id.data(), static_cast<qsizetype>(parser.id.size()));
}

/// What loading the case says, in the words of the golden file.
std::string resultText(const QString& input)
{
    parse::LoadOptions options;
    options.jobs = 1; // so that a manifest is read before what it explains
    options.trustsFileTimes = false; // those of a checkout
    const auto loaded = parse::loadPath(input.toStdString(), options);
    if (!loaded)
        return "error: " + loaded.error().what + '\n';
    return snapshotText(**loaded);
}

QByteArray contents(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void rewrite(const QString& path, const std::string& text)
{
    QFile file(path);
    QVERIFY2(file.open(QIODevice::WriteOnly), qPrintable(path));
    file.write(text.data(), static_cast<qint64>(text.size()));
}

/// The first line that differs, so that a failure can be read without a diff tool.
QByteArray firstDifference(const QByteArray& actual, const QByteArray& expected)
{
    const auto actualLines = actual.split('\n'), expectedLines = expected.split('\n');
    for (qsizetype i = 0; i < std::max(actualLines.size(), expectedLines.size()); ++i)
        if (actualLines.value(i) != expectedLines.value(i))
            return "line " + QByteArray::number(i + 1) + "\n  actual:   " + actualLines.value(i)
                + "\n  expected: " + expectedLines.value(i);
    return {};
}

} // namespace

class TestParse : public QObject {
    Q_OBJECT

private slots:
    void result_data();
    void result();
    void everyParserHasItsCases();
    void everyFolderHasItsParser();
    void recognisesItsOwnText_data();
    void recognisesItsOwnText();
    void recognisesNothingInOtherText();
    void survivesAnyCut_data();
    void survivesAnyCut();
};

void TestParse::result_data()
{
    QTest::addColumn<QString>("folder");
    for (const QString& id : foldersIn(dataFolder))
        for (const QString& name : foldersIn(dataFolder + '/' + id))
            QTest::addRow("%s/%s", qPrintable(id), qPrintable(name)) << dataFolder + '/' + id + '/' + name;
}

void TestParse::result()
{
    QFETCH(QString, folder);
    const std::string text = resultText(folder + "/input");
    const QString expectedPath = folder + "/expected.txt";
    if (qEnvironmentVariableIsSet("UPDATE_EXPECTED"))
        rewrite(expectedPath, text);
    QVERIFY2(QFile::exists(expectedPath), "expected.txt is missing");
    const QByteArray difference = firstDifference(QByteArray::fromStdString(text), contents(expectedPath));
    QVERIFY2(difference.isEmpty(), difference.constData());
}

void TestParse::everyParserHasItsCases()
{
    for (const parse::Parser& parser : parse::allParsers()) {
        const QString folder = dataFolder + '/' + idOf(parser);
        const QStringList cases = foldersIn(folder);
        QVERIFY2(cases.contains("plain") && cases.contains("truncated") && cases.size() >= 3,
            qPrintable(folder + " needs the cases plain, truncated and one odd kernel or layout"));
    }
}

void TestParse::everyFolderHasItsParser()
{
    for (const QString& id : foldersIn(dataFolder))
        QVERIFY2(parse::parserById(id.toStdString()), qPrintable(id + " is no parser"));
}

/// The bare text of each source, as someone would send it alone, is told apart from all others.
void TestParse::recognisesItsOwnText_data()
{
    QTest::addColumn<QString>("id");
    for (const parse::Parser& parser : parse::allParsers())
        if (parser.recognise)
            QTest::addRow("%.*s", static_cast<int>(parser.id.size()), parser.id.data()) << idOf(parser);
}

namespace {

QByteArray firstSample(const QString& id)
{
    QDirIterator files(dataFolder + '/' + id + "/plain/input", QDir::Files, QDirIterator::Subdirectories);
    QByteArray text;
    while (files.hasNext()) {
        const QString path = files.next();
        if (path.endsWith("manifest.json"))
            continue;
        text = contents(path);
        break;
    }
    if (!text.startsWith("== "))
        return text;
    text.remove(0, text.indexOf('\n') + 1);
    return text.left(text.indexOf("\n== ") + 1);
}

} // namespace

void TestParse::recognisesItsOwnText()
{
    QFETCH(QString, id);
    const std::string text = firstSample(id).toStdString();
    QVERIFY(!text.empty());
    for (const parse::Parser& parser : parse::allParsers()) {
        if (!parser.recognise)
            continue; // of the recorder's own records, which never come alone
        QVERIFY2((parser.recognise(text) > 0) == (idOf(parser) == id), qPrintable(idOf(parser)));
    }
}

void TestParse::recognisesNothingInOtherText()
{
    const std::vector<std::string_view> others{"", "\n\n", "hello world\n",
        "\x7f"
        "ELF\x02\x01\x01",
        "1 2 3 4 5\n", "cpu model name\n", "{\"cpu\": 1}\n", "<html>", "2026-11-21 11:00:00 error: cpu 1 2 3 4\n",
        "disk full\n"};
    for (const auto text : others)
        for (const parse::Parser& parser : parse::allParsers())
            QVERIFY2(!parser.recognise || parser.recognise(text) == 0, qPrintable(idOf(parser)));
}

/// A text may end anywhere. Nothing may crash, and no cut makes more lines than there were.
void TestParse::survivesAnyCut_data()
{
    recognisesItsOwnText_data();
}

void TestParse::survivesAnyCut()
{
    QFETCH(QString, id);
    const std::string text = firstSample(id).toStdString();
    const parse::Parser* parser = parse::parserById(id.toStdString());
    QVERIFY(parser);
    const Host host;
    for (std::size_t length = 0; length <= text.size(); ++length) {
        const auto own = std::make_unique<char[]>(length); // of its own, so that a sanitizer sees a read past the end
        std::copy_n(text.data(), length, own.get());
        const parse::Sample sample{Time{}, "/proc/1/stat", {own.get(), length}, 0};
        parse::Builder builder(Clock::None);
        parser->parse({"bare", {&sample, 1}, Clock::None, host}, builder);
        QVERIFY(builder.skippedLines() <= 2);
    }
}

QTEST_GUILESS_MAIN(TestParse)
#include "tst_parse.moc"
