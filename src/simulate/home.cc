#include "simulate/scene.h"
#include "simulate/schema.h"
#include "simulate/signal.h"

#include <algorithm>
#include <cmath>

namespace tandem::simulate {
namespace {

/// A room with a radiator: heats below the target, cools towards the weather outside.
class Thermostat final : public Model {
public:
    explicit Thermostat(std::uint64_t seed) : noise_{seed}, room_{19 + 2 * noise_.uniform()} {}

    Value::Object measure(Instant now) override {
        const double passed = std::min(seconds(watch_.lap(now)), 600.0);
        const double outside = 8 + 6 * day_curve(now, 15) + weather_.step(15min, noise_);
        // A room loses its warmth in hours; its radiator gives 6 degrees an hour.
        room_ += passed * ((outside - room_) / 18'000 + (heating_ ? 6.0 / 3'600 : 0));
        if (room_ < target_ - 0.2) heating_ = true;
        if (room_ > target_ + 0.2) heating_ = false;
        const double humidity = 45 - 2 * (room_ - 20) + damp_.step(Duration{5s}, noise_);
        return {{"temperature", rounded(room_ + 0.03 * noise_.gauss(), 2)},
                {"humidity", rounded(std::clamp(humidity, 20.0, 90.0), 1)},
                {"heating", heating_}};
    }
    [[nodiscard]] Duration interval() const override { return 5s; }
    [[nodiscard]] Value state() const override {
        return Value::Object{{"target", target_}, {"heating", heating_}};
    }
    Outcome carry_out(const std::string& command, const Value& params) override {
        if (command != "set_target") return Model::carry_out(command, params);
        if (!aim(params)) return cannot("target is a number from 5 to 30");
        return {.done = true, .result = state()};
    }
    void configure(const Value& config) override { aim(config); }

private:
    bool aim(const Value& wanted) {
        const Value* target = wanted.find("target");
        if (target == nullptr || !target->is_number()) return false;
        if (target->as_double() < 5 || target->as_double() > 30) return false;
        target_ = target->as_double();
        return true;
    }

    Noise noise_;
    Stopwatch watch_;
    Wander weather_{2, 3h};
    Wander damp_{3, 1h};
    double room_;
    double target_ = 21;
    bool heating_ = false;
};

/// A lamp that can be dimmed and says what it draws.
class Lamp final : public Model {
public:
    explicit Lamp(std::uint64_t seed) : noise_{seed} {}

    Value::Object measure(Instant /*now*/) override {
        const double drawn = on_ ? 0.5 + 0.085 * brightness_ + 0.05 * noise_.gauss() : 0.3;
        return {{"power", rounded(drawn, 2)}};
    }
    [[nodiscard]] Duration interval() const override { return 5s; }
    [[nodiscard]] Value state() const override {
        return Value::Object{{"on", on_}, {"brightness", rounded(brightness_, 0)}};
    }
    Outcome carry_out(const std::string& command, const Value& params) override {
        if (command != "set") return Model::carry_out(command, params);
        configure(params);
        return {.done = true, .result = state()};
    }
    void configure(const Value& config) override {
        const Value* on = config.find("on");
        if (on != nullptr && on->get<bool>() != nullptr) on_ = *on->get<bool>();
        const Value* brightness = config.find("brightness");
        if (brightness != nullptr && brightness->is_number()) {
            brightness_ = std::clamp(brightness->as_double(), 0.0, 100.0);
        }
    }

private:
    Noise noise_;
    bool on_ = true;
    double brightness_ = 80;
};

/// A contact at a door: mostly shut, opened a few times an hour by day.
class DoorSensor final : public Model {
public:
    explicit DoorSensor(std::uint64_t seed) : noise_{seed}, battery_{70 + 30 * noise_.uniform()} {}

    Value::Object measure(Instant now) override {
        const double passed = seconds(watch_.lap(now));
        const double per_hour = 8 * (1.2 + day_curve(now, 17)) / 2.2;
        open_ = open_ ? !noise_.chance(1 - std::exp(-passed / 20))
                      : noise_.chance(1 - std::exp(-passed * per_hour / 3'600));
        battery_ = std::max(0.0, battery_ - passed / 3'600 / 240);
        return {{"open", open_}, {"battery", rounded(battery_, 1)}};
    }
    [[nodiscard]] Duration interval() const override { return 10s; }
    [[nodiscard]] Value state() const override { return Value::Object{{"firmware", "1.4.2"}}; }

private:
    Noise noise_;
    Stopwatch watch_;
    bool open_ = false;
    double battery_;
};

/// The meter of the whole house: a base load, evenings, and a kettle now and then.
class PowerMeter final : public Model {
public:
    explicit PowerMeter(std::uint64_t seed)
        : noise_{seed}, energy_{4'000 + 1'000 * noise_.uniform()} {}

    Value::Object measure(Instant now) override {
        const Duration passed = watch_.lap(now);
        if (kettle_ > 0us) {
            kettle_ -= std::min(passed, kettle_);
        } else if (noise_.chance(seconds(passed) / 3'600)) {
            kettle_ = 150s;
        }
        const double load = 280 + 120 * day_curve(now, 19) + load_.step(passed, noise_) +
                            (kettle_ > 0us ? 2'000 : 0);
        const double power = std::max(load, 40.0);
        energy_ += power * seconds(passed) / 3.6e6;
        return {{"power", rounded(power, 1)},
                {"voltage", rounded(230 + grid_.step(passed, noise_), 1)},
                {"energy", rounded(energy_, 4)}};
    }
    [[nodiscard]] Duration interval() const override { return 2s; }
    [[nodiscard]] Value state() const override { return Value::Object{{"phases", 1}}; }

private:
    Noise noise_;
    Stopwatch watch_;
    Wander load_{40, 2min};
    Wander grid_{1.5, 5min};
    Duration kettle_{0};
    double energy_;
};

}  // namespace

std::vector<Kind> home_kinds() {
    return {
        {.type = "thermostat",
         .name = "Thermostat",
         .schema = DeviceSchema{}
                       .series("temperature", "number", "Cel")
                       .series("humidity", "number", "%RH")
                       .series("heating", "boolean")
                       .command("set_target", {{"target", number_from(5, 30)}}, {"target"})
                       .config({{"target", number_from(5, 30)}})
                       .take(),
         .make = make_model<Thermostat>},
        {.type = "lamp",
         .name = "Lamp",
         .schema = DeviceSchema{}
                       .series("power", "number", "W")
                       .command("set", {{"on", boolean()}, {"brightness", number_from(0, 100)}})
                       .config({{"on", boolean()}, {"brightness", number_from(0, 100)}})
                       .take(),
         .make = make_model<Lamp>},
        {.type = "door-sensor",
         .name = "Door",
         .schema = DeviceSchema{}.series("open", "boolean").series("battery", "number", "%").take(),
         .make = make_model<DoorSensor>},
        {.type = "power-meter",
         .name = "Meter",
         .schema = DeviceSchema{}
                       .series("power", "number", "W")
                       .series("voltage", "number", "V")
                       .series("energy", "number", "kWh")
                       .take(),
         .make = make_model<PowerMeter>},
    };
}

}  // namespace tandem::simulate
