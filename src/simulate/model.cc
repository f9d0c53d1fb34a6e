#include "simulate/model.h"

namespace tandem::simulate {

Outcome Model::carry_out(const std::string& command, const Value& /*params*/) {
    return cannot("this device does not know \"" + command + "\"");
}

Outcome cannot(std::string why) {
    return {.done = false, .result = Value::Object{{"error", std::move(why)}}};
}

}  // namespace tandem::simulate
