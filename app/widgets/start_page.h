// StartPage: what the window shows when nothing is open: where to drop a capture, what was open lately, and how to
// record one.
#pragma once

#include <QList>
#include <QWidget>

class QLabel;
class QVBoxLayout;

namespace hindcast {

struct RecentFile {
    QString path;
    QString detail; ///< "web1, 24 h 0 min, 210 MiB"
    bool isThere = true;
};

class StartPage : public QWidget {
    Q_OBJECT

public:
    explicit StartPage(QWidget* parent = nullptr);

    void setRecentFiles(const QList<RecentFile>& files);

Q_SIGNALS:
    void openWanted();
    void recentWanted(const QString& path);

private:
    QWidget* commandRow(const QString& meaning, const QString& command);

    QWidget* m_recent;
    QVBoxLayout* m_recentRows;
};

} // namespace hindcast
