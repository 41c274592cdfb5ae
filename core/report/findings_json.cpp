// The JSON of findings_report: every field of the finding model, under the model's own names in snake case.
#include "report/findings_report.h"

#include "report/json_text.h"

#include <utility>

namespace hindcast::report {
namespace {

using namespace diagnose;

/// One JSON object or array being written; commas come by themselves.
class Json {
public:
    explicit Json(std::string& out)
        : m_out(out)
    {
    }

    void open(char bracket)
    {
        separate();
        m_out += bracket;
        m_isFirst = true;
    }
    void close(char bracket)
    {
        m_out += bracket;
        m_isFirst = false;
    }
    void key(std::string_view name)
    {
        separate();
        appendJsonText(m_out, name);
        m_out += ':';
        m_isFirst = true; // no comma between a key and its value
    }
    void value(std::string_view text)
    {
        separate();
        appendJsonText(m_out, text);
    }
    void value(double number)
    {
        separate();
        appendJsonNumber(m_out, number);
    }
    void value(Time time)
    {
        separate();
        appendJsonTime(m_out, time);
    }
    void truth(bool isTrue)
    {
        separate();
        m_out += isTrue ? "true" : "false";
    }
    void none()
    {
        separate();
        m_out += "null";
    }
    template <typename T> void field(std::string_view name, const T& content)
    {
        key(name);
        value(content);
    }

private:
    void separate()
    {
        if (!std::exchange(m_isFirst, false))
            m_out += ',';
    }

    std::string& m_out;
    bool m_isFirst = true;
};

void writeRange(Json& json, TimeRange range)
{
    json.field("begin", range.begin);
    json.field("end", range.end);
}

std::string_view objectKindName(ObjectKind kind)
{
    constexpr std::string_view names[] = {
        "host", "cpu", "device", "filesystem", "interface", "listener", "flow", "process", "cgroup"};
    return names[static_cast<std::size_t>(kind)];
}

std::string_view extentName(Episode::Extent extent)
{
    constexpr std::string_view names[] = {"span", "instant", "snapshot"};
    return names[static_cast<std::size_t>(extent)];
}

void writeObject(Json& json, const Object& object)
{
    json.open('{');
    json.field("kind", objectKindName(object.kind));
    json.field("name", std::string_view(object.name));
    json.field("key", std::string_view(object.key));
    json.close('}');
}

void writeParty(Json& json, std::string_view name, const std::optional<Object>& object)
{
    json.key(name);
    if (object)
        writeObject(json, *object);
    else
        json.none();
}

void writeEvidence(Json& json, const std::vector<Evidence>& all)
{
    json.open('[');
    for (const Evidence& one : all) {
        json.open('{');
        json.field("role", evidenceRoleName(one.role));
        json.field("metric", std::string_view(one.metric));
        json.key("labels");
        json.open('{');
        for (const Label& label : one.labels)
            json.field(label.name, std::string_view(label.value));
        json.close('}');
        json.field("source", std::string_view(one.source));
        json.field("member", std::string_view(one.member));
        json.field("line", static_cast<double>(one.line));
        writeRange(json, one.range);
        json.field("statistic", statisticName(one.statistic));
        json.field("value", one.value);
        json.field("unit", std::string_view(unitName(one.unit)));
        json.key("limit");
        if (one.limit)
            json.value(*one.limit);
        else
            json.none();
        json.field("limit_name", std::string_view(one.limitName));
        json.field("text", std::string_view(one.text));
        json.key("flow");
        if (one.flow)
            json.value(static_cast<double>(*one.flow));
        else
            json.none();
        json.close('}');
    }
    json.close(']');
}

void writeTexts(Json& json, std::string_view name, const std::vector<std::string>& texts)
{
    json.key(name);
    json.open('[');
    for (const std::string& text : texts)
        json.value(std::string_view(text));
    json.close(']');
}

void writeHead(Json& json, const Snapshot& snapshot, std::string_view id, Answer answer)
{
    json.field("input", std::string_view(snapshot.path));
    json.field("id", id);
    json.field("answer", answerName(answer));
}

void writeFinding(Json& json, const Snapshot& snapshot, const Diagnosis& diagnosis, std::size_t index)
{
    const Finding& finding = diagnosis.findings[index];
    json.open('{');
    writeHead(json, snapshot, finding.id, Answer::Found);
    json.field("rank", static_cast<double>(index));
    json.key("principal");
    json.truth(diagnosis.principal == index || diagnosis.equalPrincipal == index);
    json.field("title", std::string_view(finding.title));
    json.field("sentence", std::string_view(finding.sentence));
    json.field("resource", resourceName(finding.resource));
    json.field("role", roleName(finding.role));
    json.field("level", levelName(finding.level));
    json.field("confidence", finding.confidence);
    json.field("score", finding.score);
    json.key("object");
    writeObject(json, finding.object);
    json.key("episodes");
    json.open('[');
    for (const Episode& episode : finding.episodes) {
        json.open('{');
        writeRange(json, episode.range);
        json.field("extent", extentName(episode.extent));
        json.close('}');
    }
    json.close(']');
    json.field("mechanism", std::string_view(finding.mechanism));
    writeParty(json, "culprit", finding.culprit);
    json.field("culprit_reason", std::string_view(finding.culpritReason));
    writeParty(json, "victim", finding.victim);
    json.field("victim_reason", std::string_view(finding.victimReason));
    json.key("evidence");
    writeEvidence(json, finding.evidence);
    writeTexts(json, "causes", finding.causes);
    writeTexts(json, "checks", finding.checks);
    writeTexts(json, "fixes", finding.fixes);
    json.key("explained_by");
    if (finding.explainedBy)
        json.value(static_cast<double>(*finding.explainedBy));
    else
        json.none();
    json.key("explains");
    json.open('[');
    for (const std::size_t consequence : finding.explains)
        json.value(static_cast<double>(consequence));
    json.close(']');
    json.key("window");
    json.open('{');
    writeRange(json, diagnosis.window);
    json.field("reason", std::string_view(diagnosis.windowReason));
    json.close('}');
    if (diagnosis.principal == index)
        json.field("headline", std::string_view(diagnosis.headline));
    json.close('}');
}

void writeVerdict(Json& json, const Snapshot& snapshot, const Verdict& verdict)
{
    json.open('{');
    writeHead(json, snapshot, verdict.rule, verdict.answer);
    json.field("question", std::string_view(verdict.question));
    json.field("resource", resourceName(verdict.resource));
    json.key("looked");
    writeEvidence(json, verdict.looked);
    json.key("missing");
    json.open('[');
    for (const MissingInput& missing : verdict.missing) {
        json.open('{');
        json.field("input", std::string_view(missing.input));
        json.field("reason", std::string_view(missing.reason));
        json.field("remedy", std::string_view(missing.remedy));
        json.close('}');
    }
    json.close(']');
    json.field("remark", std::string_view(verdict.remark));
    json.close('}');
}

} // namespace

std::string findingsJsonItems(const Snapshot& snapshot, const Diagnosis& diagnosis)
{
    std::string out;
    Json json(out);
    for (std::size_t i = 0; i < diagnosis.findings.size(); ++i)
        writeFinding(json, snapshot, diagnosis, i);
    for (const Verdict& verdict : diagnosis.verdicts)
        if (verdict.answer != Answer::Found)
            writeVerdict(json, snapshot, verdict);
    return out;
}

} // namespace hindcast::report
