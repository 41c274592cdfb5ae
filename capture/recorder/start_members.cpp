#include "start_members.h"

#include "framing/tar_header.h"
#include "read_buffer.h"
#include "source_table.h"

#include <cerrno>
#include <ctime>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

bool isReadAt(Moment moment, Cadence cadence)
{
    return cadence == Cadence::StartAndEnd || (moment == Moment::Start && cadence == Cadence::Start);
}

int readFile(const Root& root, const std::string& path, ReadBuffer& buffer, std::string_view& text)
{
    const int descriptor = root.openFile(path.c_str());
    if (descriptor < 0)
        return errno;
    const int failure = buffer.readWhole(descriptor, text);
    close(descriptor);
    return failure;
}

int writeAnswers(
    const std::string& folder, std::int64_t now, const Root& root, const TimeZone& zone, framing::CaptureWriter& writer)
{
    const std::pair<const char*, std::string> answers[] = {
        {"uname", unameText()},
        {"adjtimex", clockDisciplineText()},
        {"sysconf", sysconfText()},
        {"limits", limitsText()},
        {"timezone", timeZoneText(zone)},
        {"container", containerText(root)},
    };
    for (const auto& [name, text] : answers)
        if (!text.empty())
            if (const int failure = writer.addMember(folder + "/hindcast/" + name, text, now))
                return failure;
    return 0;
}

} // namespace

int writeMembers(
    Moment moment, const Root& root, const TimeZone& zone, framing::CaptureWriter& writer, std::vector<Denial>& denials)
{
    const std::string folder = moment == Moment::Start ? "start" : "end";
    const std::int64_t now = std::time(nullptr);
    ReadBuffer buffer;
    for (const SourceEntry& source : sourceTable()) {
        if (!isReadAt(moment, source.cadence))
            continue;
        for (const std::string& path : root.matches(source.path)) {
            if (!framing::isSafeMemberPath(folder + path))
                continue; // an interface or device with control bytes in its name
            std::string_view text;
            if (const int readFailure = readFile(root, path, buffer, text)) {
                if (moment == Moment::Start)
                    denials.push_back({path, readFailure, std::nullopt});
                continue;
            }
            if (const int failure = writer.addMember(folder + path, text, now))
                return failure;
        }
    }
    if (moment == Moment::Start)
        if (const int failure = writeAnswers(folder, now, root, zone, writer))
            return failure;
    return writer.endMembers();
}

} // namespace hindcast::recorder
