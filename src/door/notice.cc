#include "door/notice.h"

#include "contract/shape.h"

namespace tandem::door {
namespace {

void write_numbers(Writer& writer, const Numbers& numbers) {
    writer.begin_object();
    for (const auto& [key, number] : numbers) {
        writer.key(key);
        writer.integer(number);
    }
    writer.end_object();
}

}  // namespace

std::string command_message(contract::Encoding encoding, const Command& command) {
    const auto writer = contract::make_writer(encoding);
    writer->begin_object();
    writer->key("cmd");
    writer->begin_object();
    writer->key("id");
    writer->text(command.id.text());
    writer->key("name");
    writer->text(command.name);
    if (!command.params.is_null()) {
        writer->key("params");
        write_value(*writer, command.params);
    }
    writer->key("attempt");
    writer->integer(command.attempt);
    writer->key("expires");
    contract::write_instant(*writer, command.expires);
    writer->end_object();
    writer->end_object();
    return writer->take();
}

std::string config_message(contract::Encoding encoding, const ConfigDelta& change) {
    const auto writer = contract::make_writer(encoding);
    writer->begin_object();
    writer->key("config");
    writer->begin_object();
    writer->key("version");
    writer->integer(change.version);
    writer->key("from");
    writer->integer(change.from);
    writer->key("delta");
    write_value(*writer, change.delta);
    writer->end_object();
    writer->end_object();
    return writer->take();
}

std::string notice(contract::Encoding encoding, std::string_view name, const Numbers& numbers) {
    const auto writer = contract::make_writer(encoding);
    writer->begin_object();
    writer->key(name);
    write_numbers(*writer, numbers);
    writer->end_object();
    return writer->take();
}

std::string limits_message(contract::Encoding encoding,
                           std::string_view name,
                           const auth::BudgetLeft& left) {
    const auto writer = contract::make_writer(encoding);
    writer->begin_object();
    writer->key("limits");
    writer->begin_object();
    writer->key(name);
    write_numbers(*writer, {{"q", static_cast<std::int64_t>(left.rate.burst)},
                            {"w", auth::window_of(left.rate)},
                            {"r", left.remaining},
                            {"t", left.reset_seconds}});
    writer->end_object();
    writer->end_object();
    return writer->take();
}

}  // namespace tandem::door
