#include "simulate/model.h"

namespace tandem::simulate {

Outcome Model::carry_out(const std::string& command, const Value& /*params*/) {
    return cannot("this device does not know \"" + command + "\"");
}

Value reading_at(Instant time, Value::Object values) {
    const auto since = time.time_since_epoch();
    const bool whole = since % 1ms == 0us;
    Value ms = whole ? Value{std::int64_t{since / 1ms}}
                     : Value{static_cast<double>(since.count()) / 1'000};
    return Value::Object{{"t", std::move(ms)}, {"v", std::move(values)}};
}

Outcome cannot(std::string why) {
    return {.done = false, .result = Value::Object{{"error", std::move(why)}}};
}

}  // namespace tandem::simulate
