// ElidedLabel: one line of text that gives way: what does not fit is cut with an ellipsis, and a tooltip has all of it.
#pragma once

#include <QLabel>

namespace hindcast {

class ElidedLabel : public QLabel {
    Q_OBJECT

public:
    explicit ElidedLabel(QWidget* parent = nullptr);

    void setFullText(const QString& text);
    const QString& fullText() const { return m_fullText; }
    QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void elide();

    QString m_fullText;
};

} // namespace hindcast
