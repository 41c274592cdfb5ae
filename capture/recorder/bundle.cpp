#include "bundle.h"

#include "file_copy.h"
#include "free_room.h"
#include "message.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace hindcast::recorder {
namespace {

constexpr std::int64_t patience = 1'800'000'000'000; // on a disk that has no time for it
constexpr std::size_t mostAnswerBytes = 4096;
constexpr std::size_t mostHeldOpen = 200; // of the oldest files; ulimit -n is 1024 in most places
constexpr int spareDescriptors = 8;
constexpr int windowLog = 20; // of members that are fetched: their own memory, beside the recorder's

enum class IoClass { BestEffortLast, Idle };

/// man 2 ioprio_set; glibc has no wrapper. `Idle` may wait for ever where others never pause.
void setIoPriority(IoClass io)
{
    constexpr int who = 1; // IOPRIO_WHO_PROCESS
    const int priority = io == IoClass::Idle ? 3 << 13 : (2 << 13) | 7;
    syscall(SYS_ioprio_set, who, 0, priority);
}

void makeQuiet()
{
    setIoPriority(IoClass::Idle);
    [[maybe_unused]] const int niceness = nice(10);
}

/// "copied 123\n", "noroom 0\n" or "errno 28\n" to the recorder.
void answer(int descriptor, const char* word, std::uint64_t value)
{
    char line[64];
    const int length = std::snprintf(line, sizeof line, "%s %llu\n", word, static_cast<unsigned long long>(value));
    [[maybe_unused]] const ssize_t written = write(descriptor, line, static_cast<std::size_t>(length));
}

class DescriptorSink final : public framing::Sink {
public:
    explicit DescriptorSink(int descriptor)
        : m_descriptor(descriptor)
    {
    }
    int write(std::string_view bytes) override
    {
        while (!bytes.empty()) {
            const ssize_t written = ::write(m_descriptor, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR)
                continue;
            if (written < 0)
                return errno;
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        return 0;
    }

private:
    int m_descriptor;
};

std::uint64_t number(std::string_view text)
{
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

} // namespace

/// In the other process the ring stands still: it has a copy of it, and the oldest files open.
class Bundle::Copying final : public Work {
public:
    Copying(const Ring& ring, std::vector<const Ring::File*> files, const FreeFloor& floor, int target)
        : m_ring(ring)
        , m_files(std::move(files))
        , m_floor(floor)
        , m_target(target)
    {
        for (const Ring::File* const file : m_files) {
            const int descriptor = m_open.size() == mostHeldOpen ? -1 : m_ring.openFile(*file);
            if (descriptor < 0)
                break; // the other process opens those that follow, while it closes what it has copied
            m_open.push_back(descriptor);
        }
        // With no more of them to be had, the other process could not even be started.
        for (int i = 0; m_open.size() < m_files.size() && i < spareDescriptors && !m_open.empty(); ++i) {
            close(m_open.back());
            m_open.pop_back();
        }
    }
    ~Copying() override
    {
        for (const int descriptor : m_open)
            if (descriptor >= 0)
                close(descriptor);
    }
    bool keepsDescriptors() const override { return true; }

    int run(int descriptor) override
    {
        makeQuiet();
        std::uint64_t copied = 0;
        int failure = 0;
        for (std::size_t i = 0; i < m_files.size() && failure == 0; ++i)
            failure = copy(i, copied);
        setIoPriority(IoClass::BestEffortLast);
        if (failure == 0 && fdatasync(m_target) != 0)
            failure = errno;
        answer(descriptor, failure != 0 ? "errno" : "copied", failure != 0 ? static_cast<unsigned>(failure) : copied);
        return failure != 0 ? 1 : 0;
    }

private:
    int copy(std::size_t i, std::uint64_t& copied)
    {
        const int source = i < m_open.size() ? std::exchange(m_open[i], -1) : m_ring.openFile(*m_files[i]);
        if (source < 0)
            return errno;
        if (!hasFreeRoom(m_target, m_floor, m_files[i]->bytes))
            return ENOSPC;
        const int failure = copyFile(source, m_target, m_files[i]->bytes, copied);
        close(source);
        return failure;
    }

    const Ring& m_ring;
    std::vector<const Ring::File*> m_files;
    const FreeFloor& m_floor;
    int m_target;
    std::vector<int> m_open;
};

/// A member in a frame of its own.
class Bundle::Compressing final : public Work {
public:
    Compressing(std::string path, std::string bytes, const framing::WriterSettings& settings,
        framing::MemberFilter* filter, const FreeFloor& floor, int target)
        : m_path(std::move(path))
        , m_bytes(std::move(bytes))
        , m_settings(settings)
        , m_filter(filter)
        , m_floor(floor)
        , m_target(target)
    {
    }
    int run(int descriptor) override
    {
        makeQuiet();
        if (!hasFreeRoom(m_target, m_floor, m_bytes.size())) { // compressed it is less
            answer(descriptor, "errno", ENOSPC);
            return 1;
        }
        DescriptorSink sink(m_target);
        framing::CaptureWriter writer(sink, m_settings);
        writer.setFilter(m_filter);
        int failure = writer.addMember(m_path, m_bytes, std::time(nullptr));
        if (failure == 0)
            failure = writer.endMembers();
        if (failure > 0) {
            answer(descriptor, "errno", static_cast<unsigned>(failure));
            return 1;
        }
        if (failure == framing::noRoom)
            answer(descriptor, "noroom", 0);
        for (const auto& entry : writer.beginPart().seekEntries) {
            answer(descriptor, "frame", entry.compressed);
            answer(descriptor, "raw", entry.decompressed);
        }
        answer(descriptor, "copied", writer.bytesWritten());
        return 0;
    }
    const std::string& path() const { return m_path; }

private:
    std::string m_path, m_bytes;
    framing::WriterSettings m_settings;
    framing::MemberFilter* m_filter;
    const FreeFloor& m_floor;
    int m_target;
};

Bundle::Bundle(const Options& options)
    : m_options(options)
    , m_helper(m_stuck)
{
}

Bundle::~Bundle()
{
    abandon();
}

int Bundle::start(const std::string& name, const Ring& ring, std::int64_t begin)
{
    Options options = m_options;
    options.output = name;
    options.isForced = false;
    m_output = makeOutput(options, {});
    m_failure = 0;
    m_leftOut.clear();
    m_index = {};
    m_span = {};
    if (m_output->open() != exit_status::complete) {
        m_output.reset();
        return EEXIST;
    }
    const std::vector<const Ring::File*> files = filesFrom(ring, begin);
    for (const Ring::File* const file : files) {
        m_index.append(file->index);
        if (file->span.ticks == 0)
            continue;
        if (m_span.ticks == 0)
            m_span.first = file->span.first;
        m_span.last = file->span.last;
        m_span.ticks += file->span.ticks;
    }
    Copying copying(ring, files, m_options.freeFloor, m_output->descriptor());
    startWork(copying);
    return 0;
}

/// What was recorded at the start, and each file whose successor does not reach back so far.
std::vector<const Ring::File*> Bundle::filesFrom(const Ring& ring, std::int64_t begin) const
{
    std::vector<const Ring::File*> files;
    const auto& all = ring.files();
    for (std::size_t i = 0; i < all.size(); ++i)
        if (all[i].span.ticks == 0 || i + 1 == all.size() || all[i + 1].span.first > begin)
            files.push_back(&all[i]);
    return files;
}

void Bundle::startWork(Work& work)
{
    if (const int failure = m_helper.start(work, m_output->descriptor(), patience, mostAnswerBytes))
        m_failure = failure;
}

void Bundle::tend()
{
    if (!isBusy())
        return;
    switch (m_helper.poll()) {
    case Helper::State::Running:
        return;
    case Helper::State::TimedOut:
        m_failure = ETIMEDOUT;
        break;
    case Helper::State::Died:
        m_failure = EIO;
        break;
    default:
        takeAnswer();
    }
    m_helper.clear();
    m_compressing.reset();
}

void Bundle::takeAnswer()
{
    std::string_view rest = m_helper.bytes();
    bool isAnswered = false;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        const std::string_view word = line.substr(0, line.find(' '));
        const std::uint64_t value = number(line.substr(std::min(line.size(), word.size() + 1)));
        if (word == "errno") {
            m_failure = static_cast<int>(value);
        } else if (word == "noroom") {
            m_leftOut = m_compressing->path();
        } else if (word == "frame") {
            m_index.seekEntries.push_back({static_cast<std::uint32_t>(value), 0});
        } else if (word == "raw" && !m_index.seekEntries.empty()) {
            m_index.seekEntries.back().decompressed = static_cast<std::uint32_t>(value);
        } else if (word == "copied") {
            m_output->takeOver(value);
            m_output->markValid();
            isAnswered = true;
        }
    }
    if (!isAnswered && m_failure == 0)
        m_failure = EIO;
}

void Bundle::addDescriptors(std::vector<pollfd>& descriptors) const
{
    if (m_helper.descriptor() >= 0)
        descriptors.push_back({m_helper.descriptor(), POLLIN, 0});
}

framing::WriterSettings Bundle::settings() const
{
    framing::WriterSettings settings;
    settings.windowLog = windowLog;
    if (m_options.mostBytes)
        settings.mostBytes = *m_options.mostBytes - std::min(*m_options.mostBytes - 1, m_output->length());
    return settings;
}

void Bundle::addMember(std::string path, std::string bytes)
{
    if (m_failure != 0)
        return;
    m_compressing = std::make_unique<Compressing>(
        std::move(path), std::move(bytes), settings(), m_filter, m_options.freeFloor, m_output->descriptor());
    startWork(*m_compressing);
}

int Bundle::finish()
{
    if (m_failure != 0)
        return m_failure;
    framing::WriterSettings closing = settings();
    closing.windowLog = 17; // a few lines of text
    framing::CaptureWriter writer(*m_output, closing);
    writer.adopt(m_index);
    m_failure = writer.close();
    if (m_failure == 0) {
        m_output->markValid();
        m_failure = m_output->finish();
    }
    return m_failure;
}

void Bundle::abandon()
{
    m_helper.clear();
    if (m_output)
        m_output->remove();
    m_output.reset();
}

std::string bundleName(const Options& options, const std::string& file, std::int64_t realNanoseconds)
{
    constexpr std::string_view endings[] = {".hindcast.tar.zst", ".tar.zst", ".zst"};
    std::string_view stem = file, ending = endings[0];
    for (const std::string_view possible : endings)
        if (stem.ends_with(possible)) {
            ending = possible;
            stem.remove_suffix(possible.size());
            break;
        }
    std::string head(stem), tail(ending);
    if (options.output.empty()) { // HOST-UTC of the start
        char time[40];
        const auto seconds = static_cast<std::time_t>(realNanoseconds / 1'000'000'000);
        std::tm utc{};
        gmtime_r(&seconds, &utc);
        std::strftime(time, sizeof time, "-%Y%m%dT%H%M%SZ-trigger", &utc);
        head.erase(std::min(head.size(), head.rfind('-')));
        head += time;
    }
    const auto isTaken = [](const std::string& name) {
        struct stat status { };
        return lstat(name.c_str(), &status) == 0 || lstat((name + ".part").c_str(), &status) == 0;
    };
    std::string name = head + tail;
    for (unsigned n = 1; n == 1 || isTaken(name); ++n) {
        if (options.output.empty() && n == 1 && !isTaken(name))
            break;
        name = head + '-' + std::to_string(n) + tail;
    }
    return name;
}

} // namespace hindcast::recorder
