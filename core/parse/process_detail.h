// What the files beside /proc/[pid]/stat tell of a process: status, io and schedstat fill columns of its samples,
// limits, cgroup, exe, cwd and ns are attributes. Source: man 5 proc_pid_status and its neighbours; kernel
// fs/proc/array.c, fs/proc/base.c.
#pragma once

#include "model/process.h"
#include "parse/builder.h"

#include <array>
#include <string_view>

namespace hindcast::parse {

using ProcessValues = std::array<double, static_cast<std::size_t>(ProcessColumn::Count)>;

/// Whether `file` ("status") has columns or attributes here.
bool isProcessDetail(std::string_view file);
/// Reads the file into the columns and attributes it is about. Lines that a kernel adds are passed over: the file is
/// read for what the columns hold. False when nothing of that was found in a text that should have it.
bool readProcessDetail(
    std::string_view file, std::string_view text, ProcessValues& values, Builder& out, EntityRef entity);

} // namespace hindcast::parse
