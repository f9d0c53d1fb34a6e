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
                     .progress = {},
                     .result = {}};
    if (!command.params.is_null()) view.params = command.params;
    if (!command.progress.is_null()) view.progress = command.progress;
    if (!command.result.is_null()) view.result = command.result;
    return view;
}

Result<void> Codec<Problem>::read(Reader&, Problem&, const Field&) {
    return wrong("this is never read");
}
void Codec<Problem>::write(Writer& writer, const Problem& value) {
    write_problem(writer, value.error);
}
Value Codec<Problem>::schema(const Field&) {
    return Value::Object{{"$ref", "#/components/schemas/Problem"}};
}

}  // namespace tandem::contract
