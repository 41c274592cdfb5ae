// Recording: one run of the recorder, from the first look at the host to the finished file.
#pragma once

#include "denial.h"
#include "filesystems.h"
#include "kernel_log.h"
#include "manifest.h"
#include "options.h"
#include "output.h"
#include "packets.h"
#include "process_table.h"
#include "read_buffer.h"
#include "root.h"
#include "sockets.h"
#include "system_answers.h"
#include "tick_sources.h"
#include "tick_timer.h"

#include <memory>
#include <string>
#include <vector>

namespace hindcast::recorder {

class Recording {
public:
    /// `root` is open.
    Recording(const Options& options, const Root& root);
    /// An exit status; everything worth saying has been said.
    int run();

private:
    int takeTicks();
    int takeTick(const Slot& slot);
    int tendPackets();
    int writePackets();
    int closeCapture();
    int keepWhatThereIs(int failure);
    int discard(const char* why);
    int conclude();
    void appendTickBlock(const Slot& slot, const Clocks& clocks);
    Manifest makeManifest(const Slot& slot, const Clocks& clocks) const;
    std::string summaryText() const;
    void sayMissed() const;
    void sayRefusals() const;
    void rememberRefusals();
    std::vector<Denial> denials() const;

    const Options& m_options;
    const Root& m_root;
    std::string m_hostname;
    TimeZone m_zone;
    std::unique_ptr<Output> m_output;
    framing::CaptureWriter m_writer;
    TickTimer m_timer;
    TickSources m_sources;
    ProcessTable m_processes;
    Sockets m_sockets;
    KernelLog m_kernelLog;
    Filesystems m_filesystems;
    Packets m_packets;
    ReadBuffer m_buffer;
    std::string m_blocks; ///< of the tick being taken
    int m_ownMemoryDescriptor = -1; ///< /proc/self/statm
    std::vector<Denial> m_startDenials;
    std::vector<std::string> m_refused; ///< paths, each once
    bool m_isInterrupted = false;
    std::int64_t m_firstMonotonic = 0, m_lastMonotonic = 0;
};

} // namespace hindcast::recorder
