// MemberFilter: sees all that goes into a capture just before it is written, and may change it. CaptureWriter asks it,
// so that no source, old or new, can get past.
#pragma once

#include <string>
#include <string_view>

namespace hindcast::framing {

class MemberFilter {
public:
    virtual ~MemberFilter() = default;
    /// Whether a member of that path may need a change: the others are not copied for it.
    virtual bool wants(std::string_view path) const = 0;
    virtual void changeMember(std::string& path, std::string& bytes) = 0;
    /// The blocks of a tick, without its end line.
    virtual void changeBlocks(std::string& blocks) = 0;
};

} // namespace hindcast::framing
