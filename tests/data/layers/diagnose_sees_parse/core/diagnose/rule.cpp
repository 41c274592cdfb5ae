// A rule reads the model and nothing before it.

#include "parse/builder.h"
