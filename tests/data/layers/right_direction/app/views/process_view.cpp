#include "model/series.h"
#include "session.h"

#include <QWidget>
