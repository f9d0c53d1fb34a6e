#include "domain/audit_event.h"

namespace tandem {

Event audit_event(const AuditLine& line) {
    return {.kind = Event::Kind::kAudit,
            .device = {.tenant = line.tenant, .id = {}},
            .series = {},
            .time = line.time,
            .value = Value::Object{{"number", line.number},
                                   {"kind", line.kind},
                                   {"actor", line.actor},
                                   {"credential", line.credential},
                                   {"address", line.address},
                                   {"door", std::string{name_of(line.door)}},
                                   {"action", line.action},
                                   {"resource", line.resource},
                                   {"result", line.result},
                                   {"count", line.count},
                                   {"prev", line.previous}}};
}

}  // namespace tandem
