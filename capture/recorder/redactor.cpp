#include "redactor.h"

#include "message.h"

#include <bit>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

constexpr char heading[] =
    "# What the pseudonyms of the capture beside this file stand for: pseudonym TAB original. Do not "
    "pass it on with the capture.\n";

constexpr auto byteOrder =
    std::endian::native == std::endian::little ? redact::ByteOrder::Little : redact::ByteOrder::Big;

/// False when the kernel has none, which no kernel since 3.17 says once it has booted.
bool readRandom(redact::PseudonymKey& key)
{
    if (getrandom(key.data(), key.size(), 0) == static_cast<ssize_t>(key.size()))
        return true;
    const int descriptor = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    const bool isRead = descriptor >= 0 && read(descriptor, key.data(), key.size()) == static_cast<ssize_t>(key.size());
    if (descriptor >= 0)
        close(descriptor);
    return isRead;
}

int writeAll(int descriptor, std::string_view text)
{
    while (!text.empty()) {
        const ssize_t written = write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return errno;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

} // namespace

Redactor::Redactor(const Options& options, const std::string& hostname)
    : m_options(options)
    , m_hostname(hostname)
{
    if (options.redaction == Redaction::Off)
        return;
    if (!isStrict()) {
        m_redaction.emplace(nullptr, byteOrder);
        return;
    }
    redact::PseudonymKey key{};
    m_hasFailed = !readRandom(key);
    m_pseudonyms.emplace(key);
    m_pseudonyms->addOwnName(hostname);
    utsname name{};
    if (uname(&name) == 0)
        m_pseudonyms->addOwnName(name.nodename);
    m_redaction.emplace(&*m_pseudonyms, byteOrder);
    if (!hostname.empty() && hostname != "localhost")
        m_hostname = m_pseudonyms->host(hostname);
}

Redactor::~Redactor()
{
    if (m_list >= 0)
        close(m_list);
}

const char* Redactor::mode() const
{
    switch (m_options.redaction) {
    case Redaction::Off:
        return "off";
    case Redaction::Secrets:
        return "default";
    case Redaction::Strict:
        return "strict";
    }
    return "";
}

int Redactor::open(const std::string& outputName, bool isFile)
{
    if (!isStrict())
        return exit_status::complete;
    if (m_hasFailed) {
        say("the system has no random numbers for pseudonyms; nothing was recorded");
        return exit_status::nothingRecorded;
    }
    if (!isFile) {
        say("what the pseudonyms stand for is not kept, because the capture goes to %s", outputName.c_str());
        return exit_status::complete;
    }
    m_listName = outputName + ".pseudonyms";
    if (m_options.isForced)
        unlink(m_listName.c_str());
    m_list = ::open(m_listName.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (m_list < 0) {
        const int failure = errno;
        say("%s: %s%s", m_listName.c_str(), std::strerror(failure), failure == EEXIST ? " (--force replaces it)" : "");
        return failure == EEXIST ? exit_status::usage : exit_status::nothingRecorded;
    }
    if (const int failure = writeAll(m_list, heading)) {
        say("%s: %s", m_listName.c_str(), std::strerror(failure));
        removeList();
        return exit_status::nothingRecorded;
    }
    return exit_status::complete;
}

/// The capture goes on without the list: that it names nobody is what was asked for.
void Redactor::keepList()
{
    if (m_list < 0)
        return;
    const std::string added = m_pseudonyms->takeNew();
    const int failure = writeAll(m_list, added);
    if (failure == 0 || m_hasFailed)
        return;
    m_hasFailed = true;
    say("%s: %s; some pseudonyms cannot be looked up", m_listName.c_str(), std::strerror(failure));
}

void Redactor::removeList()
{
    if (m_list < 0)
        return;
    close(m_list);
    m_list = -1;
    unlink(m_listName.c_str());
}

} // namespace hindcast::recorder
