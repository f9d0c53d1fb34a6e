#pragma once

#include "base/clock.h"
#include "base/value.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tandem::simulate {

/// How a command ended.
struct Outcome {
    bool done = true;  ///< false: failed
    Value result;
};

/// What a device is when nobody looks: what it measures, does and says of itself. Pure: the same
/// seed, times and orders give the same readings.
class Model {
public:
    Model() = default;
    Model(const Model&) = delete;
    Model& operator=(const Model&) = delete;
    virtual ~Model() = default;

    /// The readings of one moment by series. Times do not go back from call to call.
    [[nodiscard]] virtual Value::Object measure(Instant now) = 0;
    /// How long until the next measurement.
    [[nodiscard]] virtual Duration interval() const = 0;
    /// What the device reports of itself: its half of the twin.
    [[nodiscard]] virtual Value state() const { return Value::Object{}; }
    /// Does what it is told. A command that it does not know fails.
    [[nodiscard]] virtual Outcome carry_out(const std::string& command, const Value& params);
    /// Takes over what the owner wants; what it cannot do it leaves.
    virtual void configure(const Value& /*config*/) {}
};

/// A device before it runs.
struct Plan {
    std::string id;
    std::string name;
    std::string type;
    Value::Object labels;
    Value schema;  ///< as in domain/schema.h
    std::function<std::unique_ptr<Model>(std::uint64_t seed)> make;
};

/// Readings with their time, as `telemetry.write` takes them: `{"t":ms,"v":{…}}`.
[[nodiscard]] Value reading_at(Instant time, Value::Object values);

/// A failed outcome that says why.
[[nodiscard]] Outcome cannot(std::string why);

}  // namespace tandem::simulate
