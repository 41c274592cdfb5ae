// Goal: of more than 300 secrets planted in arguments, URLs, headers, names of files and processes, and log lines, none
// is found in the bytes of a capture: of the recorder, of the script, and of what hindcast-report redact makes. And
// what is not redacted holds every one of them, else the search would prove nothing.
#include "recorder_runs.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <arpa/inet.h>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <memory>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace hindcast;
using namespace hindcast::test;

namespace {

struct Seed {
    std::string pattern;
    std::string needle;
};

/// "@" stands for a secret, another one each time.
struct Pattern {
    const char* name;
    std::vector<std::string> arguments;
};

const std::vector<Pattern>& patterns()
{
    static const std::vector<Pattern> all{
        {"option=value", {"app", "--password=@", "--token=@", "--secret=@", "--api-key=@"}},
        {"option value", {"app", "--password", "@", "--token", "@", "--apikey", "@", "--passphrase", "@"}},
        {"more options", {"app", "--access-key", "@", "--auth", "u:@", "--credentials=@", "--client-secret", "@"}},
        {"value of many words", {"app", "--password=a b,@;c&@", "--secret", "x @ y", "-v"}},
        {"java",
            {"java", "-Djavax.net.ssl.keyStorePassword=@", "-Ddb.password=a;@", "-storepass", "@", "-jar", "a.jar"}},
        {"environment", {"env", "PGPASSWORD=@", "Api.Key=@", "client_secret=@", "AWS_SECRET_ACCESS_KEY=@", "prog"}},
        {"environment 2", {"env", "SENTRY_DSN=@", "MYSQL_PWD=@", "SESSION=x@", "PRIVATE_KEY=@", "JWT=@", "prog"}},
        {"mysql", {"/usr/bin/mysql", "-uroot", "-p@", "-h", "db1", "shop"}},
        {"mysqldump", {"sudo", "mysqldump", "-p", "@", "shop"}},
        {"sshpass", {"sshpass", "-p", "@", "ssh", "-p", "2222", "host"}},
        {"curl -u", {"curl", "-sSu", "bob:@", "--proxy-user", "bob:@", "https://h.example/"}},
        {"curl header",
            {"curl", "-H", "Authorization: Bearer @", "-H", "X-Api-Key: @", "-H", "Cookie: a=@; b=@", "http://h/"}},
        {"curl body",
            {"curl", "-d", "{\"user\":\"bob\",\"password\":\"@ x\",\"token\":\"@\"}", "-d", "a=1&password=@&b=2",
                "http://h/"}},
        {"url account",
            {"app", "postgres://bob:@@db1:5432/shop", "amqp://bob:a/@@mq1/", "https://@@git.example/x.git"}},
        {"url account in an option", {"app", "--url=redis://:@@r1/0", "--db", "mongodb+srv://a:@@m1,m2/x"}},
        {"url parameter",
            {"app", "https://h/p?user=bob&access_token=@&n=1", "https://h/?sig=@#x", "http://h/?api_key=@"}},
        {"jdbc",
            {"java", "-Durl=jdbc:sqlserver://h;user=sa;password=a @;encrypt=true",
                "-Du=jdbc:oracle:thin:scott/@@h:1521/x"}},
        {"libpq", {"psql", "host=h user=bob password=@ dbname=shop", "host=h password='a @' dbname=x"}},
        {"odbc", {"isql", "Driver={PG};Server=h;Uid=u;Pwd=a @;Port=1"}},
        {"openssl", {"openssl", "rsa", "-in", "key.pem", "-passin", "pass:@", "-passout", "pass:@"}},
        {"redis-cli", {"redis-cli", "-h", "r1", "-a", "@", "ping"}},
        {"ldap", {"ldapsearch", "-x", "-D", "cn=admin", "-w", "a @", "-b", "dc=x"}},
        {"htpasswd", {"htpasswd", "-b", "/etc/users", "bob", "@"}},
        {"snmp", {"snmpget", "-v3", "-A", "@", "-X", "@", "-c", "@", "h"}},
        {"docker login", {"docker", "login", "-u", "bob", "-p", "@", "registry.example"}},
        {"kubectl", {"kubectl", "create", "secret", "generic", "n", "--from-literal=user=@", "--from-literal", "k=@"}},
        {"smbclient", {"smbclient", "-U", "bob%@", "//srv/share"}},
        {"sqlplus", {"sqlplus", "scott/@@orcl"}},
        {"shell command", {"sh", "-c", "mysql -u root -p@ -e 'select 1'; PGPASSWORD=@ psql; app --password 'a @'"}},
        {"ssh command", {"ssh", "h", "mysqladmin -p@ status"}},
        {"mount", {"mount.cifs", "-o", "username=bob,password=@,ro", "//srv/share", "/mnt"}},
        {"aws", {"aws", "AKIA@QX", "wJalrXUtnFEMIK7/@/bPxRfiC"}},
        {"github",
            {"git", "ghp_@abcdefghijklmnopqrst", "github_pat_@_abcdefghijklmnop", "/tmp/token-gho_@abcdefghijkl"}},
        {"gitlab and slack", {"x", "glpat-@abcdef", "xoxb-123-@", "https://h/glpat-@abcdef"}},
        {"google and stripe", {"x", "AIzaSy@abcdefghijklmnopqrs", "sk_live_@abcdef"}},
        {"jwt", {"x", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIi@.abc-@"}},
        {"private key", {"x", "-----BEGIN RSA PRIVATE KEY-----\nMII@abc\nXYZ@=\n-----END RSA PRIVATE KEY-----"}},
        {"random key", {"x", "--key", "9f86d081@884c7d65", "key=0a1b2c3d@4e5f6071"}},
        {"file names", {"cat", "/run/secrets/password=@", "/srv/api_key=@/x", "/tmp/ghs_@abcdefghijklmnop"}},
        {"a title", {"app: worker --password=@ --token @"}},
        {"set key value", {"npm", "config", "set", "//registry.example/:_authToken", "@"}},
    };
    return all;
}

const char* const logLines[] = {
    "login with password=@ failed",
    "{\"user\":\"bob\",\"password\":\"@ x\",\"n\":1}",
    "connecting to postgres://bob:@@db1/shop",
    "> Authorization: Basic @",
    "< Set-Cookie: sid=@; Path=/",
    "10.0.0.1 - - [1/Jan/2026] \"GET /a?q=@&n=1 HTTP/1.1\" 200",
    "fetching https://h/a?n=1&X-Amz-Signature=@&x=2",
    "CMD (mysql -u root -p@ shop)",
    "using key AKIA@QX",
    "token: Bearer @",
};

class Seeds {
public:
    /// Fills in the secrets of a text, and remembers them.
    std::string plant(const char* pattern, std::string text)
    {
        for (auto at = text.find('@'); at != std::string::npos; at = text.find('@', at + 1)) {
            const bool isSign = at + 1 < text.size() && text[at + 1] == '@'; // "@@": a secret before a sign
            const std::string needle = next();
            all.push_back({pattern, needle});
            text.replace(at, 1, needle);
            at += needle.size() - (isSign ? 0 : 1);
        }
        return text;
    }
    /// Hexadecimal, base64, letters and digits: it may stand in any secret.
    std::string next()
    {
        char digits[32];
        static unsigned number = 0; // another in each test: the kernel's log keeps those of the tests before
        std::snprintf(digits, sizeof digits, "FEED%04X%04XBEEF", static_cast<unsigned>(getpid()) & 0xFFFFU, number++);
        return digits;
    }

    std::vector<Seed> all;
};

/// What was found of the seeds: one line per pattern, "" = nothing.
QByteArray leaks(const std::vector<Seed>& seeds, const QByteArray& bytes)
{
    std::map<std::string, std::pair<int, std::string>> found;
    for (const Seed& seed : seeds)
        if (bytes.contains(QByteArray::fromStdString(seed.needle))) {
            auto& [count, example] = found[seed.pattern];
            ++count;
            example = seed.needle;
        }
    QByteArray table;
    for (const auto& [pattern, leak] : found) {
        const auto at = bytes.indexOf(QByteArray::fromStdString(leak.second));
        table += QByteArray::fromStdString(pattern) + ": " + QByteArray::number(leak.first) + " leaked, e.g. "
            + bytes.mid(std::max<qsizetype>(at - 60, 0), 120).replace('\0', '|').replace('\n', "\\n") + '\n';
    }
    return table;
}

/// All that a capture holds, in one piece: names and bytes of its members.
QByteArray everything(const QString& path)
{
    QByteArray all;
    for (const auto& [name, bytes] : readCapture(path).members)
        all += name.toUtf8() + '\n' + bytes + '\n';
    return all;
}

QString seededProgram()
{
    return qEnvironmentVariable("HINDCAST_BIN_DIR", HINDCAST_BIN_DIR) + "/seeded-process";
}

QString reportProgram()
{
    return qEnvironmentVariable("HINDCAST_BIN_DIR", HINDCAST_BIN_DIR) + "/hindcast-report";
}

/// A process with any arguments, until the object goes.
class SeededProcess {
public:
    SeededProcess(const QString& program, const std::vector<std::string>& arguments, const std::string& folder = {},
        const std::vector<std::string>& environment = {})
    {
        int ends[2];
        if (pipe(ends) != 0)
            return;
        m_pid = fork();
        if (m_pid == 0) {
            dup2(ends[1], STDOUT_FILENO);
            std::vector<char*> argv, environ;
            for (const std::string& argument : arguments)
                argv.push_back(const_cast<char*>(argument.c_str()));
            argv.push_back(nullptr);
            for (const std::string& entry : environment)
                environ.push_back(const_cast<char*>(entry.c_str()));
            environ.push_back(nullptr);
            if (folder.empty() || chdir(folder.c_str()) == 0)
                execve(program.toUtf8().constData(), argv.data(), environ.data());
            _exit(127);
        }
        close(ends[1]);
        char ready = 0;
        m_isRunning = read(ends[0], &ready, 1) == 1;
        close(ends[0]);
    }
    ~SeededProcess()
    {
        if (m_pid <= 0)
            return;
        kill(m_pid, SIGKILL);
        waitpid(m_pid, nullptr, 0);
    }
    SeededProcess(const SeededProcess&) = delete;
    SeededProcess& operator=(const SeededProcess&) = delete;
    bool isRunning() const { return m_isRunning; }

private:
    pid_t m_pid = -1;
    bool m_isRunning = false;
};

using Processes = std::vector<std::unique_ptr<SeededProcess>>;

bool start(Processes& processes, std::vector<std::string> arguments, const std::string& folder = {},
    const std::vector<std::string>& environment = {}, const QString& program = seededProgram())
{
    processes.push_back(std::make_unique<SeededProcess>(program, arguments, folder, environment));
    return processes.back()->isRunning();
}

/// Each pattern so many times, with secrets of its own.
bool startPatterns(Processes& processes, Seeds& seeds, int times)
{
    for (int i = 0; i < times; ++i)
        for (const Pattern& pattern : patterns()) {
            std::vector<std::string> arguments;
            for (const std::string& argument : pattern.arguments)
                arguments.push_back(seeds.plant(pattern.name, argument));
            if (!start(processes, arguments))
                return false;
        }
    return true;
}

/// A program and a folder named after secrets; names of processes hold 15 bytes, so a secret in them is cut.
bool startNames(Processes& processes, Seeds& seeds, const QString& folder)
{
    for (int i = 0; i < 4; ++i) {
        const std::string path = seeds.plant("program's file", folder.toStdString() + "/tool-ghp_@abcdefghijklmnop");
        const std::string place = seeds.plant("working folder", folder.toStdString() + "/password=@");
        QDir().mkpath(QString::fromStdString(place));
        QFile::copy(seededProgram(), QString::fromStdString(path));
        char part[16];
        std::snprintf(part, sizeof part, "XQ%04dQ", i);
        seeds.all.push_back({"process name", part});
        if (!start(processes, {path, "-v"}, place, {"SEEDED_NAME=token=" + std::string(part)},
                QString::fromStdString(path)))
            return false;
        std::snprintf(part, sizeof part, "QX%04d", i);
        seeds.all.push_back({"process name, cut within a token", part});
        if (!start(processes, {"x"}, {}, {"SEEDED_NAME=a-ghp_" + std::string(part) + "abcdefghij"}))
            return false;
    }
    return true;
}

} // namespace

class RedactCapturesTest : public QObject {
    Q_OBJECT

private slots:
    void recorder_data();
    void recorder();
    void kernelLog();
    void followedLog();
    void environmentIsNeverRead();
    void script();
    void reportRedact();
    void damagedCapture();
    void strictNamesNobody();
    void strictOfAnOldCapture();
    void packets();
    void strictPackets();
    void whatIsRefused();

private:
    QTemporaryDir m_folder;
    QString path(const char* name) const { return m_folder.filePath(name); }
};

void RedactCapturesTest::recorder_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::newRow("default") << QStringList{};
    QTest::newRow("strict") << QStringList{"--redact", "strict"};
}

void RedactCapturesTest::recorder()
{
    QFETCH(QStringList, options);
    Seeds seeds;
    Processes processes;
    QVERIFY(startPatterns(processes, seeds, 4));
    QVERIFY(startNames(processes, seeds, m_folder.filePath(QTest::currentDataTag())));
    QVERIFY2(seeds.all.size() >= 300, qPrintable(QString::number(seeds.all.size())));
    const QStringList common{"-i", "0.2", "-c", "12", "--segment-ticks", "6", "--force"};
    const Run plain = record(common + QStringList{"--redact", "off", "-o", path("plain")});
    QVERIFY2(plain.status == 0 || plain.status == 3, plain.err.constData());
    // Links of processes are asked in turn, so a short recording need not have each.
    const QByteArray unredacted = everything(path("plain"));
    for (const Seed& seed : seeds.all)
        QVERIFY2(seed.pattern == "working folder" || unredacted.contains(QByteArray::fromStdString(seed.needle)),
            seed.pattern.c_str());
    const Run run = record(common + options + QStringList{"-o", path("clean")});
    QVERIFY2(run.status == 0 || run.status == 3, run.err.constData());
    const RecordedCapture capture = readCapture(path("clean"));
    QVERIFY(capture.isFinished);
    QCOMPARE(leaks(seeds.all, everything(path("clean"))), QByteArray());
    const QString mode = options.isEmpty() ? "default" : "strict";
    QCOMPARE(capture.manifest(0)["config"].toObject()["redact"].toString(), mode);
    QVERIFY(everything(path("clean")).contains("<redacted>"));
}

/// Written to the kernel's log, which anyone's log server may do.
void RedactCapturesTest::kernelLog()
{
    QFile log("/dev/kmsg");
    if (geteuid() != 0 || !log.open(QIODevice::WriteOnly | QIODevice::Unbuffered))
        QSKIP("needs root and a kernel log that takes messages");
    Seeds seeds;
    for (const char* const line : logLines) // no more: the kernel takes ten at a time (printk_devkmsg)
        log.write(QByteArray::fromStdString("hindcast-test: " + seeds.plant(line, line) + '\n'));
    const QStringList common{"-i", "0.2", "-c", "2", "--force"};
    const Run plain = record(common + QStringList{"--redact", "off", "-o", path("log-plain")});
    QVERIFY2(plain.status == 0 || plain.status == 3, plain.err.constData());
    const QByteArray unredacted = everything(path("log-plain"));
    std::erase_if(
        seeds.all, [&](const Seed& seed) { return !unredacted.contains(QByteArray::fromStdString(seed.needle)); });
    if (seeds.all.size() < 6)
        QSKIP("the kernel's log took too few messages");
    QVERIFY(record(common + QStringList{"-o", path("log-clean")}).status >= 0);
    QCOMPARE(leaks(seeds.all, everything(path("log-clean"))), QByteArray());
    QVERIFY(everything(path("log-clean")).contains("<redacted>"));
}

/// A log of --log, whose name holds a token: what is written to it while the recorder runs.
void RedactCapturesTest::followedLog()
{
    Seeds seeds;
    const QString log = QString::fromStdString(
        seeds.plant("name of a log", m_folder.filePath("access-ghp_@abcdefghijkl.log").toStdString()));
    QByteArray lines;
    for (int i = 0; i < 5; ++i)
        for (const char* const line : logLines)
            lines += QByteArray::fromStdString(seeds.plant(line, line) + '\n');
    for (const bool isRedacted : {false, true}) {
        const QString output = path(isRedacted ? "followed-clean" : "followed-plain");
        QVERIFY(writeFile(log, "before\n"));
        RunningRecorder recorder({"-i", "0.2", "-o", output, "--log", log, "--redact", isRedacted ? "default" : "off"});
        QVERIFY(waitFor([&] { return readCapture(output + ".part").ticks.size() >= 2; }));
        QFile file(log);
        QVERIFY(file.open(QIODevice::Append) && file.write(lines) == lines.size());
        file.close();
        recorder.signal(SIGTERM);
        const Run run = recorder.result();
        QVERIFY2(run.status == 0 || run.status == 3, run.err.constData());
        const QByteArray all = everything(output);
        if (isRedacted) {
            QCOMPARE(leaks(seeds.all, all), QByteArray());
            QVERIFY(all.contains("login with password=<redacted> failed"));
        } else {
            for (const Seed& seed : seeds.all)
                QVERIFY2(all.contains(QByteArray::fromStdString(seed.needle)), seed.pattern.c_str());
        }
    }
}

/// Not even with --redact off.
void RedactCapturesTest::environmentIsNeverRead()
{
    Seeds seeds;
    Processes processes;
    const std::string secret = seeds.plant("environment", "SECRET=@");
    QVERIFY(start(processes, {"app-with-environment"}, {}, {secret}));
    QVERIFY(record({"-i", "0.2", "-c", "12", "--redact", "off", "--force", "-o", path("environ")}).status >= 0);
    const QByteArray all = everything(path("environ"));
    QVERIFY(all.contains("app-with-environment"));
    QCOMPARE(leaks(seeds.all, all), QByteArray());
}

void RedactCapturesTest::script()
{
    const QString program = QStringLiteral(HINDCAST_TEST_DATA "/../../capture/hindcast-record.sh");
    Seeds seeds;
    Processes processes;
    // What the script's filter promises; the rest is for hindcast-report redact.
    const char* const promised[] = {"option=value", "option value", "java", "environment", "mysql", "sshpass",
        "curl header", "url account in an option", "url parameter", "github", "gitlab and slack", "aws key", "jwt"};
    for (const Pattern& pattern : patterns()) {
        if (std::none_of(std::begin(promised), std::end(promised),
                [&](const char* name) { return !std::strcmp(name, pattern.name); }))
            continue;
        std::vector<std::string> arguments;
        for (const std::string& argument : pattern.arguments)
            arguments.push_back(seeds.plant(pattern.name, argument));
        QVERIFY(start(processes, arguments));
    }
    QVERIFY(seeds.all.size() >= 30);
    // Command lines are read beside the ticks; on a busy machine a short segment ends without them.
    const auto recordWithCommandLines = [&](const QString& output, const QStringList& options) {
        Run run;
        for (const char* const samples : {"4", "10", "40"}) {
            QFile::remove(output);
            run = test::run("sh", QStringList{program, "-i", "0.2", "-c", samples, "-o", output} + options);
            if (everything(output).contains("/pids.txt\n"))
                break;
        }
        return run;
    };
    const Run plain = recordWithCommandLines(path("script-plain.tar.zst"), {"--redact", "off"});
    QVERIFY2(plain.status == 0 || plain.status == 3, plain.err.constData());
    const QByteArray unredacted = everything(path("script-plain.tar.zst"));
    for (const Seed& seed : seeds.all)
        QVERIFY2(unredacted.contains(QByteArray::fromStdString(seed.needle)), seed.pattern.c_str());
    const Run clean = recordWithCommandLines(path("script-clean.tar.zst"), {});
    QVERIFY2(clean.status == 0 || clean.status == 3, clean.err.constData());
    QCOMPARE(leaks(seeds.all, everything(path("script-clean.tar.zst"))), QByteArray());
    QVERIFY(everything(path("script-clean.tar.zst")).contains("--password=<redacted>"));
    QVERIFY(everything(path("script-clean.tar.zst")).contains("\"redact\":\"default\""));

    const Run copied = run(reportProgram(), {"redact", path("script-plain.tar.zst"), "-o", path("script-copy")});
    QVERIFY2(copied.status == 0, copied.err.constData());
    QCOMPARE(leaks(seeds.all, everything(path("script-copy"))), QByteArray());
    QCOMPARE(run(reportProgram(), {"verify", path("script-copy")}).status, 0);
}

void RedactCapturesTest::reportRedact()
{
    Seeds seeds;
    Processes processes;
    QVERIFY(startPatterns(processes, seeds, 4));
    QVERIFY(startNames(processes, seeds, m_folder.filePath("report")));
    QVERIFY(seeds.all.size() >= 300);
    const Run plain =
        record({"-i", "0.2", "-c", "12", "--segment-ticks", "5", "--redact", "off", "--force", "-o", path("old")});
    QVERIFY2(plain.status == 0 || plain.status == 3, plain.err.constData());
    const Run run = test::run(reportProgram(), {"redact", path("old"), "-o", path("copy")});
    QVERIFY2(run.status == 0, run.err.constData());
    QVERIFY(run.out.contains("assigned values replaced"));
    const RecordedCapture before = readCapture(path("old")), after = readCapture(path("copy"));
    QVERIFY(after.isFinished);
    QCOMPARE(leaks(seeds.all, everything(path("copy"))), QByteArray());
    QCOMPARE(after.segments(), before.segments());
    QCOMPARE(after.ticks.size(), before.ticks.size());
    for (std::size_t i = 0; i < after.ticks.size(); ++i) {
        QVERIFY(after.ticks[i].state == framing::TickState::Whole);
        QCOMPARE(after.ticks[i].number, before.ticks[i].number);
        QCOMPARE(after.ticks[i].blocks.size(), before.ticks[i].blocks.size());
        QCOMPARE(after.ticks[i].body("/proc/stat"), before.ticks[i].body("/proc/stat"));
    }
    QCOMPARE(after.manifest(0)["config"].toObject()["redact"].toString(), QString("default"));
    QCOMPARE(test::run(reportProgram(), {"verify", path("copy")}).status, 0);
    struct stat status { };
    QCOMPARE(::stat(path("copy").toUtf8().constData(), &status), 0);
    QCOMPARE(status.st_mode & 0777U, 0600U);
}

/// Cut in the middle: what is whole is redacted and kept, the rest is said, and the copy does not look finished.
void RedactCapturesTest::damagedCapture()
{
    Seeds seeds;
    Processes processes;
    QVERIFY(start(processes, {"app", seeds.plant("option", "--password=@")}));
    QVERIFY(record({"-i", "0.1", "-c", "12", "--segment-ticks", "4", "--redact", "off", "--force", "-o", path("whole")})
                .status
        >= 0);
    QByteArray bytes = contents(path("whole"));
    bytes.truncate(bytes.size() * 4 / 5);
    QVERIFY(writeFile(path("cut"), bytes));
    const Run run = test::run(reportProgram(), {"redact", path("cut"), "-o", path("cut-copy")});
    QCOMPARE(run.status, 4);
    QVERIFY2(run.err.contains("left out: "), run.err.constData());
    const RecordedCapture copy = readCapture(path("cut-copy"));
    QVERIFY(!copy.isFinished);
    QVERIFY(!copy.ticks.empty());
    QCOMPARE(leaks(seeds.all, everything(path("cut-copy"))), QByteArray());
}

namespace {

constexpr const char* plantedHost = "webseed7x";
constexpr const char* plantedAddress = "203.0.113.77";

/// A network and a name of its own for the recorder, with a socket on an address of it.
void enterPlantedHost()
{
    if (unshare(CLONE_NEWUTS | CLONE_NEWNET) != 0 || sethostname(plantedHost, std::strlen(plantedHost)) != 0)
        _exit(126);
    const int socketDescriptor = socket(AF_INET, SOCK_DGRAM, 0);
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    inet_pton(AF_INET, plantedAddress, &address.sin_addr);
    std::memcpy(&request.ifr_addr, &address, sizeof address);
    if (ioctl(socketDescriptor, SIOCSIFADDR, &request) != 0)
        _exit(125);
    request.ifr_flags = IFF_UP;
    ioctl(socketDescriptor, SIOCSIFFLAGS, &request);
    const int listener = socket(AF_INET, SOCK_STREAM, 0); // stays open in the recorder
    address.sin_port = htons(4711);
    if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener, 5) != 0)
        _exit(124);
}

std::vector<Seed> startNamed(Processes& processes)
{
    std::vector<Seed> seeds{
        {"own name", plantedHost}, {"own address", plantedAddress}, {"own address in /proc/net", "4D7100CB"}};
    char number[16];
    for (int i = 0; i < 20; ++i) {
        std::snprintf(number, sizeof number, "%d", 100 + i);
        const std::string n = number;
        start(processes,
            {"app", "--host=dbseed" + n, "https://api" + n + ".seed.example/x", "ssh", "bobseed" + n + "@hostseed" + n,
                "/home/homeseed" + n + "/.x", "user=userseed" + n, "198.51.100." + n, "[2001:db8:5eed::" + n + "]:80",
                "02:5e:ed:00:01:" + n.substr(1), "nfsseed" + n + ":/export", "--bind", "10.99.88." + n + ":443"});
        for (const char* const name : {"dbseed", "api", "bobseed", "hostseed", "homeseed", "userseed", "198.51.100.",
                 "2001:db8:5eed::", "02:5e:ed:00:01:", "nfsseed", "10.99.88."})
            seeds.push_back({name,
                std::string(name) == "api"                   ? "api" + n + ".seed"
                    : std::string(name) == "02:5e:ed:00:01:" ? name + n.substr(1)
                                                             : name + n});
    }
    return seeds;
}

} // namespace

void RedactCapturesTest::strictNamesNobody()
{
    if (geteuid() != 0)
        QSKIP("needs root: a host name and a network of its own are made");
    Processes processes;
    const std::vector<Seed> seeds = startNamed(processes);
    const QStringList common{"-i", "0.2", "-c", "12", "--socket-ticks", "2", "--force"};
    const Run plain = record(common + QStringList{"-o", path("named")}, enterPlantedHost);
    QVERIFY2(plain.status == 0 || plain.status == 3, plain.err.constData());
    const QByteArray named = everything(path("named"));
    for (const Seed& seed : seeds)
        if (seed.needle != "4D7100CB") // only where sock_diag is refused
            QVERIFY2(named.contains(QByteArray::fromStdString(seed.needle)), seed.needle.c_str());
    const Run run = record(common + QStringList{"--redact", "strict", "-o", path("unnamed")}, enterPlantedHost);
    QVERIFY2(run.status == 0 || run.status == 3, run.err.constData());
    QCOMPARE(leaks(seeds, everything(path("unnamed"))), QByteArray());
    const RecordedCapture capture = readCapture(path("unnamed"));
    const QString name = capture.manifest(0)["hostname"].toString();
    QVERIFY2(name.startsWith("host-"), qPrintable(name));

    const QByteArray list = contents(path("unnamed") + ".pseudonyms");
    QVERIFY(list.startsWith("# "));
    QVERIFY(list.contains(name.toUtf8() + '\t' + plantedHost + '\n'));
    struct stat status { };
    QCOMPARE(::stat((path("unnamed") + ".pseudonyms").toUtf8().constData(), &status), 0);
    QCOMPARE(status.st_mode & 0777U, 0600U);
    // Stable, and neighbours stay neighbours.
    const auto pseudonym = [&](const char* original) {
        for (const QByteArray& line : list.split('\n'))
            if (line.endsWith(QByteArray("\t") + original))
                return line.left(line.indexOf('\t'));
        return QByteArray();
    };
    QCOMPARE(list.count("\t198.51.100.101\n"), 1);
    const QByteArray a = pseudonym("198.51.100.101"), b = pseudonym("198.51.100.102"), own = pseudonym("10.99.88.101");
    QVERIFY(!a.isEmpty() && a != b);
    QCOMPARE(a.left(a.lastIndexOf('.')), b.left(b.lastIndexOf('.')));
    QVERIFY2(own.startsWith("10."), own.constData());
    QVERIFY(everything(path("unnamed")).contains(pseudonym(plantedAddress) + ":4711"));
}

void RedactCapturesTest::strictOfAnOldCapture()
{
    if (geteuid() != 0)
        QSKIP("needs root: a host name and a network of its own are made");
    Processes processes;
    const std::vector<Seed> seeds = startNamed(processes);
    const Run plain = record({"-i", "0.2", "-c", "12", "--force", "-o", path("old-named")}, enterPlantedHost);
    QVERIFY2(plain.status == 0 || plain.status == 3, plain.err.constData());
    const Run run = test::run(
        reportProgram(), {"redact", path("old-named"), "-o", path("old-unnamed"), "--strict", "--map", path("list")});
    QVERIFY2(run.status == 0, run.err.constData());
    QCOMPARE(leaks(seeds, everything(path("old-unnamed"))), QByteArray());
    QVERIFY(contents(path("list")).contains(QByteArray("\t") + plantedHost + '\n'));
    QVERIFY(!QFile::exists(path("old-unnamed") + ".pseudonyms"));
}

namespace {

/// The planted host, which says a secret to itself until the recorder ends.
void enterTalkingHost()
{

    enterPlantedHost();
    if (fork() == 0) { // says its secret to itself until the recorder ends
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        inet_pton(AF_INET, plantedAddress, &address.sin_addr);
        address.sin_port = htons(4712);
        const char secret[] = "xxxFEEDPACKETBEEFxxx";
        for (;;) {
            sendto(descriptor, secret, sizeof secret, 0, reinterpret_cast<sockaddr*>(&address), sizeof address);
            usleep(20'000);
        }
    }
}

} // namespace

void RedactCapturesTest::packets()
{
    if (geteuid() != 0)
        QSKIP("needs root: packets are captured in a network of their own");
    const Run plain = record({"-i", "0.2", "-c", "6", "--packets", "lo", "--snaplen", "2000", "--redact", "off",
                                 "--force", "-o", path("packets")},
        enterTalkingHost);
    if (plain.err.contains("packets of lo"))
        QSKIP("packets may not be captured here");
    QVERIFY(everything(path("packets")).contains("FEEDPACKETBEEF"));
    const QByteArray rawAddress = QByteArray::fromHex("cb00714d");
    QVERIFY(everything(path("packets")).contains(rawAddress));
    const Run run = test::run(reportProgram(), {"redact", path("packets"), "-o", path("packets-copy")});
    QVERIFY2(run.status == 0, run.err.constData());
    QVERIFY2(run.out.contains("packets, "), run.out.constData());
    QVERIFY(!everything(path("packets-copy")).contains("FEEDPACKETBEEF"));
    QVERIFY(everything(path("packets-copy")).contains(rawAddress));
    const Run strict =
        test::run(reportProgram(), {"redact", path("packets"), "-o", path("packets-strict"), "--strict"});
    QVERIFY2(strict.status == 0, strict.err.constData());
    QVERIFY(!everything(path("packets-strict")).contains("FEEDPACKETBEEF"));
    QVERIFY(!everything(path("packets-strict")).contains(rawAddress));
    QVERIFY(!readCapture(path("packets-strict")).membersBelow("packets").empty());
}

void RedactCapturesTest::strictPackets()
{
    if (geteuid() != 0)
        QSKIP("needs root: packets are captured in a network of their own");
    const Run run = record({"-i", "0.2", "-c", "6", "--packets", "lo:udp and host 203.0.113.77", "--snaplen", "2000",
                               "--redact", "strict", "--force", "-o", path("strict-packets")},
        enterTalkingHost);
    if (run.err.contains("packets of lo"))
        QSKIP("packets may not be captured here");
    QVERIFY2(run.status == 0 || run.status == 3, run.err.constData());
    const QByteArray all = everything(path("strict-packets"));
    QVERIFY(!all.contains("FEEDPACKETBEEF"));
    QVERIFY(!all.contains(QByteArray::fromHex("cb00714d")));
    QVERIFY(!all.contains(plantedAddress));
    // The pseudonym that the list names is the address of the packets.
    QByteArray pseudonym;
    for (const QByteArray& line : contents(path("strict-packets") + ".pseudonyms").split('\n'))
        if (line.endsWith(QByteArray("\t") + plantedAddress))
            pseudonym = line.left(line.indexOf('\t'));
    in_addr address{};
    QCOMPARE(inet_pton(AF_INET, pseudonym.constData(), &address), 1);
    const Run packets = test::run(reportProgram(), {"dump", path("strict-packets")});
    QVERIFY2(packets.status == 0, packets.err.constData());
    QVERIFY(all.contains(QByteArray(reinterpret_cast<const char*>(&address), sizeof address)));
    QVERIFY(all.contains("filter udp and host " + pseudonym));
}

void RedactCapturesTest::whatIsRefused()
{
    QVERIFY(writeFile(path("there"), "x"));
    QVERIFY(record({"-i", "0.1", "-c", "2", "--force", "-o", path("small")}).status >= 0);
    const Run existing = run(reportProgram(), {"redact", path("small"), "-o", path("there")});
    QCOMPARE(existing.status, 2);
    QVERIFY2(existing.err.contains("already there"), existing.err.constData());
    QCOMPARE(contents(path("there")), QByteArray("x"));
    const Run nothing = run(reportProgram(), {"redact", path("there"), "-o", path("never")});
    QCOMPARE(nothing.status, 3);
    QVERIFY2(nothing.err.contains("not a capture"), nothing.err.constData());
    QVERIFY(!QFile::exists(path("never")));
    QCOMPARE(run(reportProgram(), {"redact", path("small"), "-o", path("never"), "--map", path("m")}).status, 2);
    QCOMPARE(record({"-c", "1", "--redact", "much", "-o", path("never")}).status, 2);
    QVERIFY(writeFile(path("kept.pseudonyms"), "x"));
    const Run list = record({"-c", "1", "--redact", "strict", "-o", path("kept")});
    QCOMPARE(list.status, 2);
    QCOMPARE(contents(path("kept.pseudonyms")), QByteArray("x"));
}

QTEST_GUILESS_MAIN(RedactCapturesTest)
#include "tst_redact_captures.moc"
