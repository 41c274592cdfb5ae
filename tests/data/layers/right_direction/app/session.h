#pragma once

#include "model/series.h"
