#include "questions.h"

#include "framing/block.h"
#include "history.h"
#include "network_card.h"
#include "network_texts.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

constexpr std::size_t mostAnswerBytes = 8 << 20;
constexpr std::size_t mostFileBytes = 1 << 20;
constexpr int pipeBytes = 1 << 20; // the recorder comes by once a tick only; what fits need not wait for it
constexpr std::size_t mostCards = 16;

bool writeAll(int descriptor, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t written = write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR)
            return false;
        bytes.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
    }
    return true;
}

/// One block per question, each written before the next is asked: so the recorder sees which one it hangs on.
class AskAll final : public Work {
public:
    AskAll(const std::vector<Question>& questions, const Root& root)
        : m_questions(questions)
        , m_root(root)
    {
    }
    int run(int descriptor) override
    {
        fcntl(descriptor, F_SETPIPE_SZ, pipeBytes); // refused: 64 KiB, as pipes have
        ReadBuffer buffer;
        std::string blocks;
        for (const Question& question : m_questions) {
            blocks.clear();
            answer(question, m_root, buffer, blocks);
            if (!writeAll(descriptor, blocks))
                return 1;
        }
        return 0;
    }

private:
    const std::vector<Question>& m_questions;
    const Root& m_root;
};

int readFile(const Root& root, const std::string& path, ReadBuffer& buffer, std::string& text)
{
    const int descriptor = root.openFile(path.c_str());
    if (descriptor < 0)
        return errno;
    std::string_view bytes;
    const int failure = buffer.readBeginning(descriptor, mostFileBytes, bytes);
    close(descriptor);
    text = bytes;
    return failure;
}

std::string_view lastComponent(std::string_view path)
{
    return path.substr(path.rfind('/') + 1);
}

/// "dm-0 sda2": the first lies on the second.
int appendStacking(const Root& root, std::string& text)
{
    for (const std::string& path : root.matches("/sys/block/*/slaves/*")) {
        const std::string_view device = std::string_view(path).substr(sizeof "/sys/block/" - 1);
        framing::appendEscaped(text, device.substr(0, device.find('/')));
        text += ' ';
        framing::appendEscaped(text, lastComponent(path));
        text += '\n';
    }
    return 0;
}

int ask(const Question& question, const Root& root, ReadBuffer& buffer, std::string& text)
{
    switch (question.subject) {
    case Subject::File:
        return readFile(root, question.object, buffer, text);
    case Subject::Links:
        return appendLinks(text);
    case Subject::Addresses:
        return appendAddresses(text);
    case Subject::Routes:
        return appendRoutes(text);
    case Subject::Rules:
        return appendRules(text);
    case Subject::Neighbours:
        return appendNeighbours(text);
    case Subject::QueueingDisciplines:
        return appendQueueingDisciplines(text);
    case Subject::CardFacts:
        return appendCardFacts(question.object, text);
    case Subject::CardStatistics:
        return appendCardStatistics(question.object, text);
    case Subject::Stacking:
        return appendStacking(root, text);
    case Subject::History:
        text = historyText(root);
        return 0;
    }
    return EINVAL;
}

/// How many blocks there are whole.
std::size_t countBlocks(std::string_view bytes)
{
    std::size_t count = 0;
    for (framing::Block block; framing::nextBlock(bytes, block) == framing::NextBlock::Found;)
        ++count;
    return count;
}

void waitForEnd(Inquiry& inquiry)
{
    while (inquiry.poll() == Helper::State::Running) {
        pollfd answer{inquiry.descriptor(), POLLIN, 0};
        poll(&answer, 1, 20); // not longer: its end may come a moment after the end of its answer
    }
}

} // namespace

void answer(const Question& question, const Root& root, ReadBuffer& buffer, std::string& blocks)
{
    std::string text;
    const std::int64_t begin = monotonicNow();
    const int failure = ask(question, root, buffer, text);
    framing::appendBlock(blocks, question.path, begin, (monotonicNow() - begin) / 1000, failure,
        failure == 0 ? std::string_view(text) : std::string_view());
}

Inquiry::Inquiry(const Root& root, StuckHelpers& stuck)
    : m_root(root)
    , m_helper(stuck)
{
}

int Inquiry::start(std::vector<Question> questions, std::int64_t patienceNanoseconds)
{
    m_questions = std::move(questions);
    AskAll work(m_questions, m_root);
    return m_helper.start(work, m_root.descriptor(), patienceNanoseconds, mostAnswerBytes);
}

void Inquiry::clear()
{
    m_helper.clear();
    m_questions.clear();
}

void askAtOnce(std::vector<Question> questions, const Root& root, std::int64_t patienceNanoseconds, std::string& blocks)
{
    StuckHelpers stuck;
    Inquiry inquiry(root, stuck);
    for (int attempt = 0; attempt < 2 && !questions.empty(); ++attempt) {
        int failure = inquiry.start(questions, patienceNanoseconds);
        if (failure == 0) {
            waitForEnd(inquiry);
            const std::size_t answered = std::min(countBlocks(inquiry.blocks()), questions.size());
            std::string_view whole = inquiry.blocks();
            for (framing::Block block; framing::nextBlock(whole, block) == framing::NextBlock::Found;) { }
            blocks.append(inquiry.blocks(), 0, inquiry.blocks().size() - whole.size());
            questions.erase(questions.begin(), questions.begin() + static_cast<std::ptrdiff_t>(answered));
            failure = ETIMEDOUT;
        }
        const std::size_t given =
            attempt == 0 && failure == ETIMEDOUT ? std::min<std::size_t>(questions.size(), 1) : questions.size();
        for (std::size_t index = 0; index < given; ++index)
            framing::appendBlock(blocks, questions[index].path, monotonicNow(), 0, failure, {});
        questions.erase(questions.begin(), questions.begin() + static_cast<std::ptrdiff_t>(given));
        inquiry.clear();
    }
}

/// Named by /proc/net/dev, because /sys/class/net shows those of whoever mounted it. Its first two lines are titles
/// (net/core/net-procfs.c).
std::vector<std::string> cardInterfaces(const Root& root)
{
    ReadBuffer buffer;
    std::string text;
    std::vector<std::string> interfaces;
    if (readFile(root, "/proc/net/dev", buffer, text) != 0)
        return interfaces;
    std::string_view rest = text;
    while (!rest.empty()) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        const auto colon = line.rfind(':');
        const auto begin = line.find_first_not_of(' ');
        if (colon == std::string_view::npos || begin >= colon)
            continue;
        line = line.substr(begin, colon - begin);
        if (line != "lo")
            interfaces.emplace_back(line);
    }
    std::stable_partition(interfaces.begin(), interfaces.end(),
        [&](const std::string& name) { return root.exists(("/sys/class/net/" + name + "/device").c_str()); });
    interfaces.resize(std::min(interfaces.size(), mostCards));
    return interfaces;
}

} // namespace hindcast::recorder
