#include "simulate/scene.h"
#include "simulate/schema.h"
#include "simulate/signal.h"

#include <algorithm>
#include <cmath>

namespace tandem::simulate {
namespace {

/// A battery station in the open: days, passing fronts, gusts.
class Station final : public Model {
public:
    explicit Station(std::uint64_t seed)
        : noise_{seed}, mean_{6 + 8 * noise_.uniform()}, direction_{360 * noise_.uniform()} {}

    Value::Object measure(Instant now) override {
        const Duration passed = watch_.lap(now);
        const double front = front_.step(passed, noise_);
        const double sun = day_curve(now, 14);
        const double warmth = mean_ + 5 * sun + 1.5 * front + 0.05 * noise_.gauss();
        const double wind = std::abs(4 - 1.5 * front + gust_.step(passed, noise_));
        direction_ = std::fmod(direction_ + 4 * noise_.gauss() + 360, 360);
        const double rain = front < -1.2 ? (-1.2 - front) * 2 * noise_.uniform() : 0;
        const double charge = 3.7 + 0.35 * std::max(0.0, sun) + 0.005 * noise_.gauss();
        return {{"temperature", rounded(warmth, 1)},
                {"humidity", rounded(std::clamp(72 - 14 * sun - 8 * front, 15.0, 100.0), 0)},
                {"pressure", rounded(1'013 + 7 * front, 1)},
                {"wind_speed", rounded(wind, 1)},
                {"wind_direction", rounded(direction_, 0)},
                {"rain", rounded(rain, 1)},
                {"battery", rounded(charge, 2)}};
    }
    [[nodiscard]] Duration interval() const override { return interval_; }
    [[nodiscard]] Value state() const override {
        return Value::Object{{"interval_s", static_cast<std::int64_t>(interval_ / 1s)}};
    }
    Outcome carry_out(const std::string& command, const Value& params) override {
        if (command != "set_interval") return Model::carry_out(command, params);
        if (!pace(params)) return cannot("interval_s is a number of seconds from 1 to 3600");
        return {.done = true, .result = state()};
    }
    void configure(const Value& config) override { pace(config); }

private:
    bool pace(const Value& wanted) {
        const Value* found = wanted.find("interval_s");
        if (found == nullptr || !found->is_number()) return false;
        if (found->as_double() < 1 || found->as_double() > 3'600) return false;
        interval_ = std::chrono::seconds{std::llround(found->as_double())};
        return true;
    }

    Noise noise_;
    Stopwatch watch_;
    Wander front_{1, 12h};
    Wander gust_{1.2, 30s};
    double mean_;
    double direction_;
    Duration interval_ = 60s;
};

}  // namespace

std::vector<Kind> weather_kinds() {
    return {{.type = "station",
             .name = "Station",
             .schema = DeviceSchema{}
                           .series("temperature", "number", "Cel")
                           .series("humidity", "number", "%RH")
                           .series("pressure", "number", "hPa")
                           .series("wind_speed", "number", "m/s")
                           .series("wind_direction", "number", "deg")
                           .series("rain", "number", "mm/h")
                           .series("battery", "number", "V")
                           .command("set_interval", {{"interval_s", number_from(1, 3'600)}},
                                    {"interval_s"})
                           .config({{"interval_s", number_from(1, 3'600)}})
                           .take(),
             .make = make_model<Station>}};
}

}  // namespace tandem::simulate
