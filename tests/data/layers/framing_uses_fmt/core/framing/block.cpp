#include "block.h"

#include <fmt/format.h>
