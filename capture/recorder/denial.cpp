#include "denial.h"

#include "source_table.h"

#include <algorithm>
#include <cstring>
#include <fnmatch.h>

namespace hindcast::recorder {
namespace {

/// The pattern of sources.txt that found it; null when none did.
const char* patternOf(const std::string& path)
{
    if (!path.starts_with('/'))
        return nullptr;
    for (const SourceEntry& source : sourceTable())
        if (std::strchr(source.path, '*') != nullptr && path != source.path
            && fnmatch(source.path, path.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0)
            return source.path;
    return nullptr;
}

} // namespace

std::vector<Denial> foldedDenials(const std::vector<Denial>& denials)
{
    struct Fold {
        const char* pattern;
        int errorNumber;
        std::size_t place;
    };
    std::vector<Fold> folds;
    std::vector<Denial> folded;
    for (const Denial& denial : denials) {
        const char* const pattern = patternOf(denial.path);
        const auto known = std::find_if(folds.begin(), folds.end(), [&](const Fold& fold) {
            return pattern != nullptr && fold.pattern == pattern && fold.errorNumber == denial.errorNumber;
        });
        if (known == folds.end()) {
            if (pattern != nullptr)
                folds.push_back({pattern, denial.errorNumber, folded.size()});
            folded.push_back(denial);
            continue;
        }
        Denial& first = folded[known->place];
        first.path = pattern;
        first.count += denial.count;
        first.tick = std::min(first.tick, denial.tick); // nothing = before the first tick
    }
    return folded;
}

} // namespace hindcast::recorder
