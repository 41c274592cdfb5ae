#include "parse/top_summary.h"

#include "base/text_scanner.h"
#include "parse/civil_time.h"
#include "parse/tool_number.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr double kibibyte = 1024;

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// "3861332 total", "0.0%us", "1% usr", "4049856k used", "13184374+total" (the end of the number was cut off).
struct Pair {
    string_view number; ///< with its decimals
    char letter = ' '; ///< k, M: behind the number
    bool isCut = false;
    bool hasPercent = false;
    string_view word; ///< "" at the end of the line
};

/// Takes the next number and the word behind it; nothing when no number is left.
std::optional<Pair> takePair(string_view& rest)
{
    std::size_t begin = 0;
    while (begin < rest.size() && !isDigit(rest[begin]))
        ++begin;
    if (begin == rest.size())
        return std::nullopt;
    std::size_t end = begin;
    while (end < rest.size() && isDigit(rest[end]))
        ++end;
    if (end + 1 < rest.size() && (rest[end] == '.' || rest[end] == ',') && isDigit(rest[end + 1]))
        for (++end; end < rest.size() && isDigit(rest[end]);)
            ++end;
    Pair pair;
    pair.number = rest.substr(begin, end - begin);
    rest.remove_prefix(end);
    if (rest.starts_with('%')) {
        pair.hasPercent = true;
        rest.remove_prefix(1);
    } else if (rest.starts_with('+')) {
        pair.isCut = true;
        rest.remove_prefix(1);
    } else if (!rest.empty() && string_view("kKmMgGtT").find(rest.front()) != string_view::npos
        && (rest.size() == 1 || isBlank(rest[1]) || rest[1] == ',' || rest.substr(1).starts_with("total")
            || rest.substr(1).starts_with("used"))) {
        pair.letter = rest.front();
        rest.remove_prefix(1);
    }
    while (!rest.empty() && isBlank(rest.front()))
        rest.remove_prefix(1);
    std::size_t length = 0;
    while (length < rest.size() && !isBlank(rest[length]) && rest[length] != ',' && !isDigit(rest[length]))
        ++length;
    pair.word = rest.substr(0, length);
    if (pair.word.ends_with('.') && pair.word.size() > 4)
        pair.word.remove_suffix(1); // "used. 3419356 avail Mem"
    rest.remove_prefix(length);
    pair.isCut =
        pair.isCut || (pair.word.empty() && rest.empty()); // the end of a line that -w or a narrow terminal cut off
    return pair;
}

std::vector<Pair> pairsIn(string_view text)
{
    std::vector<Pair> pairs;
    constexpr std::size_t most = 16;
    while (pairs.size() < most)
        if (const auto pair = takePair(text))
            pairs.push_back(*pair);
        else
            break;
    return pairs;
}

struct Named {
    string_view word, metric;
};

template <std::size_t Count> string_view metricOf(const std::array<Named, Count>& names, string_view word)
{
    for (const Named& one : names)
        if (one.word == word)
            return one.metric;
    return {};
}

// CPU

constexpr std::array cpuWords{
    Named{"us", "cpu.user"},
    Named{"sy", "cpu.system"},
    Named{"ni", "cpu.nice"},
    Named{"id", "cpu.idle"},
    Named{"wa", "cpu.iowait"},
    Named{"hi", "cpu.irq"},
    Named{"si", "cpu.softirq"},
    Named{"st", "cpu.steal"},
    Named{"gu", "cpu.guest"},
    Named{"gn", "cpu.guest_nice"},
    Named{"usr", "cpu.user"}, // busybox
    Named{"sys", "cpu.system"},
    Named{"nic", "cpu.nice"},
    Named{"idle", "cpu.idle"},
    Named{"io", "cpu.iowait"},
    Named{"irq", "cpu.irq"},
    Named{"sirq", "cpu.softirq"},
    Named{"user", "cpu.user"}, // procps 2 and 3.1
    Named{"system", "cpu.system"},
    Named{"nice", "cpu.nice"},
    Named{"iowait", "cpu.iowait"},
    Named{"IO-wait", "cpu.iowait"},
    Named{"softirq", "cpu.softirq"},
};
/// The order of all versions, for words in other languages.
constexpr std::array<string_view, 8> cpuPlaces{
    "cpu.user", "cpu.system", "cpu.nice", "cpu.idle", "cpu.iowait", "cpu.irq", "cpu.softirq", "cpu.steal"};

/// "%Cpu(s):", "%Cpu12 :", "Cpu(s):", "CPU:", "CPU0:", "%CПроц.:", "%Node0 :".
bool isCpuLine(string_view line)
{
    return line.size() > 4 && line.find(':') != string_view::npos
        && ((line.front() == '%' && !isDigit(line[1]) && !isBlank(line[1])) || line.starts_with("Cpu")
            || line.starts_with("CPU"));
}

Labels cpuLabels(string_view label)
{
    label = trimmed(label);
    std::size_t begin = label.size();
    while (begin > 0 && (isDigit(label[begin - 1]) || (label[begin - 1] == '-' && begin < label.size())))
        --begin; // "%Cpu0-1": several shown as one
    const auto number = label.substr(begin);
    if (label.starts_with("%CpP") || label.starts_with("%CpE")) { // cores of two kinds
        Labels labels{{"core", std::string(label.substr(3, 1))}};
        if (!number.empty())
            labels.push_back({"cpu", std::string(number)});
        return labels;
    }
    if (number.empty())
        return {};
    return {{label.find("ode") != string_view::npos ? "node" : "cpu", std::string(number)}};
}

/// A head whose end was cut off by -w or a narrow terminal: a load without its comma may not be whole.
std::optional<UptimeLine> readCutHead(string_view line)
{
    constexpr string_view label = "load average:";
    UptimeLine head;
    head.load.fill(notMeasured);
    head.timeOfDay = takeClockTime(line);
    const auto loads = line.find(label);
    if (!head.timeOfDay || line.find(" user") == string_view::npos)
        return std::nullopt;
    line.remove_prefix(loads == string_view::npos ? line.size() : loads + label.size());
    for (double& load : head.load) {
        const auto word = nextField(line);
        if (!word.ends_with(','))
            break;
        load = readLocalNumber(word.substr(0, word.size() - 1)).value_or(notMeasured);
    }
    return head;
}

/// One CPU, or all: "%Cpu0  :  5.9 us, …". A graph ("5.9/5.9   12[|||  ]") tells sums of other shares, which are left.
void readCpu(string_view text, std::vector<TopFigure>& figures)
{
    const auto colon = text.find(':');
    if (colon == string_view::npos)
        return;
    const Labels labels = cpuLabels(text.substr(0, colon));
    const auto shares = text.substr(colon + 1);
    if (shares.find('[') != string_view::npos)
        return;
    std::size_t place = 0;
    const auto pairs = pairsIn(shares);
    const bool isEnglish = std::any_of(
        pairs.begin(), pairs.end(), [](const Pair& pair) { return metricOf(cpuWords, pair.word) == "cpu.user"; });
    for (const Pair& pair : pairs) {
        const auto metric = isEnglish  ? metricOf(cpuWords, pair.word)
            : place < cpuPlaces.size() ? cpuPlaces[place]
                                       : string_view{};
        ++place;
        const auto share = readLocalNumber(pair.number);
        if (!metric.empty() && share && !pair.isCut)
            figures.push_back({metric, labels, Unit::Percent, *share, true});
    }
}

/// One or, since procps 4, two and more abreast: "%Cpu0  : …  %Cpu1  : …".
std::vector<TopFigure> readCpuLine(string_view line)
{
    std::vector<TopFigure> figures;
    while (!line.empty()) {
        std::size_t end = 1;
        while (end < line.size() && !(line[end] == '%' && isBlank(line[end - 1])))
            ++end;
        readCpu(line.substr(0, end), figures);
        line.remove_prefix(end);
    }
    return figures;
}

// Tasks

constexpr std::array taskWords{
    Named{"total", "tasks.total"},
    Named{"running", "tasks.running"},
    Named{"sleeping", "tasks.sleeping"},
    Named{"sleep", "tasks.sleeping"}, // procps 4.0.4
    Named{"d-sleep", "tasks.uninterruptible"},
    Named{"stopped", "tasks.stopped"},
    Named{"zombie", "tasks.zombie"},
    Named{"processes:", "tasks.total"}, // procps 2
    Named{"processes", "tasks.total"},
};
constexpr std::array<string_view, 5> taskPlaces{
    "tasks.total", "tasks.running", "tasks.sleeping", "tasks.stopped", "tasks.zombie"};
constexpr std::array<string_view, 6> taskPlacesOfSix{
    "tasks.total", "tasks.running", "tasks.sleeping", "tasks.uninterruptible", "tasks.stopped", "tasks.zombie"};

constexpr std::array threadMetrics{
    Named{"tasks.total", "system.threads"},
    Named{"tasks.running", "threads.running"},
    Named{"tasks.sleeping", "threads.sleeping"},
    Named{"tasks.uninterruptible", "threads.uninterruptible"},
    Named{"tasks.stopped", "threads.stopped"},
    Named{"tasks.zombie", "threads.zombie"},
};

/// procps-ng po/*.po.
constexpr std::array<string_view, 6> threadLabels{"Threads", "Hilos", "스레드", "Fire exec", "Trådar", "Tuyến trình"};

bool isTaskLine(string_view line)
{
    const auto pairs = pairsIn(line);
    const bool isCount = line.find(':') != string_view::npos && !line.starts_with("Mem") && !line.starts_with("Swap");
    const bool isNamed = line.starts_with("Tasks:") || line.starts_with("Threads:"); // perhaps cut off
    return isCount && (isNamed || pairs.size() == taskPlaces.size() || pairs.size() == taskPlacesOfSix.size())
        && std::all_of(pairs.begin(), pairs.end(),
            [](const Pair& pair) { return parseInteger(pair.number) && pair.letter == ' '; });
}

// Memory

/// "KiB", "MiB", … and their translations ("Kio", "MB", "МіБ"): bytes of a plain number. Nothing for a label without a
/// unit.
std::optional<double> unitOfLabel(string_view label)
{
    struct Letter {
        string_view text;
        int power;
    };
    static constexpr std::array letters{Letter{"K", 1}, Letter{"M", 2}, Letter{"G", 3}, Letter{"T", 4}, Letter{"P", 5},
        Letter{"E", 6}, Letter{"К", 1}, Letter{"М", 2}, Letter{"Г", 3}, Letter{"Т", 4}};
    const auto unit = nextField(label);
    for (const Letter& letter : letters) {
        if (!unit.starts_with(letter.text))
            continue;
        const auto rest = unit.substr(letter.text.size());
        if (rest == "iB" || rest == "io" || rest == "B" || rest == "іБ" || rest == "иБ")
            return std::pow(kibibyte, letter.power);
    }
    return std::nullopt;
}

bool isMemoryLine(string_view line)
{
    const auto colon = line.find(':');
    if (colon == string_view::npos)
        return false;
    return unitOfLabel(line.substr(0, colon)) || line.starts_with("Mem:") || line.starts_with("Swap:");
}

double bytesOf(const Pair& pair, double plainUnit)
{
    const auto number = readLocalNumber(pair.number);
    if (!number || pair.isCut)
        return notMeasured;
    switch (pair.letter) {
    case 'k':
    case 'K':
        return *number * kibibyte;
    case 'm':
    case 'M':
        return *number * kibibyte * kibibyte;
    case 'g':
    case 'G':
        return *number * kibibyte * kibibyte * kibibyte;
    case 't':
    case 'T':
        return *number * kibibyte * kibibyte * kibibyte * kibibyte;
    default:
        return *number * plainUnit;
    }
}

/// Whether `a` and `b` are one figure, each made of a few rounded ones.
bool isAbout(double a, double b, double total)
{
    return std::fabs(a - b) <= total * 1e-4 + 1;
}

/// busybox: "Mem: 123456K used, 654321K free, 692K shrd, 1024K buff, 8192K cached"; procps 2 begins with "av".
std::vector<TopFigure> readMemoryByWords(const std::vector<Pair>& pairs, bool isSwap)
{
    constexpr std::array words{
        Named{"av", "memory.total"},
        Named{"used", "memory.used_with_cache"},
        Named{"free", "memory.free"},
        Named{"shrd", "memory.shared"},
        Named{"buff", "memory.buffers"},
        Named{"cached", "memory.cached"},
    };
    constexpr std::array swapWords{
        Named{"av", "memory.swap_total"},
        Named{"used", "memory.swap_used"},
        Named{"free", "memory.swap_free"},
        Named{"cached", "memory.cached"},
    };
    std::vector<TopFigure> figures;
    for (const Pair& pair : pairs)
        if (const auto metric = isSwap ? metricOf(swapWords, pair.word) : metricOf(words, pair.word); !metric.empty())
            figures.push_back({metric, {}, Unit::Bytes, bytesOf(pair, kibibyte), false});
    return figures;
}

// busybox

std::optional<std::vector<TopFigure>> readBusyboxLoad(string_view line)
{
    constexpr string_view label = "Load average:";
    if (!line.starts_with(label))
        return std::nullopt;
    line.remove_prefix(label.size());
    const auto loads = takeLoads(line);
    if (!loads)
        return std::nullopt;
    std::vector<TopFigure> figures{{"load.1", {}, Unit::None, (*loads)[0], false},
        {"load.5", {}, Unit::None, (*loads)[1], false}, {"load.15", {}, Unit::None, (*loads)[2], false}};
    const auto tasks = nextField(line);
    const auto slash = tasks.find('/');
    const auto running = parseInteger(tasks.substr(0, slash));
    if (const auto all = slash == string_view::npos ? std::nullopt : parseInteger(tasks.substr(slash + 1));
        running && all) {
        figures.push_back({"cpu.run_queue", {}, Unit::Count, static_cast<double>(*running), false});
        figures.push_back({"system.threads", {}, Unit::Count, static_cast<double>(*all), false});
    }
    return figures;
}

} // namespace

std::optional<UptimeLine> readTopHead(string_view line)
{
    const auto dash = line.find(" - ");
    if (dash == string_view::npos || dash > 32 || line.find(" up ", dash) == string_view::npos)
        return std::nullopt;
    if (auto head = readUptimeLine(line.substr(dash + 3)); head && head->timeOfDay)
        return head;
    return readCutHead(line.substr(dash + 3));
}

bool isFirstScreenSinceBoot(string_view line)
{
    if (isCpuLine(line))
        return line.starts_with("Cpu") && line.find("%us") != string_view::npos;
    return line.starts_with("KiB Mem:") || (line.starts_with("Mem: ") && line.find(" total") != string_view::npos);
}

void TopSummary::beginScreen()
{
    *this = {};
}

std::optional<std::vector<TopFigure>> TopSummary::read(string_view line)
{
    line = trimmed(line);
    if (isCpuLine(line))
        return readCpuLine(line);
    if (isMemoryLine(line))
        return readMemory(line);
    if (auto load = readBusyboxLoad(line))
        return load;
    return isTaskLine(line) ? std::optional(readTasks(line)) : std::nullopt;
}

std::vector<TopFigure> TopSummary::readTasks(string_view line)
{
    m_isOfThreads = std::any_of(
        threadLabels.begin(), threadLabels.end(), [line](string_view label) { return line.starts_with(label); });
    const auto pairs = pairsIn(line);
    const bool isWhole = pairs.size() == taskPlaces.size() || pairs.size() == taskPlacesOfSix.size();
    std::vector<TopFigure> figures;
    for (std::size_t place = 0; place < pairs.size(); ++place) {
        auto metric = metricOf(taskWords, pairs[place].word);
        if (metric.empty() && pairs.size() == taskPlaces.size())
            metric = taskPlaces[place];
        else if (metric.empty() && pairs.size() == taskPlacesOfSix.size())
            metric = taskPlacesOfSix[place];
        if (metric.empty() || (pairs[place].isCut && !isWhole)) // in Polish the words come before the numbers
            continue;
        if (m_isOfThreads)
            metric = metricOf(threadMetrics, metric);
        figures.push_back({metric, {}, Unit::Count, readLocalNumber(pairs[place].number).value_or(notMeasured), false});
    }
    return figures;
}

std::vector<TopFigure> TopSummary::readMemory(string_view line)
{
    const auto colon = line.find(':');
    const auto label = line.substr(0, colon);
    const double unit = unitOfLabel(label).value_or(kibibyte);
    const bool isSwap = m_hasMemory || label.find("Swap") != string_view::npos;
    m_hasMemory = true;
    if (line.find('[', colon) != string_view::npos)
        return {}; // a graph: "12.3/3903.6  [|||   ]", shares of other sums
    const auto pairs = pairsIn(line.substr(colon + 1));
    if (pairs.empty())
        return {};
    if (pairs.front().word == "used" || pairs.front().word == "av")
        return readMemoryByWords(pairs, isSwap);
    const auto at = [&](std::size_t place) { return place < pairs.size() ? bytesOf(pairs[place], unit) : notMeasured; };
    const double total = at(0), second = at(1), third = at(2), fourth = at(3);
    const auto secondWord = pairs.size() > 1 ? pairs[1].word : string_view{};
    // Total, used and free make up the total in old versions; in new ones the cache is apart from used.
    if (!isSwap && secondWord != "free")
        m_isUsedFirst = secondWord == "used" || isAbout(second + third, total, total);
    const double used = m_isUsedFirst ? second : third, free = m_isUsedFirst ? third : second;
    const auto figure = [](string_view metric, double value) {
        return TopFigure{metric, {}, Unit::Bytes, value, false};
    };
    if (isSwap)
        return {figure("memory.swap_total", total), figure("memory.swap_free", free), figure("memory.swap_used", used),
            figure(m_isUsedFirst ? "memory.cached" : "memory.available", fourth)};
    if (m_isUsedFirst)
        return {figure("memory.total", total), figure("memory.free", free), figure("memory.used_with_cache", used),
            figure("memory.buffers", fourth)};
    // procps 3.3.10 takes the cache from used, procps 4 what is available; with a number cut off it cannot be told.
    const double sum = free + used + fourth;
    const bool isWithoutCache = isAbout(sum, total, total), isTold = !std::isnan(sum) && !std::isnan(total);
    return {figure("memory.total", total), figure("memory.free", free),
        figure(isWithoutCache ? "memory.used_without_cache" : "memory.used", isTold ? used : notMeasured),
        figure("memory.buffers_and_cache", fourth)};
}

} // namespace hindcast::parse
