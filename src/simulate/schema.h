#pragma once

#include "base/value.h"

#include <string>
#include <string_view>
#include <vector>

namespace tandem::simulate {

/// Puts a device's schema (domain/schema.h) together, part by part.
class DeviceSchema {
public:
    DeviceSchema& series(std::string_view name, std::string_view type, std::string_view unit = {});
    DeviceSchema& command(std::string_view name,
                          Value::Object params,
                          const std::vector<std::string>& required = {});
    DeviceSchema& config(Value::Object properties);
    [[nodiscard]] Value take() { return std::move(made_); }

private:
    Value& part(std::string_view name);

    Value made_ = Value::Object{};
};

[[nodiscard]] Value number_from(double minimum, double maximum);
[[nodiscard]] Value boolean();

}  // namespace tandem::simulate
