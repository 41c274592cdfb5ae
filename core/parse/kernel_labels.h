// What the messages of the kernel's log name: one function for each form in which they name it. Each is told the whole
// message and adds what it finds.
#pragma once

#include "model/series.h"

#include <string_view>

namespace hindcast::parse::kernel_labels {

void readKill(std::string_view text, Labels& labels);
void readOomInvoker(std::string_view text, Labels& labels);
void readHungTask(std::string_view text, Labels& labels);
void readSoftLockup(std::string_view text, Labels& labels);
void readHardLockup(std::string_view text, Labels& labels);
void readDevice(std::string_view text, Labels& labels);
void readLeadingDevice(std::string_view text, Labels& labels);
void readSynFlood(std::string_view text, Labels& labels);
void readFault(std::string_view text, Labels& labels);
void readThrottledCpu(std::string_view text, Labels& labels);
void readLink(std::string_view text, Labels& labels);
void readTransmitTimeout(std::string_view text, Labels& labels);
void readAllocationFailure(std::string_view text, Labels& labels);
void readPidsLimit(std::string_view text, Labels& labels);
void readScsiDisk(std::string_view text, Labels& labels);
void readServer(std::string_view text, Labels& labels);
void readRaidDisk(std::string_view text, Labels& labels);
void readPath(std::string_view text, Labels& labels);
void readPeer(std::string_view text, Labels& labels);
void readSuppressed(std::string_view text, Labels& labels);
void readInterrupt(std::string_view text, Labels& labels);
void readNewActive(std::string_view text, Labels& labels);
void readPoisoned(std::string_view text, Labels& labels);
void readReaped(std::string_view text, Labels& labels);
void readAllocationStall(std::string_view text, Labels& labels);
void readNicHang(std::string_view text, Labels& labels);
inline void readNothing(std::string_view, Labels&) { }

} // namespace hindcast::parse::kernel_labels
