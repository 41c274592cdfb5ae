#include "model/entity.h"

#include "model/process.h"
#include "model/socket.h"

namespace hindcast {

const std::vector<EntityColumn>& entityColumns(EntityKind kind)
{
    return kind == EntityKind::Process ? processColumns() : socketColumns();
}

} // namespace hindcast
