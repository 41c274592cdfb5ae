// Redaction: knows which parts of a capture may hold secrets or names, and what to do with each. The recorder gives it
// to its CaptureWriter; hindcast-report uses it for captures that exist already.
#pragma once

#include "framing/member_filter.h"
#include "redact/pseudonym_text.h"
#include "redact/secrets.h"

#include <string>
#include <string_view>

namespace hindcast::redact {

/// What the text of a source is, as far as this matters here.
enum class Content : std::uint8_t {
    Numbers, ///< neither secrets nor names: passed by without a look
    CommandLine, ///< NUL-separated
    ProcessStat, ///< the name in parentheses
    ProcessStatus, ///< the name in the first line
    Name,
    Text,
    AccessLog,
    Addresses, ///< no secrets, but hosts: for the strict mode only
    Key, ///< all of it is a secret
};
/// `path` as in a block: "/proc/stat", "hindcast/sockets", "tools/ss".
Content contentOf(std::string_view path);

struct RedactionTotals {
    SecretCounts secrets{};
    std::uint64_t names = 0; ///< places where a pseudonym was put
};

class Redaction final : public framing::MemberFilter {
public:
    /// `pseudonyms`: for the strict mode; null = secrets only.
    explicit Redaction(Pseudonyms* pseudonyms = nullptr, ByteOrder order = ByteOrder::Little)
        : m_pseudonyms(pseudonyms)
        , m_order(order)
    {
    }

    bool wants(std::string_view path) const override;
    void changeMember(std::string& path, std::string& bytes) override;
    void changeBlocks(std::string& blocks) override;

    /// One text of a source.
    void change(std::string_view path, std::string& body);
    const RedactionTotals& totals() const { return m_totals; }
    bool isStrict() const { return m_pseudonyms != nullptr; }

private:
    void changeBlockPath(std::string& path);
    void changeText(std::string& text, TextKind kind);
    void changeProcesses(std::string& text);
    void changeStat(std::string& text);
    void changeStatus(std::string& text);
    void changeArchive(std::string& bytes);
    void changeManifest(std::string& text);
    void names(std::string& text);

    Pseudonyms* m_pseudonyms;
    ByteOrder m_order;
    RedactionTotals m_totals;
};

} // namespace hindcast::redact
