// Whether --dry-run tells all: what strace sees a recording name to the kernel (files, programs, sockets) is compared
// with what the same options print. In its lines "*" stands for one part of a path, "**" and a "/" at the end for all
// below, <pid>, <tid> and <fd> for a number or "self", {a,b} for both.
#include "recorder_runs.h"

#include <QDir>
#include <QFile>
#include <QHash>
#include <QRegularExpression>
#include <QSet>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <optional>
#include <vector>

using namespace hindcast::test;

namespace {

/// "/a/{b,c}/d" -> "/a/b/d", "/a/c/d"
QStringList expanded(const QString& word)
{
    static const QRegularExpression braces(R"(^([^{]*)\{([^}]*)\}(.*)$)");
    const auto found = braces.match(word);
    if (!found.hasMatch())
        return {word};
    QStringList all;
    for (const QString& choice : found.captured(2).split(','))
        all += expanded(found.captured(1) + choice + found.captured(3));
    return all;
}

QString asExpression(const QString& pattern)
{
    static const QRegularExpression special(R"(\*\*|\*|<pid>|<tid>|<fd>)");
    QString text;
    qsizetype at = 0;
    for (auto places = special.globalMatch(pattern); places.hasNext();) {
        const auto place = places.next();
        text += QRegularExpression::escape(pattern.mid(at, place.capturedStart() - at));
        text += place.captured() == "**" ? ".*" : place.captured() == "*" ? "[^/]*" : "(?:[0-9]+|self)";
        at = place.capturedEnd();
    }
    return text + QRegularExpression::escape(pattern.mid(at));
}

/// What the text of --dry-run names: paths, and the folders above them, which may be looked at to find them.
class Named {
public:
    explicit Named(const QByteArray& text)
    {
        QSet<QString> patterns;
        for (QString word : QString::fromUtf8(text).split(QRegularExpression("\\s"))) {
            while (word.endsWith(',') || word.endsWith(';') || word.endsWith(':'))
                word.chop(1);
            if (!word.startsWith('/'))
                continue;
            for (QString pattern : expanded(word)) {
                if (pattern.endsWith('/'))
                    pattern += "**";
                for (; !pattern.isEmpty(); pattern.truncate(pattern.lastIndexOf('/')))
                    patterns += asExpression(pattern);
            }
        }
        for (const QString& pattern : std::as_const(patterns))
            m_patterns += QRegularExpression(QRegularExpression::anchoredPattern(pattern));
    }
    bool has(const QString& path) const
    {
        const auto fits = [&](const QRegularExpression& pattern) { return pattern.match(path).hasMatch(); };
        return path == "/" || std::any_of(m_patterns.begin(), m_patterns.end(), fits);
    }

private:
    QList<QRegularExpression> m_patterns;
};

struct Call {
    QString pid, name, arguments;
};

/// Those of the recorder and its helpers; not of the programs they become, but their execve.
std::vector<Call> callsOf(const QByteArray& trace)
{
    static const QRegularExpression line(R"(^(\d+) +(?:<\.\.\. )?(\w+)(?:\(| resumed>)(.*)$)");
    static const QRegularExpression child(R"(= (\d+)(?:<[^>]*>)?$)");
    std::vector<Call> all, ours;
    QHash<QString, QString> parents;
    QSet<QString> others;
    bool isFirst = true;
    for (const QByteArray& text : trace.split('\n')) {
        const auto found = line.match(QString::fromLocal8Bit(text));
        if (!found.hasMatch())
            continue;
        Call call{found.captured(1), found.captured(2), found.captured(3)};
        if (call.name.contains("clone") || call.name.contains("fork"))
            if (const auto number = child.match(call.arguments); number.hasMatch())
                parents[number.captured(1)] = call.pid;
        if (!text.contains("resumed>"))
            all.push_back(std::move(call));
    }
    for (const Call& call : all) {
        bool isOther = false;
        for (QString pid = call.pid; !pid.isEmpty() && !isOther; pid = parents.value(pid))
            isOther = others.contains(pid);
        if (!isOther)
            ours.push_back(call);
        if (call.name.startsWith("execve") && !std::exchange(isFirst, false))
            others += call.pid;
    }
    return ours;
}

/// The file that a call names; nothing when it names none.
std::optional<QString> pathOf(const Call& call)
{
    static const QRegularExpression named("^(?:(?:AT_FDCWD|\\d+)<([^>]*)>, )?\"([^\"]*)\"");
    const auto found = named.match(call.arguments);
    if (!found.hasMatch() || call.name.startsWith("send") || call.name.startsWith("recv"))
        return std::nullopt;
    const QString name = found.captured(2);
    return QDir::cleanPath(name.startsWith('/') ? name : found.captured(1) + '/' + name);
}

} // namespace

class RecorderIntentionsTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void namesAllThatIsDone_data();
    void namesAllThatIsDone();

private:
    QTemporaryDir m_folder;
};

void RecorderIntentionsTest::initTestCase()
{
    if (QStandardPaths::findExecutable("strace").isEmpty())
        QSKIP("strace is not installed");
    if (run("strace", {"-o", m_folder.filePath("probe"), "true"}).status != 0)
        QSKIP("strace may not trace here");
    QVERIFY(writeFile(m_folder.filePath("app.log"), "begin\n"));
}

void RecorderIntentionsTest::namesAllThatIsDone_data()
{
    QTest::addColumn<QStringList>("options");
    const QString log = m_folder.filePath("app.log");
    QTest::newRow("as it is") << QStringList{"-i", "0.2", "-c", "7"};
    QTest::newRow("more of everything") << QStringList{"-i", "0.2", "-c", "7", "--socket-ticks", "1", "--packets", "lo",
        "--log", log, "--redact", "strict", "--cpu", "0"};
    QTest::newRow("no programs, no sockets")
        << QStringList{"-i", "0.2", "-c", "7", "--no-commands", "--socket-ticks", "0"};
    QTest::newRow("flight recorder") << QStringList{"-i", "0.2", "--trigger",
        "load1 >= 0 and command(\"exit 3\") == 3 every 1s or log(\"" + log + "\") ~ \"x\"", "--before", "1s", "--after",
        "1s", "--cooldown", "1s", "--count", "1", "--max-time", "20s"};
}

void RecorderIntentionsTest::namesAllThatIsDone()
{
    QFETCH(QStringList, options);
    options << "-o" << m_folder.filePath("x.tar.zst") << "--force";
    const Run intended = record(QStringList{"--dry-run"} + options);
    QCOMPARE(intended.status, 0);
    const QString trace = m_folder.filePath("trace");
    QFile::remove(trace);
    const Run done = run("strace",
        QStringList{"-f", "-y", "-qq", "-s", "300", "-e", "trace=%file,%network,%process,openat2", "-e", "signal=none",
            "-o", trace, recorderPath()}
            + options);
    QVERIFY2(done.status == 0 || done.status == 3, done.err);

    const Named named(intended.out);
    QSet<QString> missing, seen;
    for (const Call& call : callsOf(contents(trace))) {
        if (call.name == "socket") {
            const QString family = call.arguments.section(',', 0, 0);
            const bool isNetlink = family == "AF_NETLINK";
            if (isNetlink && !intended.out.contains(call.arguments.contains("SOCK_DIAG") ? "SOCK_DIAG" : "rtnetlink"))
                missing += call.arguments;
            if (family == "AF_PACKET" && !intended.out.contains("AF_PACKET"))
                missing += call.arguments;
        } else if (call.name == "connect") { // netlink and packets are sent to, and nobody else
            missing += call.name + ' ' + call.arguments;
        } else if (const auto path = pathOf(call); path && *path != recorderPath()) {
            seen += *path;
            if (!named.has(*path) && !(call.name == "openat2" && call.arguments.contains("\".\"")))
                missing += call.name + ' ' + *path;
        }
    }
    QVERIFY(seen.contains("/proc/stat") && seen.contains("/dev/kmsg") && seen.size() > 100);
    const QStringList all(missing.begin(), missing.end());
    QVERIFY2(all.isEmpty(), qPrintable(QString::number(all.size()) + ": " + QStringList(all.mid(0, 20)).join('\n')));
}

QTEST_GUILESS_MAIN(RecorderIntentionsTest)
#include "tst_recorder_intentions.moc"
