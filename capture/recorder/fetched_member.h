// FetchedMember: a member of the capture that came from another process, for CaptureWriter::addMember or a bundle.
#pragma once

#include <string>

namespace hindcast::recorder {

struct FetchedMember {
    std::string path;
    std::string bytes;
};

} // namespace hindcast::recorder
