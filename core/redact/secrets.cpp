#include "redact/secrets.h"

#include "redact/secret_scanner.h"

namespace hindcast::redact {

std::string_view nameOf(SecretKind kind)
{
    switch (kind) {
    case SecretKind::Option:
        return "option values";
    case SecretKind::Assignment:
        return "assigned values";
    case SecretKind::Url:
        return "accounts in URLs";
    case SecretKind::Query:
        return "queries of requests";
    case SecretKind::Header:
        return "HTTP headers";
    case SecretKind::Token:
        return "tokens known by their shape";
    case SecretKind::PrivateKey:
        return "private keys";
    }
    return {};
}

std::size_t redactSecrets(std::string& text, TextKind kind, SecretCounts* counts)
{
    const std::vector<SecretSpan> spans = SecretScanner(text, kind).run();
    if (spans.empty())
        return 0;
    std::string clean;
    clean.reserve(text.size());
    std::size_t done = 0;
    for (const SecretSpan& span : spans) {
        clean.append(text, done, span.begin - done);
        clean += redactedMark;
        done = span.end;
        if (counts)
            ++(*counts)[static_cast<std::size_t>(span.kind)];
    }
    clean.append(text, done, std::string::npos);
    text.swap(clean);
    return spans.size();
}

} // namespace hindcast::redact
