#include "contract/command.h"

namespace tandem::contract {

CommandView view_of(const Command& command) {
    CommandView view{.id = command.id.text(),
                     .device = command.device.id.text(),
                     .name = command.name,
                     .params = {},
                     .status = std::string{name_of(command.status)},
                     .attempt = command.attempt,
                     .created = command.created,
                     .expires = command.expires,
                     .lease_until = command.lease_until,
                     .result = {}};
    if (!command.params.is_null()) view.params = command.params;
    if (!command.result.is_null()) view.result = command.result;
    return view;
}

}  // namespace tandem::contract
