#include "views/view.h"
