#include "icons.h"

#include <QFile>
#include <QPainter>
#include <QPalette>
#include <QPixmap>
#include <QSvgRenderer>

/// Resources of a static library are linked only when asked for; the macro works outside namespaces only.
static void initializeResources()
{
    Q_INIT_RESOURCE(resources);
}

namespace hindcast {

namespace {

QPixmap rendered(const QByteArray& drawing, int size)
{
    QPixmap pixmap(size, size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    QSvgRenderer renderer(drawing);
    renderer.render(&painter);
    return pixmap;
}

QByteArray drawingOf(const QString& name)
{
    initializeResources();
    QFile file(QStringLiteral(":/icons/%1.svg").arg(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray{};
}

} // namespace

QIcon themedIcon(const QString& name, const QPalette& palette)
{
    const QByteArray drawing = drawingOf(name);
    const auto colored = [&](const QColor& color) {
        QByteArray copy = drawing;
        return copy.replace("#000000", color.name().toLatin1());
    };
    QIcon icon;
    for (int size : {16, 20, 24, 32, 48}) {
        icon.addPixmap(rendered(colored(palette.color(QPalette::Active, QPalette::ButtonText)), size), QIcon::Normal);
        icon.addPixmap(
            rendered(colored(palette.color(QPalette::Disabled, QPalette::ButtonText)), size), QIcon::Disabled);
    }
    return icon;
}

QIcon programIcon()
{
    QIcon icon;
    const QByteArray drawing = drawingOf(QStringLiteral("hindcast"));
    for (int size : {16, 24, 32, 48, 64, 128, 256})
        icon.addPixmap(rendered(drawing, size));
    return icon;
}

} // namespace hindcast
