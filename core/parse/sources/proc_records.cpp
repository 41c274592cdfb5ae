// Texts of records, a "name : value" line for each property: /proc/crypto, the clock of /proc/driver/rtc, bonded
// interfaces. Source: kernel crypto/proc.c, drivers/rtc/proc.c, drivers/net/bonding/bond_procfs.c.
#include "parse/listing.h"
#include "parse/record_lines.h"

#include <array>

namespace hindcast::parse {
namespace {

struct RecordFile {
    std::string_view path, table;
    std::string_view first; ///< name of the first line
    std::string_view second; ///< name of a line that must follow, to tell the text from others
    std::string_view beginsRecord;
};
constexpr std::array files{
    RecordFile{"proc/crypto", "crypto", "name", "driver", "name"},
    RecordFile{"proc/driver/rtc", "real_time_clock", "rtc_time", "rtc_date", ""},
    RecordFile{"net/bonding/*", "bonding", "Ethernet Channel Bonding Driver", "Bonding Mode", "Slave Interface"},
};

const RecordFile* fileOf(std::string_view path, std::string_view text)
{
    for (const RecordFile& file : files)
        if (endsInPath(path, file.path))
            return &file;
    std::string_view line;
    while (nextLine(text, line) && trimmed(line).empty()) { }
    const auto first = readRecordLine(line);
    do
        line = {};
    while (nextLine(text, line) && trimmed(line).empty());
    const auto second = readRecordLine(line);
    for (const RecordFile& file : files)
        if (first && second && first->name == file.first && second->name == file.second)
            return &file;
    return nullptr;
}

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples) {
        const RecordFile* file = fileOf(sample.path, sample.text);
        out.setText(sample.text);
        if (file)
            readRecords(file->table, file->beginsRecord, sample, listedAt(input, sample), out);
        else if (!trimmed(sample.text).empty())
            out.skipped(sample.text.substr(0, sample.text.find('\n')), "no known list of records");
    }
}

int recognise(std::string_view beginning)
{
    return fileOf({}, beginning) ? 85 : 0;
}

} // namespace

Parser proc_records()
{
    return {.id = "proc_records",
        .title = "Ciphers, real-time clock, bonded interfaces",
        .members = "proc/crypto proc/driver/rtc proc/net/bonding/*",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
