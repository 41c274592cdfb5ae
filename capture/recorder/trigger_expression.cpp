#include "trigger_expression.h"

#include <array>
#include <cmath>
#include <cstdlib>

namespace hindcast::recorder {
namespace {

constexpr std::size_t longestText = 2000;
constexpr unsigned mostNested = 32; // parentheses
constexpr double longestDuration = 10 * 366 * 86400.0; // as of --duration
constexpr double nanosecondsPerSecond = 1e9;

struct Suffix {
    std::string_view text;
    double factor;
};
constexpr std::array durationSuffixes{Suffix{"", 1}, Suffix{"s", 1}, Suffix{"ms", 1e-3}, Suffix{"m", 60},
    Suffix{"min", 60}, Suffix{"h", 3600}, Suffix{"d", 86400}};
constexpr std::array secondsSuffixes{Suffix{"s", 1}, Suffix{"ms", 1e-3}, Suffix{"us", 1e-6}};
constexpr std::array numberSuffixes{Suffix{"", 1}, Suffix{"k", 1e3}, Suffix{"M", 1e6}, Suffix{"G", 1e9}};
constexpr std::array bytesSuffixes{Suffix{"", 1}, Suffix{"k", 1e3}, Suffix{"M", 1e6}, Suffix{"G", 1e9},
    Suffix{"T", 1e12}, Suffix{"Ki", 0x1p10}, Suffix{"Mi", 0x1p20}, Suffix{"Gi", 0x1p30}, Suffix{"Ti", 0x1p40}};
constexpr std::array percentSuffixes{Suffix{"", 1}, Suffix{"%", 1}};

template <typename Suffixes> bool findSuffix(const Suffixes& suffixes, std::string_view text, double& factor)
{
    for (const Suffix& suffix : suffixes)
        if (suffix.text == text) {
            factor = suffix.factor;
            return true;
        }
    return false;
}

bool isBlank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}
bool isNameCharacter(char c)
{
    return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
}
/// The characters of UTF-8 but for those that continue one.
bool beginsCharacter(char c)
{
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

/// Recursive descent; every function that can fail says so once and returns false, and nobody goes on after that.
class Parser {
public:
    Parser(std::string_view text, TriggerExpression& expression)
        : m_text(text)
        , m_expression(expression)
    {
    }

    std::optional<std::string> parse()
    {
        if (m_text.size() > longestText)
            return "a trigger may have " + std::to_string(longestText) + " characters, and this one has more";
        if (parseAny(0) && skipBlanks() < m_text.size())
            expected("\"and\", \"or\", \"for\" or the end");
        return std::move(m_failure);
    }

private:
    // Messages

    bool fail(std::size_t position, std::string_view what, std::string_view advice = {})
    {
        std::string shown; // one line stays one line, and columns stay columns
        for (const char c : m_text)
            shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
        std::size_t column = 1;
        for (std::size_t i = 0; i < position && i < m_text.size(); ++i)
            column += beginsCharacter(m_text[i]) ? 1 : 0;
        constexpr std::string_view before = "trigger \"";
        std::string& message = m_failure.emplace(before);
        message.append(shown).append("\": ").append(what).append(" at column ").append(std::to_string(column));
        message.append(advice).append("\n").append(before.size() + column - 1, ' ').append("^");
        return false;
    }
    bool expected(std::string_view what) { return fail(skipBlanks(), std::string("expected ").append(what)); }

    // Words

    std::size_t skipBlanks()
    {
        while (m_at < m_text.size() && isBlank(m_text[m_at]))
            ++m_at;
        return m_at;
    }
    char next() { return skipBlanks() < m_text.size() ? m_text[m_at] : '\0'; }
    bool take(char c)
    {
        if (next() != c)
            return false;
        ++m_at;
        return true;
    }
    std::string_view peekWord()
    {
        std::size_t end = skipBlanks();
        while (end < m_text.size() && isNameCharacter(m_text[end]))
            ++end;
        return m_text.substr(m_at, end - m_at);
    }
    bool takeWord(std::string_view word)
    {
        if (peekWord() != word)
            return false;
        m_at += word.size();
        return true;
    }

    /// Between " or '. A backslash before the same quote or another backslash stands for what follows it; before all
    /// else it stays, for the pattern.
    bool parseQuoted(std::string& out, const char* what)
    {
        const char quote = next();
        if (quote != '"' && quote != '\'')
            return expected(what);
        const std::size_t begin = m_at++;
        for (; m_at < m_text.size() && m_text[m_at] != quote; ++m_at) {
            const char following = m_at + 1 < m_text.size() ? m_text[m_at + 1] : '\0';
            if (m_text[m_at] == '\\' && (following == quote || following == '\\')) {
                if (following == '\\')
                    out += '\\'; // two remain: the pattern, too, has to know that it is meant
                ++m_at;
            }
            out += m_text[m_at];
        }
        if (m_at >= m_text.size())
            return fail(begin, "expected a quote that closes the one");
        ++m_at;
        if (out.empty())
            return fail(begin, "expected something between the quotes");
        return true;
    }

    /// Digits with at most one point, then letters or "%", which may stand apart.
    bool parseNumber(double& number, std::string_view& suffix, const char* what)
    {
        std::size_t end = skipBlanks();
        bool hasDigit = false, hasPoint = false;
        for (; end < m_text.size() && (isDigit(m_text[end]) || (m_text[end] == '.' && !hasPoint)); ++end)
            (m_text[end] == '.' ? hasPoint : hasDigit) = true;
        if (!hasDigit)
            return expected(what);
        number = std::strtod(std::string(m_text.substr(m_at, end - m_at)).c_str(), nullptr);
        if (!std::isfinite(number))
            return fail(m_at, "expected a smaller number");
        m_at = end;
        parseSuffix(suffix);
        return true;
    }
    void parseSuffix(std::string_view& suffix)
    {
        m_suffixAt = m_at;
        const char c = next();
        const std::string_view word = c == '%' ? m_text.substr(m_at, 1) : peekWord();
        const bool isApart = m_at != m_suffixAt;
        if (isApart && (word == "and" || word == "or" || word == "for" || word == "every" || word == "timeout")) {
            m_at = m_suffixAt;
            return;
        }
        m_suffixAt = m_at;
        m_at += word.size();
        suffix = word;
    }

    bool parseDuration(std::int64_t& nanoseconds)
    {
        double seconds = 0, factor = 0;
        std::string_view suffix;
        const std::size_t begin = skipBlanks();
        if (!parseNumber(seconds, suffix, "a duration (10s, 500ms, 5m)"))
            return false;
        if (!findSuffix(durationSuffixes, suffix, factor))
            return fail(m_suffixAt, "expected ms, s, m, h or d");
        seconds *= factor;
        if (!(seconds >= 1e-3) || seconds > longestDuration)
            return fail(begin, "expected a duration between 1ms and ten years");
        nanoseconds = static_cast<std::int64_t>(seconds * nanosecondsPerSecond + 0.5);
        return true;
    }

    // and, or, for

    void addStep(TriggerStep::Kind kind, std::size_t condition = 0, std::int64_t nanoseconds = 0)
    {
        m_expression.steps.push_back({kind, condition, nanoseconds});
    }

    bool parseAny(unsigned depth)
    {
        if (!parseAll(depth))
            return false;
        while (takeWord("or")) {
            if (!parseAll(depth))
                return false;
            addStep(TriggerStep::Kind::Or);
        }
        return true;
    }

    bool parseAll(unsigned depth)
    {
        if (!parseLasting(depth))
            return false;
        while (takeWord("and")) {
            if (!parseLasting(depth))
                return false;
            addStep(TriggerStep::Kind::And);
        }
        return true;
    }

    /// A condition or a parenthesis, and how long it has to hold.
    bool parseLasting(unsigned depth)
    {
        const std::size_t firstStep = m_expression.steps.size();
        if (take('(')) {
            if (depth >= mostNested)
                return fail(m_at - 1, "expected fewer parentheses within each other");
            if (!parseAny(depth + 1))
                return false;
            if (!take(')'))
                return expected("\"and\", \"or\", \"for\" or \")\"");
        } else if (!parseCondition()) {
            return false;
        }
        const std::size_t forAt = skipBlanks();
        if (!takeWord("for"))
            return true;
        for (std::size_t i = firstStep; i < m_expression.steps.size(); ++i)
            if (m_expression.steps[i].kind == TriggerStep::Kind::Condition && isLog(m_expression.steps[i].condition))
                return fail(forAt, "a line in a log is there once and does not last: expected no \"for\"");
        std::int64_t nanoseconds = 0;
        if (!parseDuration(nanoseconds))
            return false;
        addStep(TriggerStep::Kind::For, 0, nanoseconds);
        return true;
    }
    bool isLog(std::size_t condition) const
    {
        const auto kind = m_expression.conditions[condition].kind;
        return kind == TriggerCondition::Kind::KernelLog || kind == TriggerCondition::Kind::LogFile;
    }

    // Conditions

    bool parseCondition()
    {
        const std::string_view word = peekWord();
        if (word.empty() || word == "and" || word == "or" || word == "for")
            return expected("a condition");
        if (m_expression.conditions.size() >= mostConditions)
            return fail(m_at, "expected no more than " + std::to_string(mostConditions) + " conditions");
        TriggerCondition condition;
        const bool isParsed = word == "log" ? parseLog(condition)
            : word == "command"             ? parseCommand(condition)
                                            : parseMetric(condition, word);
        if (!isParsed)
            return false;
        addStep(TriggerStep::Kind::Condition, m_expression.conditions.size());
        m_expression.conditions.push_back(std::move(condition));
        return true;
    }

    bool parseLog(TriggerCondition& condition)
    {
        takeWord("log");
        condition.kind = TriggerCondition::Kind::KernelLog;
        if (take('(')) {
            condition.kind = TriggerCondition::Kind::LogFile;
            const std::size_t begin = skipBlanks();
            if (!parseQuoted(condition.path, "the path of a log in quotes"))
                return false;
            if (condition.path.front() != '/')
                return fail(begin, "expected a path that begins with \"/\"");
            if (!take(')'))
                return expected("\")\"");
        }
        if (!take('~'))
            return expected(
                condition.kind == TriggerCondition::Kind::KernelLog ? "\"~\" or a log's path in parentheses" : "\"~\"");
        return parseQuoted(condition.pattern, "a pattern in quotes");
    }

    bool parseCommand(TriggerCondition& condition)
    {
        takeWord("command");
        condition.kind = TriggerCondition::Kind::Command;
        if (!take('('))
            return expected("\"(\"");
        if (!parseQuoted(condition.command, "a command in quotes"))
            return false;
        if (!take(')'))
            return expected("\")\"");
        if (!parseComparison(condition.comparison))
            return false;
        std::string_view suffix;
        const std::size_t begin = skipBlanks();
        constexpr double mostStatus = 255;
        if (!parseNumber(condition.bound, suffix, "an exit status"))
            return false;
        if (!suffix.empty() || condition.bound > mostStatus || condition.bound != std::floor(condition.bound))
            return fail(begin, "expected an exit status, 0 to 255,");
        return parseSchedule(condition);
    }
    bool parseSchedule(TriggerCondition& condition)
    {
        for (bool hasEvery = false, hasTimeout = false;;) {
            if (!hasEvery && takeWord("every")) {
                hasEvery = true;
                if (!parseDuration(condition.everyNanoseconds))
                    return false;
            } else if (!hasTimeout && takeWord("timeout")) {
                hasTimeout = true;
                if (!parseDuration(condition.timeoutNanoseconds))
                    return false;
            } else {
                return true;
            }
        }
    }

    bool parseMetric(TriggerCondition& condition, std::string_view name)
    {
        const std::size_t begin = m_at;
        const auto metric = findTriggerMetric(name);
        if (!metric)
            return failMetric(begin, std::string(name));
        condition.metric = *metric;
        m_at += name.size();
        return (!take('{') || parseLabels(condition)) && parseComparison(condition.comparison) && parseBound(condition);
    }
    bool failMetric(std::size_t begin, const std::string& name)
    {
        if (name.starts_with("process.") || name.starts_with("wire."))
            return fail(begin, "expected a metric of the machine, which \"" + name + "\" is not,");
        const std::string near = nearestMetrics(name);
        return fail(begin, "expected a metric, and there is no \"" + name + '"',
            near.empty() ? std::string() : "; did you mean " + near + '?');
    }

    bool parseLabels(TriggerCondition& condition)
    {
        do {
            const std::size_t begin = skipBlanks();
            const std::string_view name = peekWord();
            std::size_t place = 0;
            if (!findLabel(condition.metric.labels, name, place))
                return failLabel(begin, condition.metric);
            m_at += name.size();
            if (!take('='))
                return expected("\"=\"");
            const std::size_t valueAt = skipBlanks();
            LabelPattern label{place, {}};
            if (!parseLabelValue(label.pattern))
                return false;
            if (!isKnownValue(condition.metric, label))
                return failLabelValue(valueAt, condition.metric, label.pattern);
            condition.labels.push_back(std::move(label));
        } while (take(','));
        return take('}') || expected("\",\" or \"}\"");
    }
    static bool findLabel(std::string_view labels, std::string_view name, std::size_t& place)
    {
        for (place = 0; !labels.empty(); ++place) {
            const auto end = labels.find(' ');
            if (labels.substr(0, end) == name)
                return true;
            labels.remove_prefix(end == std::string_view::npos ? labels.size() : end + 1);
        }
        return false;
    }
    bool failLabel(std::size_t begin, const TriggerMetric& metric)
    {
        if (metric.labels.empty())
            return fail(begin - 1, "expected a comparison, as " + metric.name + " has no labels,");
        std::string labels;
        for (const char c : metric.labels)
            labels += c == ' ' ? " or " : std::string(1, c);
        return fail(begin, "expected the label " + labels);
    }
    bool parseLabelValue(std::string& value)
    {
        if (const char quote = next(); quote == '"' || quote == '\'')
            return parseQuoted(value, "a value");
        while (m_at < m_text.size() && !isBlank(m_text[m_at])
            && std::string_view(",}=\"'").find(m_text[m_at]) == std::string_view::npos)
            value += m_text[m_at++];
        return !value.empty() || expected("a value");
    }
    /// Of a closed set; a pattern with "*" is taken as it is.
    static bool isKnownValue(const TriggerMetric& metric, const LabelPattern& label)
    {
        std::size_t place = 0;
        return metric.values.empty() || label.pattern.find_first_of("*?[\\") != std::string::npos
            || findLabel(metric.values, label.pattern, place);
    }
    bool failLabelValue(std::size_t begin, const TriggerMetric& metric, const std::string& value)
    {
        const std::string near = nearestWords(value, metric.values);
        std::string all;
        for (const char c : metric.values)
            all += c == ' ' ? ", " : std::string(1, c);
        return fail(begin, "expected one of " + all, near.empty() ? std::string() : "; did you mean " + near + '?');
    }

    bool parseComparison(Comparison& comparison)
    {
        const char c = next();
        const bool isLonger = m_at + 1 < m_text.size() && m_text[m_at + 1] == '=';
        if (c == '>')
            comparison = isLonger ? Comparison::AtLeast : Comparison::Greater;
        else if (c == '<')
            comparison = isLonger ? Comparison::AtMost : Comparison::Less;
        else if ((c == '=' || c == '!') && isLonger)
            comparison = c == '=' ? Comparison::Equal : Comparison::Unequal;
        else
            return expected("a comparison (> >= < <= == !=)");
        m_at += isLonger ? 2 : 1;
        return true;
    }

    bool parseBound(TriggerCondition& condition)
    {
        std::string_view suffix;
        double factor = 1;
        if (!parseNumber(condition.bound, suffix, "a number"))
            return false;
        TriggerMetric& metric = condition.metric;
        const bool isShare = suffix == "%" && metric.formula == TriggerFormula::Gauge && !metric.denominator.empty();
        if (isShare) {
            metric.formula = TriggerFormula::Share;
            metric.unit = TriggerUnit::Percent;
            metric.factor = 100;
            return true;
        }
        if (!isSuffixOf(metric.unit, suffix, condition.bound, factor))
            return failUnit(metric);
        condition.bound *= factor;
        return true;
    }
    static bool isSuffixOf(TriggerUnit unit, std::string_view suffix, double bound, double& factor)
    {
        switch (unit) {
        case TriggerUnit::Number:
            return findSuffix(numberSuffixes, suffix, factor);
        case TriggerUnit::Percent:
            return findSuffix(percentSuffixes, suffix, factor);
        case TriggerUnit::Seconds: // ms or s? Only of nothing both are the same
            return findSuffix(secondsSuffixes, suffix, factor) || (suffix.empty() && bound == 0);
        case TriggerUnit::Bytes:
            break;
        }
        if (suffix.ends_with('B') && suffix.size() > 1)
            suffix.remove_suffix(1);
        return findSuffix(bytesSuffixes, suffix, factor);
    }
    bool failUnit(const TriggerMetric& metric)
    {
        const bool hasWhole = metric.formula == TriggerFormula::Gauge && !metric.denominator.empty();
        const char* const wanted = metric.unit == TriggerUnit::Seconds ? "s, ms or us behind the number"
            : metric.unit == TriggerUnit::Percent                      ? "% or nothing behind the number"
            : metric.unit == TriggerUnit::Number                       ? "k, M, G or nothing behind the number"
                                                 : "k, M, G, T, Ki, Mi, Gi, Ti or nothing behind the number";
        return fail(m_suffixAt, "expected " + std::string(wanted) + (hasWhole ? " (or %)" : ""));
    }

    std::string_view m_text;
    TriggerExpression& m_expression;
    std::size_t m_at = 0;
    std::size_t m_suffixAt = 0; ///< where the suffix of the last number stood, or should have
    std::optional<std::string> m_failure;
};

} // namespace

std::optional<std::string> parseTrigger(std::string_view text, TriggerExpression& expression)
{
    expression = {};
    return Parser(text, expression).parse();
}

} // namespace hindcast::recorder
