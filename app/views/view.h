// View: a part of the window that shows the session in its own way. A view gets the session once and follows its
// signals.
#pragma once

#include "session.h"

#include <QWidget>

#include <cstdint>
#include <span>

namespace hindcast {

class View : public QWidget {
    Q_OBJECT

public:
    View(Session& session, QWidget* parent)
        : QWidget(parent)
        , m_session(session)
    {
    }

    virtual QString title() const = 0;

protected:
    Session& session() const { return m_session; }

private:
    Session& m_session;
};

enum class ViewArea : std::uint8_t { Centre, Left, Bottom };

struct ViewKind {
    const char* id; ///< "processes": of its screenshot, its dock, its settings
    ViewArea area;
    View* (*create)(Session& session, QWidget* parent);
};

/// All views in the order of views.inc.
std::span<const ViewKind> allViews();

} // namespace hindcast
