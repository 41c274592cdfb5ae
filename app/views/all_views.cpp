#include "views/conversation_view.h"
#include "views/event_view.h"
#include "views/finding_view.h"
#include "views/metric_view.h"
#include "views/process_view.h"
#include "views/socket_view.h"
#include "views/source_view.h"
#include "views/statistics_view.h"
#include "views/thread_dump_view.h"
#include "views/timeline_view.h"

#include <array>

namespace hindcast {

namespace {

template <typename Kind> View* create(Session& session, QWidget* parent)
{
    return new Kind(session, parent);
}

} // namespace

std::span<const ViewKind> allViews()
{
#define VIEW(id, Class, area) ViewKind{#id, ViewArea::area, create<Class>},
    static constexpr std::array views{
#include "views/views.inc"
    };
#undef VIEW
    return views;
}

} // namespace hindcast
