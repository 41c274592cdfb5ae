// Redactor: --redact. Stands in front of the writer, so that what it takes out never reaches a disk, and keeps the list
// of pseudonyms apart from the capture.
#pragma once

#include "framing/member_filter.h"
#include "options.h"
#include "redact/redaction.h"

#include <memory>
#include <optional>
#include <string>

namespace hindcast::recorder {

class Redactor {
public:
    /// `hostname`: of the recorded machine.
    Redactor(const Options& options, const std::string& hostname);
    ~Redactor();
    Redactor(const Redactor&) = delete;
    Redactor& operator=(const Redactor&) = delete;

    /// For the writer; null when nothing is to be changed.
    framing::MemberFilter* filter() { return m_redaction ? &*m_redaction : nullptr; }
    /// Null but in the strict mode.
    redact::Pseudonyms* pseudonyms() { return m_pseudonyms ? &*m_pseudonyms : nullptr; }
    const char* mode() const; ///< as --redact takes it
    /// What the machine is called in names of files.
    const std::string& hostname() const { return m_hostname; }

    /// Makes the list of pseudonyms, FILE.pseudonyms. An exit status; what is wrong has been said.
    int open(const std::string& outputName, bool isFile);
    /// Adds the new ones to it. To be called after each tick: who is killed still has them.
    void keepList();
    /// Nothing was recorded.
    void removeList();

private:
    bool isStrict() const { return m_options.redaction == Redaction::Strict; }

    const Options& m_options;
    std::string m_hostname;
    std::optional<redact::Pseudonyms> m_pseudonyms;
    std::optional<redact::Redaction> m_redaction;
    std::string m_listName;
    int m_list = -1;
    bool m_hasFailed = false;
};

} // namespace hindcast::recorder
