#include "parse/sysstat_json.h"

#include <nlohmann/json.hpp>

namespace hindcast::parse {
namespace {

using std::string_view;
using Json = nlohmann::json;

constexpr std::size_t deepest = 64, mostNumbers = 64;

/// Called by the parser's reader for each thing it meets; false stops it.
class Handler : public nlohmann::json_sax<Json> {
public:
    explicit Handler(const std::function<void(const JsonRecord&)>& take)
        : m_take(take)
    {
    }

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t value) override { return number(static_cast<double>(value)); }
    bool number_unsigned(number_unsigned_t value) override { return number(static_cast<double>(value)); }
    bool number_float(number_float_t value, const string_t&) override { return number(value); }
    bool string(string_t& value) override
    {
        if (!m_open.empty())
            m_open.back().texts.emplace_back(m_key, std::move(value));
        return true;
    }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override
    {
        if (m_open.size() >= deepest)
            return false;
        m_open.push_back({m_key, {}, {}, nullptr});
        return true;
    }
    bool key(string_t& name) override
    {
        m_key = name;
        return true;
    }
    bool end_object() override
    {
        JsonRecord record = std::move(m_open.back());
        m_open.pop_back();
        record.outer = &m_open;
        m_key = record.name; // of the next object in the same list
        m_take(record);
        return true;
    }
    bool start_array(std::size_t) override { return ++m_lists < deepest; }
    bool end_array() override
    {
        --m_lists;
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

private:
    bool number(double value)
    {
        if (!m_open.empty() && m_open.back().numbers.size() < mostNumbers)
            m_open.back().numbers.emplace_back(m_key, value);
        return true;
    }

    const std::function<void(const JsonRecord&)>& m_take;
    std::vector<JsonRecord> m_open;
    std::size_t m_lists = 0;
    std::string m_key;
};

} // namespace

bool isSysstatJson(string_view beginning)
{
    constexpr std::size_t lookedAt = 400;
    const auto head = beginning.substr(0, lookedAt);
    const auto brace = head.find('{');
    const auto word = head.find("\"sysstat\"");
    return brace != string_view::npos && word != string_view::npos && brace < word
        && trimmed(head.substr(brace + 1, word - brace - 1)).empty();
}

std::optional<string_view> JsonRecord::textOf(string_view key) const
{
    for (const auto& [known, value] : texts)
        if (known == key)
            return value;
    return std::nullopt;
}

std::optional<string_view> JsonRecord::outerText(string_view key) const
{
    for (auto one = outer->rbegin(); one != outer->rend(); ++one)
        if (const auto text = one->textOf(key))
            return text;
    return std::nullopt;
}

std::optional<double> JsonRecord::outerNumber(string_view key) const
{
    for (auto one = outer->rbegin(); one != outer->rend(); ++one)
        for (const auto& [known, value] : one->numbers)
            if (known == key)
                return value;
    return std::nullopt;
}

std::string JsonRecord::keyOfNumbers() const
{
    std::string key;
    for (const auto& [known, value] : numbers)
        key.append(known).append(" ");
    return key;
}

bool readSysstatJson(string_view text, const std::function<void(const JsonRecord&)>& take)
{
    Handler handler(take);
    const auto begin = text.find('{');
    if (begin == string_view::npos)
        return false;
    text.remove_prefix(begin);
    return Json::sax_parse(text.begin(), text.end(), &handler, Json::input_format_t::json, /*strict=*/false);
}

std::optional<SarBanner> bannerOf(const JsonRecord& record)
{
    const auto host = record.outerText("nodename");
    if (!host)
        return std::nullopt;
    SarBanner banner;
    banner.system = "Linux";
    banner.hostname = *host;
    banner.kernel = record.outerText("release").value_or("");
    banner.machine = record.outerText("machine").value_or("");
    banner.date = record.outerText("date").value_or("");
    if (const auto cpus = record.outerNumber("number-of-cpus"); cpus && *cpus >= 1 && *cpus < 1e6)
        banner.cpus = static_cast<unsigned>(*cpus);
    return banner;
}

} // namespace hindcast::parse
