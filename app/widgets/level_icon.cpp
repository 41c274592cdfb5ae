#include "widgets/level_icon.h"

#include <QPainter>
#include <QPixmap>

#include <cmath>

namespace hindcast {

namespace {

QPolygonF regular(int corners, double turn)
{
    constexpr double radius = 6.5, middle = 8;
    QPolygonF polygon;
    for (int i = 0; i < corners; ++i) {
        const double angle = turn + 2 * M_PI * i / corners;
        polygon << QPointF(middle + radius * std::cos(angle), middle + radius * std::sin(angle));
    }
    return polygon;
}

QPolygonF outline(LevelShape shape)
{
    switch (shape) {
    case LevelShape::Triangle:
        return regular(3, -M_PI / 2);
    case LevelShape::Diamond:
        return regular(4, 0);
    case LevelShape::Octagon:
        return regular(8, M_PI / 8);
    case LevelShape::Circle:
        break;
    }
    return regular(32, 0);
}

} // namespace

QIcon levelIcon(LevelShape shape, const QColor& color)
{
    QIcon icon;
    for (const int scale : {1, 2}) {
        QPixmap picture(16 * scale, 16 * scale);
        picture.setDevicePixelRatio(scale);
        picture.fill(Qt::transparent);
        QPainter painter(&picture);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(color);
        painter.drawPolygon(outline(shape));
        painter.end();
        icon.addPixmap(picture);
    }
    return icon;
}

} // namespace hindcast
