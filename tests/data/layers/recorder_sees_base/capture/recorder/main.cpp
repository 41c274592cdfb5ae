#include "framing/block.h" // an opening [bracket; on its own would swallow the next line in a careless CMake list

#include "base/result.h"
