#include <QWidget>
#include <qcustomplot.h>
