#include "codec/json.h"
#include "measure/bench.h"

#include <algorithm>

namespace tandem::measure {
namespace {

// Of a text a hub takes 4 KiB (docs/reference/limits.md).
constexpr std::size_t kTextBytes = 4'000;

// As many values as there are series; what is missing in bytes are texts beside them.
Value one_reading(const advise::Workload& workload, std::uint64_t number) {
    Value values = Value::Object{};
    const auto bytes = static_cast<std::size_t>(workload.readings.payload);
    for (std::int64_t series = 1; series <= workload.readings.series; ++series) {
        // Quarters: few digits, and exact.
        const auto quarters = (number * 7 + static_cast<std::uint64_t>(series)) % 4'000;
        values.set("s" + std::to_string(series), static_cast<double>(quarters) / 4);
        if (codec::to_json(values).size() >= bytes) return values;
    }
    std::size_t now = codec::to_json(values).size();
    for (int note = 1;; ++note) {
        const std::string name = "note" + std::to_string(note);
        const std::size_t around = name.size() + 6;  // ,"":""
        if (bytes <= now + around) return values;
        const std::size_t text = std::min(bytes - now - around, kTextBytes);
        values.set(name, std::string(text, 'x'));
        now += around + text;
    }
}

}  // namespace

Value make_body(const advise::Workload& workload,
                std::int64_t count,
                std::uint64_t number,
                Instant now) {
    if (count <= 1) return one_reading(workload, number);
    Value::Array items;
    const std::int64_t last = now.time_since_epoch().count() / 1'000;
    const std::int64_t step = std::max<std::int64_t>(workload.readings.every / 1ms, 1);
    for (std::int64_t at = 0; at < count; ++at) {
        const std::uint64_t each =
            number * static_cast<std::uint64_t>(count) + static_cast<std::uint64_t>(at);
        items.push_back(Value::Object{{"t", last - (count - 1 - at) * step},
                                      {"v", one_reading(workload, each)}});
    }
    return items;
}

}  // namespace tandem::measure
