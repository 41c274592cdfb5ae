// Output: where a capture goes: a file that gets its name only when it is finished, or standard output.
#pragma once

#include "framing/capture_writer.h"
#include "options.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace hindcast::recorder {

class Output : public framing::Sink {
public:
    /// An exit status; what is wrong has been said.
    virtual int open() = 0;
    /// All that was written so far is a valid capture.
    virtual void markValid() = 0;
    /// Drops what was written since the last mark.
    virtual void cutToValid() = 0;
    /// Writes the first `bytes` of a file, in the kernel where that is possible. 0 or errno.
    virtual int append(int source, std::uint64_t bytes) = 0;
    /// A process of ours has written so many through a descriptor that it shares with this.
    virtual void takeOver(std::uint64_t bytes) = 0;
    /// Bytes that arrived, those cut off not counted.
    virtual std::uint64_t length() const = 0;
    /// Of the open file, for questions about its file system.
    virtual int descriptor() const = 0;
    /// What was written can be read there later. Not so of a stream: whoever reads it has it, or nobody.
    virtual bool isKept() const = 0;
    /// Bytes of older samples that may make way for newer ones, and dropping so many of them at least. 0 or errno.
    virtual std::uint64_t droppableBytes() const { return 0; }
    virtual int drop(std::uint64_t) { return 0; }
    /// Gives the file its name. errno of what could not be done, which has been said.
    virtual int finish() = 0;
    /// Leaves nothing behind.
    virtual void remove() = 0;
    /// For messages.
    virtual const std::string& name() const = 0;
};

std::unique_ptr<Output> makeOutput(const Options& options, const std::string& hostname);

} // namespace hindcast::recorder
