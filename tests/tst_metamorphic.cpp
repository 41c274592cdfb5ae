// What may be done to a text without changing what it says: each source's cases are read again with the clock shifted,
// in another zone, with other line ends, with rows missing or repeated, in another order, and cut. What was not touched
// must come out as before.
//
//   HINDCAST_CORPUS=DIR                a folder per kind of real files: a sample of them is taken too
//   HINDCAST_METAMORPHIC_SECONDS=N     all cases, not only `plain`, with new seeds for so long (default: one round)
#include "parse/load.h"
#include "parse/parser.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <map>
#include <random>
#include <regex>
#include <set>

using namespace hindcast;

namespace {

const QString dataFolder = QStringLiteral(HINDCAST_TEST_DATA "/parse");

QStringList foldersIn(const QString& path)
{
    return QDir(path).entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
}

QByteArray contents(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// What was read, as comparable text: one entry per measured value, row and event.
struct Reading {
    struct Point {
        std::int64_t time;
        double value;
        friend bool operator==(const Point&, const Point&) = default;
    };
    std::map<std::string, std::vector<Point>> series; ///< of what was printed, not of what is derived from it
    std::multiset<std::vector<std::string>> rows; ///< of tables: "name=value" of each cell that has one
    std::multiset<std::string> events; ///< without their times
    std::vector<std::int64_t> eventTimes;
    std::string source; ///< that read it
    std::uint64_t skipped = 0; ///< lines
    Clock clock = Clock::None;
    std::string error;

    bool isEmpty() const { return series.empty() && rows.empty() && events.empty(); }
};

std::string cellText(const Cell& cell)
{
    if (const auto* number = std::get_if<double>(&cell))
        return std::isnan(*number) ? "-" : std::to_string(*number);
    const auto* words = std::get_if<std::string>(&cell);
    return words ? *words : "-";
}

Reading readingOf(const Snapshot& snapshot)
{
    Reading reading;
    reading.clock = snapshot.clock;
    for (const Series& series : snapshot.series) {
        if (series.isDerived)
            continue;
        auto& points = reading.series[series.metric + labelText(series.labels)
            + (series.kind == Kind::Counter ? " counter " : " gauge ") + series.source];
        for (std::size_t i = 0; i < series.values.size(); ++i)
            if (!std::isnan(series.values.at(i)))
                points.push_back({(*series.times)[i].time_since_epoch().count(), series.values.at(i)});
    }
    std::erase_if(reading.series, [](const auto& one) { return one.second.empty(); });
    for (const Table& table : snapshot.tables)
        for (const auto& row : table.rows) {
            std::vector<std::string> cells{table.name};
            for (std::size_t i = 0; i < row.size(); ++i)
                if (const std::string text = cellText(row[i]); text != "-")
                    cells.push_back(table.columns[i].name + '=' + text);
            std::sort(cells.begin(), cells.end());
            reading.rows.insert(std::move(cells));
        }
    for (const Event& event : snapshot.events) {
        reading.events.insert(event.text + '\n' + labelText(event.labels));
        reading.eventTimes.push_back(event.time.time_since_epoch().count());
    }
    for (const MemberReport& member : snapshot.members) {
        reading.source = member.source;
        reading.skipped += member.skipped;
    }
    return reading;
}

/// One text by itself, as this source.
Reading read(const std::string& text, const std::string& source, const std::string& zone = {})
{
    static const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("text"));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return {};
    file.write(text.data(), static_cast<qint64>(text.size()));
    file.close();
    parse::LoadOptions options;
    options.jobs = 1;
    options.source = source;
    options.assumedZone = zone;
    options.trustsFileTimes = false;
    const auto loaded = parse::loadPath(path.toStdString(), options);
    if (!loaded) {
        Reading nothing;
        nothing.error = loaded.error().what;
        return nothing;
    }
    return readingOf(**loaded);
}

std::vector<std::string> linesOf(const std::string& text)
{
    std::vector<std::string> lines;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const auto end = text.find('\n', begin);
        const auto next = end == std::string::npos ? text.size() : end + 1;
        lines.push_back(text.substr(begin, next - begin));
        begin = next;
    }
    return lines;
}

std::string joined(const std::vector<std::string>& lines)
{
    std::string text;
    for (const std::string& line : lines)
        text += line;
    return text;
}

/// "w n n w": which of a line's words are numbers.
std::string shapeOf(const std::string& line)
{
    std::string shape;
    bool isInWord = false;
    for (const char c : line) {
        const bool isBlank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!isBlank && !isInWord)
            shape += (c >= '0' && c <= '9') ? 'n' : 'w';
        isInWord = !isBlank;
    }
    return shape;
}

/// Lines like the one before: rows of a table, not its heading, nor its first row, which may tell averages since boot.
std::vector<std::size_t> rowsOf(const std::vector<std::string>& lines)
{
    std::vector<std::size_t> rows;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const std::string shape = shapeOf(lines[i]);
        if (shape == shapeOf(lines[i - 1]) && shape.find('n') != std::string::npos)
            rows.push_back(i);
    }
    return rows;
}

/// A twentieth of the rows, at least one; sorted.
std::set<std::size_t> someRows(const std::vector<std::string>& lines, std::mt19937& chance)
{
    auto rows = rowsOf(lines);
    std::shuffle(rows.begin(), rows.end(), chance);
    rows.resize(std::min(rows.size(), std::max<std::size_t>(1, rows.size() / 20)));
    return {rows.begin(), rows.end()};
}

std::vector<double> valuesOf(const std::vector<Reading::Point>& points)
{
    std::vector<double> values;
    for (const auto& point : points)
        values.push_back(point.value);
    return values;
}

bool isSubsequence(const std::vector<double>& part, const std::vector<double>& whole)
{
    std::size_t place = 0;
    for (const double value : part) {
        while (place < whole.size() && whole[place] != value)
            ++place;
        if (place++ >= whole.size())
            return false;
    }
    return true;
}

/// Counts of rows and sums over rows change with the rows.
bool isCountOfRows(const std::string& series)
{
    static const std::regex counts("(tcp\\.sockets|socket\\.|process\\.count|tasks\\.|threads\\.|http\\.|requests|"
                                   "system\\.interrupts|system\\.softirqs|conntrack\\.|sched\\.).*");
    return std::regex_match(series, counts);
}

/// TODO when these readers tell a line that is none of theirs: a strange line within a thread's stack, and within lists
/// whose kind is told by all their lines.
bool takesStrangeLines(const std::string& source)
{
    return source == "jstack" || source == "proc_lists" || source == "proc_mounts" || source == "proc_net_stat";
}

/// Everything in `part` is in `whole` too; "" or the first thing that is not.
std::string firstStranger(const Reading& part, const Reading& whole)
{
    if (!part.error.empty() && !whole.isEmpty())
        return {}; // nothing was left to read
    for (const auto& [name, points] : part.series) {
        const auto known = whole.series.find(name);
        if (isCountOfRows(name))
            continue;
        if (known == whole.series.end())
            return "series " + name + " was not there before";
        if (!isSubsequence(valuesOf(points), valuesOf(known->second)))
            return "series " + name + " has values it did not have before";
    }
    for (const auto& row : part.rows) {
        const bool countsLines =
            std::any_of(row.begin(), row.end(), [](const std::string& cell) { return cell.starts_with("requests="); });
        if (countsLines)
            continue;
        // A row may be told in several lines, and lack what stood in the one that is gone.
        const bool isKnown = whole.rows.contains(row)
            || std::any_of(whole.rows.begin(), whole.rows.end(),
                [&row](const auto& all) { return std::includes(all.begin(), all.end(), row.begin(), row.end()); });
        if (!isKnown) {
            std::string text = "row:";
            for (const std::string& cell : row)
                text += ' ' + cell;
            return text;
        }
    }
    for (const std::string& event : part.events) {
        if (event.starts_with("deadlock: ") || event.starts_with("thread dump "))
            continue; // they tell of the threads that were there to be read
        // A line that is cut within its stamp may go on what was said before it.
        const std::string_view text = std::string_view(event).substr(0, event.rfind('\n'));
        const bool isKnown = whole.events.contains(event)
            || std::any_of(whole.events.begin(), whole.events.end(),
                [text](const std::string& other) { return std::string_view(other).starts_with(text); });
        if (!isKnown)
            return "event: " + event;
    }
    return {};
}

std::string firstDifference(const Reading& a, const Reading& b)
{
    if (a.error != b.error)
        return "\"" + a.error + "\" and \"" + b.error + "\"";
    for (const auto& [name, points] : a.series) {
        const auto other = b.series.find(name);
        if (other == b.series.end())
            return name + " is missing";
        if (points != other->second)
            return name + " differs";
    }
    if (b.series.size() != a.series.size())
        return "there are more series";
    if (a.rows != b.rows)
        return "rows of tables differ";
    if (a.events != b.events || a.eventTimes != b.eventTimes)
        return "events differ";
    return {};
}

/// Its lines are no rows: one of them less or more, and it is another text.
bool isStructured(const std::string& text)
{
    return text.starts_with('{') || text.starts_with('[');
}

struct Text {
    std::string text, source;
    QString input; ///< folder of the case; empty for a file of the corpus
};

/// The first sample of a case as a bare text.
std::string firstSample(const QString& input)
{
    QStringList paths;
    QDirIterator files(input, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext())
        paths.append(files.next());
    paths.sort();
    for (const QString& path : paths) {
        QByteArray text = contents(path);
        if (path.endsWith(QStringLiteral("manifest.json")) || text.isEmpty())
            continue;
        if (text.startsWith("== ")) {
            text.remove(0, text.indexOf('\n') + 1);
            text = text.left(text.indexOf("\n== ") + 1);
        }
        return text.toStdString();
    }
    return {};
}

bool isLong()
{
    return qEnvironmentVariableIsSet("HINDCAST_METAMORPHIC_SECONDS");
}

std::map<std::string, Text> allTexts()
{
    std::map<std::string, Text> texts;
    for (const QString& id : foldersIn(dataFolder)) {
        const parse::Parser* parser = parse::parserById(id.toStdString());
        if (!parser || !parser->recognise)
            continue; // of the recorder: its blocks are tested in tst_load
        for (const QString& name : foldersIn(dataFolder + '/' + id)) {
            if (name != QStringLiteral("plain") && !isLong())
                continue;
            const QString input = dataFolder + '/' + id + '/' + name + QStringLiteral("/input");
            if (const std::string text = firstSample(input); !text.empty())
                texts[(id + '/' + name).toStdString()] = {text, id.toStdString(), input};
        }
    }
    const QString corpus = qEnvironmentVariable("HINDCAST_CORPUS");
    constexpr int ofEachKind = 12;
    constexpr qint64 largest = 200'000;
    if (!corpus.isEmpty())
        for (const QString& kind : foldersIn(corpus)) {
            auto files = QDir(corpus + '/' + kind).entryInfoList(QDir::Files, QDir::Name);
            std::mt19937 chance(20261121);
            std::shuffle(files.begin(), files.end(), chance);
            int taken = 0;
            for (const QFileInfo& file : files) {
                if (taken == ofEachKind)
                    break;
                if (file.size() > largest || file.suffix() == QStringLiteral("json")
                    || file.suffix() == QStringLiteral("csv"))
                    continue;
                const std::string text = contents(file.filePath()).toStdString();
                const Reading whole = read(text, {});
                if (whole.isEmpty())
                    continue;
                // As that from now on: what is left of it may be too little to be recognised.
                texts[(kind + '/' + file.fileName()).toStdString()] = {text, whole.source, {}};
                ++taken;
            }
        }
    return texts;
}

} // namespace

class TestMetamorphic : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_texts = allTexts();
        QVERIFY(!m_texts.empty());
    }

    void lineEndsOfOtherSystems_data() { addTexts(); }
    void lineEndsOfOtherSystems()
    {
        const Text& text = wanted();
        std::string changed;
        for (const char c : text.text)
            changed += c == '\n' ? std::string("\r\n") : std::string(1, c);
        const std::string difference = firstDifference(read(text.text, text.source), read(changed, text.source));
        QVERIFY2(difference.empty(), difference.c_str());
    }

    void colourAndByteOrderMarks_data() { addTexts(); }
    void colourAndByteOrderMarks()
    {
        const Text& text = wanted();
        const Reading plain = read(text.text, text.source);
        const std::string marked = firstDifference(plain, read("\xEF\xBB\xBF" + text.text, text.source));
        QVERIFY2(marked.empty(), marked.c_str());
        const std::string coloured = firstDifference(plain,
            read("\x1B[0m" + text.text.substr(0, text.text.size() / 2) + "\x1B[32;1m"
                    + text.text.substr(text.text.size() / 2),
                text.source));
        QVERIFY2(coloured.empty(), coloured.c_str());
    }

    void theZoneOfThisMachineIsNone_data() { addTexts(); }
    void theZoneOfThisMachineIsNone()
    {
        const Text& text = wanted();
        const Reading here = read(text.text, text.source);
        qputenv("TZ", "Pacific/Chatham");
        ::tzset();
        const std::string difference = firstDifference(here, read(text.text, text.source));
        qunsetenv("TZ");
        ::tzset();
        QVERIFY2(difference.empty(), difference.c_str());
    }

    /// Times without a zone move with the zone, all others stay; values never change.
    void anotherZone_data() { addTexts(); }
    void anotherZone()
    {
        const Text& text = wanted();
        const Reading inUtc = read(text.text, text.source, "+00:00"), inSeoul = read(text.text, text.source, "+09:00");
        constexpr std::int64_t nineHours = std::int64_t{9} * 3600 * 1'000'000'000;
        QVERIFY(isShifted(inUtc, inSeoul, {0, -nineHours}));
    }

    void aDayLater_data() { addTexts(); }
    void aDayLater()
    {
        const Text& text = wanted();
        const std::string later = withDatesMoved(text.text);
        if (later == text.text)
            return; // it prints no dates
        constexpr std::int64_t day = std::int64_t{86'400} * 1'000'000'000;
        QVERIFY(isShifted(read(text.text, text.source), read(later, text.source), {0, day}));
    }

    void rowsMissing_data() { addTexts(); }
    void rowsMissing()
    {
        const Text& text = wanted();
        if (isStructured(text.text))
            return;
        const Reading whole = read(text.text, text.source);
        eachSeed([&](std::mt19937& chance) {
            auto lines = linesOf(text.text);
            const auto dropped = someRows(lines, chance);
            for (const std::size_t row : dropped)
                lines[row].clear();
            const std::string stranger = firstStranger(read(joined(lines), text.source), whole);
            QVERIFY2(stranger.empty(), (stranger + said(dropped)).c_str());
        });
    }

    void rowsRepeated_data() { addTexts(); }
    void rowsRepeated()
    {
        const Text& text = wanted();
        if (isStructured(text.text))
            return;
        const Reading whole = read(text.text, text.source);
        eachSeed([&](std::mt19937& chance) {
            auto lines = linesOf(text.text);
            const auto repeated = someRows(lines, chance);
            for (const std::size_t row : repeated)
                lines[row] += lines[row];
            const Reading more = read(joined(lines), text.source);
            const std::string stranger = firstStranger(whole, more);
            QVERIFY2(stranger.empty(), (stranger + said(repeated)).c_str());
            if (whole.clock == Clock::Wall)
                for (const auto& [name, points] : whole.series)
                    QVERIFY2(isCountOfRows(name) || more.series.at(name) == points, (name + said(repeated)).c_str());
        });
    }

    /// What another program writes into the same file is counted, and costs nothing else.
    void linesOfOtherPrograms_data() { addTexts(); }
    void linesOfOtherPrograms()
    {
        const Text& text = wanted();
        if (isStructured(text.text) || takesStrangeLines(text.source))
            return;
        const Reading whole = read(text.text, text.source);
        eachSeed([&](std::mt19937& chance) {
            auto lines = linesOf(text.text);
            const auto places = someRows(lines, chance);
            for (const std::size_t row : places)
                lines[row] = "bash: fork: retry: Resource temporarily unavailable\n" + lines[row];
            const Reading mixed = read(joined(lines), text.source);
            const std::string stranger = firstStranger(whole, mixed);
            QVERIFY2(stranger.empty(), (stranger + said(places)).c_str());
            const bool isTaken = mixed.events.size() > whole.events.size() || mixed.rows.size() > whole.rows.size()
                || mixed.rows != whole.rows || mixed.events != whole.events; // by a log or a list, as one line more
            QVERIFY2(isTaken || mixed.skipped >= whole.skipped + places.size(), ("not counted" + said(places)).c_str());
        });
    }

    /// A cut between lines leaves what stands before it; a cut within a line costs that line.
    void cutAnywhere_data() { addTexts(); }
    void cutAnywhere()
    {
        const Text& text = wanted();
        if (isStructured(text.text))
            return;
        const Reading whole = read(text.text, text.source);
        eachSeed([&](std::mt19937& chance) {
            const auto cut = std::uniform_int_distribution<std::size_t>(0, text.text.size())(chance);
            const auto newline = text.text.rfind('\n', cut);
            const std::string before = text.text.substr(0, newline == std::string::npos ? 0 : newline + 1);
            const Reading upTo = read(before, text.source);
            const std::string stranger = firstStranger(upTo, whole);
            const bool isShorter = text.source == "jstack"; // the thread that was cut has less of a stack
            QVERIFY2(
                stranger.empty() || isShorter, (stranger + " when cut at " + std::to_string(before.size())).c_str());
            const Reading within = read(text.text.substr(0, cut), text.source);
            const std::string lost = firstStranger(upTo, within);
            QVERIFY2(
                lost.empty() || upTo.isEmpty() || isShorter, (lost + " when cut at " + std::to_string(cut)).c_str());
        });
    }

    void membersInAnyOrder_data() { addTexts(); }
    void membersInAnyOrder()
    {
        const Text& text = wanted();
        QStringList members;
        QDirIterator files(text.input, QDir::Files, QDirIterator::Subdirectories);
        while (!text.input.isEmpty() && files.hasNext())
            members.append(QDir(text.input).relativeFilePath(files.next()));
        if (members.size() < 2)
            return;
        members.sort();
        const Reading sorted = readPacked(text.input, members);
        eachSeed([&](std::mt19937& chance) {
            std::shuffle(members.begin(), members.end(), chance);
            const std::string difference = firstDifference(sorted, readPacked(text.input, members));
            QVERIFY2(difference.empty(), (difference + " for " + members.join(' ').toStdString()).c_str());
        });
    }

private:
    void addTexts()
    {
        QTest::addColumn<QString>("name");
        for (const auto& [name, text] : m_texts)
            QTest::addRow("%s", name.c_str()) << QString::fromStdString(name);
    }
    const Text& wanted()
    {
        QFETCH(QString, name);
        return m_texts.at(name.toStdString());
    }

    /// Always the same few, or with the variable as many as the time allows.
    template <typename Check> void eachSeed(const Check& check)
    {
        constexpr unsigned usual = 3;
        const double seconds =
            qEnvironmentVariable("HINDCAST_METAMORPHIC_SECONDS").toDouble() / 4 / double(m_texts.size());
        QElapsedTimer timer;
        timer.start();
        for (unsigned seed = 1; seed <= usual || double(timer.elapsed()) < seconds * 1000; ++seed) {
            std::mt19937 chance(seed);
            check(chance);
            if (QTest::currentTestFailed())
                return;
        }
    }

    static std::string said(const std::set<std::size_t>& lines)
    {
        std::string text = "; line";
        for (const std::size_t line : lines)
            text += ' ' + std::to_string(line + 1);
        return text;
    }

    static bool isOneOf(std::int64_t difference, const std::vector<std::int64_t>& allowed)
    {
        return std::find(allowed.begin(), allowed.end(), difference) != allowed.end();
    }

    /// The same values in the same order, all times of a series moved by the same one of the allowed distances.
    static bool isShifted(const Reading& a, const Reading& b, const std::vector<std::int64_t>& allowed)
    {
        if (a.series.size() != b.series.size() || a.rows.size() != b.rows.size() || a.events.size() != b.events.size())
            return false;
        for (const auto& [name, points] : a.series) {
            const auto other = b.series.find(name);
            if (other == b.series.end() || valuesOf(points) != valuesOf(other->second)) {
                qWarning("%s", name.c_str());
                return false;
            }
            const auto shift = other->second.front().time - points.front().time;
            for (std::size_t i = 0; i < points.size(); ++i)
                if (other->second[i].time - points[i].time != shift || !isOneOf(shift, allowed)) {
                    qWarning("%s: moved by %lld ns", name.c_str(), static_cast<long long>(shift));
                    return false;
                }
        }
        return true;
    }

    /// Each date of four digits, two and two a day later: months end where they end.
    static std::string withDatesMoved(const std::string& text)
    {
        static const std::regex date("(19|20)\\d\\d-\\d\\d-\\d\\d(?=[T ]\\d\\d:)");
        std::string result;
        auto place = text.cbegin();
        for (std::sregex_iterator found(text.begin(), text.end(), date), end; found != end; ++found) {
            result.append(place, (*found)[0].first);
            const auto moved = QDate::fromString(QString::fromStdString(found->str()), Qt::ISODate).addDays(1);
            result += moved.isValid() ? moved.toString(Qt::ISODate).toStdString() : found->str();
            place = (*found)[0].second;
        }
        result.append(place, text.cend());
        return result;
    }

    /// As a tar whose members stand in that order and bear no times.
    Reading readPacked(const QString& input, const QStringList& members)
    {
        const QString path = m_folder.filePath(QStringLiteral("packed.tar"));
        QProcess tar;
        tar.start(QStringLiteral("tar"),
            QStringList{QStringLiteral("--mtime=@0"), QStringLiteral("-C"), input, QStringLiteral("-cf"), path}
                + members);
        if (!tar.waitForFinished() || tar.exitCode() != 0)
            return {};
        parse::LoadOptions options;
        options.jobs = 1;
        const auto loaded = parse::loadPath(path.toStdString(), options);
        Reading reading;
        if (loaded)
            reading = readingOf(**loaded);
        else
            reading.error = loaded.error().what;
        return reading;
    }

    std::map<std::string, Text> m_texts;
    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(TestMetamorphic)
#include "tst_metamorphic.moc"
