#include "recorder_runs.h"

#include "framing/tar_header.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QThread>

#include <algorithm>
#include <csignal>
#include <memory>
#include <zstd.h>

namespace hindcast::test {
namespace {

Run finished(QProcess& process)
{
    process.waitForFinished(patience);
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAllStandardOutput(),
        process.readAllStandardError()};
}

/// Samples in quick succession cost more than the budget that recorders have unless they are told otherwise; what is
/// tested is not to depend on what the machine makes of that.
QStringList withoutBudget(const QStringList& arguments)
{
    const int interval = static_cast<int>(arguments.indexOf("-i"));
    const bool isQuick = interval >= 0 && interval + 1 < arguments.size() && arguments[interval + 1].toDouble() < 1;
    return isQuick && !arguments.contains("--cpu") ? QStringList{"--cpu", "0"} + arguments : arguments;
}

QByteArray decompressed(const QByteArray& file, std::size_t& wanted)
{
    QByteArray raw;
    std::vector<char> chunk(ZSTD_DStreamOutSize());
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), &ZSTD_freeDCtx);
    ZSTD_inBuffer in{file.constData(), static_cast<std::size_t>(file.size()), 0};
    for (;;) {
        ZSTD_outBuffer out{chunk.data(), chunk.size(), 0};
        wanted = ZSTD_decompressStream(context.get(), &out, &in);
        raw.append(chunk.data(), static_cast<qsizetype>(out.pos));
        if (ZSTD_isError(wanted) || (in.pos == in.size && out.pos < out.size))
            return raw;
    }
}

RecordedTick readTick(const QRegularExpressionMatch& path, std::string_view text)
{
    RecordedTick tick;
    tick.segment = path.captured(1).toULongLong();
    tick.number = path.captured(2).toULongLong();
    framing::TickEnd end;
    tick.state = framing::checkTick(text, end);
    std::string_view rest = end.blocks;
    framing::Block block;
    while (framing::nextBlock(rest, block) == framing::NextBlock::Found) {
        framing::BlockHeader header;
        header.path = block.path;
        header.startNanoseconds = block.startNanoseconds;
        header.errorNumber = block.errorNumber;
        tick.blocks.emplace_back(header, QByteArray(block.body.data(), static_cast<qsizetype>(block.body.size())));
    }
    return tick;
}

} // namespace

QString recorderPath()
{
    if (qEnvironmentVariableIsSet("HINDCAST_RECORD"))
        return qEnvironmentVariable("HINDCAST_RECORD");
    return qEnvironmentVariable("HINDCAST_BIN_DIR", QCoreApplication::applicationDirPath() + "/../bin")
        + "/hindcast-record";
}

QByteArray contents(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

bool writeFile(const QString& path, const QByteArray& text)
{
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
}

int Run::errorLinesWith(const char* word) const
{
    const auto lines = err.split('\n');
    return static_cast<int>(
        std::count_if(lines.begin(), lines.end(), [&](const QByteArray& line) { return line.contains(word); }));
}

Run run(const QString& program, const QStringList& arguments, const std::function<void()>& inChild)
{
    QProcess process;
    if (inChild)
        process.setChildProcessModifier(inChild);
    process.start(program, arguments);
    process.closeWriteChannel();
    return finished(process);
}

Run record(const QStringList& arguments, const std::function<void()>& inChild)
{
    return run(recorderPath(), withoutBudget(arguments), inChild);
}

Run recordAsNobody(const QString& folder, const QStringList& arguments)
{
    QFile::setPermissions(folder, QFileDevice::Permissions(0x7777));
    const QString program = folder + "/hindcast-record";
    if (!QFile::exists(program))
        QFile::copy(recorderPath(), program);
    QFile::setPermissions(program, QFileDevice::Permissions(0x7755));
    return run("setpriv",
        QStringList{"--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", program}
            + withoutBudget(arguments));
}

std::optional<QByteArray> RecordedTick::body(const std::string& path) const
{
    for (const auto& [header, text] : blocks)
        if (header.path == path)
            return text;
    return std::nullopt;
}

std::optional<int> RecordedTick::errorNumber(const std::string& path) const
{
    for (const auto& [header, text] : blocks)
        if (header.path == path)
            return header.errorNumber;
    return std::nullopt;
}

std::optional<std::int64_t> RecordedTick::value(const QByteArray& key) const
{
    for (const QByteArray& line : body("hindcast/tick").value_or(QByteArray()).split('\n'))
        if (line.startsWith(key + ' '))
            return line.mid(key.size() + 1).toLongLong();
    return std::nullopt;
}

std::vector<std::pair<QString, QByteArray>> RecordedCapture::membersBelow(const QString& folder) const
{
    std::vector<std::pair<QString, QByteArray>> found;
    for (const auto& member : members)
        if (member.first.startsWith(folder + '/'))
            found.push_back(member);
    return found;
}

QJsonObject RecordedCapture::manifest(int segment) const
{
    for (const auto& [path, bytes] : members)
        if (path == QString("seg/%1/manifest.json").arg(segment))
            return QJsonDocument::fromJson(bytes).object();
    return {};
}

std::vector<QJsonObject> RecordedCapture::denials(int segment, const QString& path) const
{
    std::vector<QJsonObject> found;
    for (const auto& denial : manifest(segment)["denials"].toArray())
        if (denial.toObject()["path"].toString() == path)
            found.push_back(denial.toObject());
    return found;
}

int RecordedCapture::segments() const
{
    return static_cast<int>(std::count_if(
        members.begin(), members.end(), [](const auto& member) { return member.first.endsWith("/manifest.json"); }));
}

RecordedCapture readCapture(const QString& path)
{
    std::size_t wanted = 0;
    const QByteArray tar = decompressed(contents(path), wanted);
    RecordedCapture capture;
    std::string_view rest(tar.constData(), static_cast<std::size_t>(tar.size()));
    while (rest.size() >= framing::tarBlockSize) {
        framing::TarMember header;
        const auto kind = framing::parseTarHeader(rest.substr(0, framing::tarBlockSize), header);
        if (kind != framing::TarHeaderKind::Member) {
            capture.isFinished = kind == framing::TarHeaderKind::End && wanted == 0;
            break;
        }
        rest.remove_prefix(framing::tarBlockSize);
        const auto size = static_cast<std::size_t>(header.size);
        if (rest.size() < size)
            break;
        const QString name = QString::fromStdString(header.path);
        capture.members.emplace_back(name, QByteArray(rest.data(), static_cast<qsizetype>(size)));
        static const QRegularExpression tickPath("^seg/(\\d+)/t/(\\d{6,})\\.txt$");
        if (const auto match = tickPath.match(name); match.hasMatch())
            capture.ticks.push_back(readTick(match, rest.substr(0, size)));
        rest.remove_prefix(std::min(rest.size(), size + static_cast<std::size_t>(framing::tarPadding(size))));
    }
    return capture;
}

bool waitFor(const std::function<bool()>& condition)
{
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < patience) {
        if (condition())
            return true;
        QThread::msleep(10);
    }
    return false;
}

RunningRecorder::RunningRecorder(const QStringList& arguments, const std::function<void()>& inChild)
{
    if (inChild)
        m_process.setChildProcessModifier(inChild);
    m_process.start(recorderPath(), withoutBudget(arguments));
    m_process.waitForStarted();
}

RunningRecorder::~RunningRecorder()
{
    if (m_process.state() != QProcess::NotRunning)
        m_process.kill();
    m_process.waitForFinished(patience);
}

void RunningRecorder::signal(int number)
{
    ::kill(static_cast<pid_t>(m_process.processId()), number);
}

QByteArray RunningRecorder::errors()
{
    m_process.waitForReadyRead(0);
    return m_errors += m_process.readAllStandardError();
}

Run RunningRecorder::result()
{
    Run run = finished(m_process);
    run.err.prepend(m_errors);
    return run;
}

} // namespace hindcast::test
