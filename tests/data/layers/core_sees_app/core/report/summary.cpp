#include "../../app/text/format.h"
