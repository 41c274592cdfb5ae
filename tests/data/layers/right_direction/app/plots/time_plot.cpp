#include "model/series.h"

#include <qcustomplot.h>
