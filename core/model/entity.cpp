#include "model/entity.h"

#include "model/process.h"
#include "model/socket.h"
#include "model/thread.h"

namespace hindcast {

const std::vector<EntityColumn>& entityColumns(EntityKind kind)
{
    switch (kind) {
    case EntityKind::Process:
        return processColumns();
    case EntityKind::Thread:
        return threadColumns();
    case EntityKind::Socket:
        break;
    }
    return socketColumns();
}

} // namespace hindcast
