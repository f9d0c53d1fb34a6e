#include "simulate/scene.h"
#include "simulate/schema.h"
#include "simulate/signal.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tandem::simulate {
namespace {

/// The number `key` of `params` when it is within the bounds.
std::optional<double> number_within(const Value& params,
                                    std::string_view key,
                                    double lowest,
                                    double highest) {
    const Value* found = params.find(key);
    if (found == nullptr || !found->is_number()) return {};
    const double number = found->as_double();
    if (number < lowest || number > highest) return {};
    return number;
}

/// A press: a stroke every two seconds shows in force and vibration; its bearing wears slowly.
class Press final : public Model {
public:
    explicit Press(std::uint64_t seed) : noise_{seed}, wear_{0.2 * noise_.uniform()} {}

    Value::Object measure(Instant now) override {
        const double passed = seconds(watch_.lap(now));
        if (running_) phase_ += passed / 2;
        strokes_ += static_cast<std::int64_t>(phase_);
        phase_ -= std::floor(phase_);
        wear_ += passed / 3'600 / 100;
        // The die touches in the last fifth of the stroke.
        const double touch = running_ ? std::max(0.0, (phase_ - 0.8) / 0.2) : 0;
        const double hum = running_ ? 1.1 + 2 * wear_ : 0.05;
        return {{"vibration", rounded(std::abs(hum + 3.5 * touch + 0.15 * noise_.gauss()), 3)},
                {"force", rounded(820 * std::sin(touch * std::numbers::pi / 2) +
                                      2 * std::abs(noise_.gauss()),
                                  1)},
                {"strokes", strokes_}};
    }
    [[nodiscard]] Duration interval() const override { return 100ms; }
    [[nodiscard]] Value state() const override { return Value::Object{{"running", running_}}; }
    Outcome carry_out(const std::string& command, const Value& params) override {
        if (command != "start" && command != "stop") return Model::carry_out(command, params);
        running_ = command == "start";
        return {.done = true, .result = state()};
    }

private:
    Noise noise_;
    Stopwatch watch_;
    bool running_ = true;
    double phase_ = 0;
    double wear_;
    std::int64_t strokes_ = 0;
};

/// A belt: follows the speed that is set with its inertia, draws more with more on it.
class Conveyor final : public Model {
public:
    explicit Conveyor(std::uint64_t seed) : noise_{seed} {}

    Value::Object measure(Instant now) override {
        const Duration passed = watch_.lap(now);
        speed_ += (wanted_ - speed_) * (1 - std::exp(-seconds(passed) / 3));
        carried_ += speed_ * seconds(passed) * 1.4;
        const double load = std::max(0.0, 0.5 + load_.step(passed, noise_));
        return {{"speed", rounded(speed_ + 0.004 * noise_.gauss() * speed_, 3)},
                {"current", rounded(0.4 + speed_ * (1.6 + load), 2)},
                {"items", static_cast<std::int64_t>(carried_)}};
    }
    [[nodiscard]] Duration interval() const override { return 1s; }
    [[nodiscard]] Value state() const override { return Value::Object{{"speed", wanted_}}; }
    Outcome carry_out(const std::string& command, const Value& params) override {
        if (command != "set_speed") return Model::carry_out(command, params);
        const auto speed = number_within(params, "speed", 0, 2.5);
        if (!speed) return cannot("speed is a number of metres a second from 0 to 2.5");
        wanted_ = *speed;
        return {.done = true, .result = state()};
    }
    void configure(const Value& config) override {
        wanted_ = number_within(config, "speed", 0, 2.5).value_or(wanted_);
    }

private:
    Noise noise_;
    Stopwatch watch_;
    Wander load_{0.3, 40s};
    double wanted_ = 1.2;
    double speed_ = 0;
    double carried_ = 0;
};

/// An oven: heats in minutes towards what is set; its fan can be set too.
class Oven final : public Model {
public:
    explicit Oven(std::uint64_t seed) : noise_{seed} {}

    Value::Object measure(Instant now) override {
        const double passed = std::min(seconds(watch_.lap(now)), 60.0);
        const double heat = std::clamp((target_ - inside_) * 4, 0.0, 100.0);
        // Full heat gives 1.5 degrees a second; walls and fan carry warmth away.
        inside_ += passed * (heat * 0.015 - (inside_ - 22) * (0.0012 + fan_ * 4e-6));
        return {{"temperature", rounded(inside_ + 0.2 * noise_.gauss(), 1)},
                {"heating", rounded(heat, 1)},
                {"fan", rounded(fan_, 0)}};
    }
    [[nodiscard]] Duration interval() const override { return 500ms; }
    [[nodiscard]] Value state() const override {
        return Value::Object{{"target", target_}, {"fan", fan_}};
    }
    Outcome carry_out(const std::string& command, const Value& params) override {
        if (command == "set_target") {
            const auto target = number_within(params, "target", 20, 320);
            if (!target) return cannot("target is a number of degrees from 20 to 320");
            target_ = *target;
        } else if (command == "set_speed") {
            const auto fan = number_within(params, "speed", 0, 100);
            if (!fan) return cannot("speed is a number of percent from 0 to 100");
            fan_ = *fan;
        } else {
            return Model::carry_out(command, params);
        }
        return {.done = true, .result = state()};
    }
    void configure(const Value& config) override {
        target_ = number_within(config, "target", 20, 320).value_or(target_);
        fan_ = number_within(config, "fan", 0, 100).value_or(fan_);
    }

private:
    Noise noise_;
    Stopwatch watch_;
    double inside_ = 180;
    double target_ = 220;
    double fan_ = 60;
};

}  // namespace

std::vector<Kind> factory_kinds() {
    return {
        {.type = "press",
         .name = "Press",
         .schema = DeviceSchema{}
                       .series("vibration", "number", "mm/s")
                       .series("force", "number", "kN")
                       .series("strokes", "integer")
                       .command("start", {})
                       .command("stop", {})
                       .take(),
         .make = make_model<Press>},
        {.type = "conveyor",
         .name = "Conveyor",
         .schema = DeviceSchema{}
                       .series("speed", "number", "m/s")
                       .series("current", "number", "A")
                       .series("items", "integer")
                       .command("set_speed", {{"speed", number_from(0, 2.5)}}, {"speed"})
                       .config({{"speed", number_from(0, 2.5)}})
                       .take(),
         .make = make_model<Conveyor>},
        {.type = "oven",
         .name = "Oven",
         .schema = DeviceSchema{}
                       .series("temperature", "number", "Cel")
                       .series("heating", "number", "%")
                       .series("fan", "number", "%")
                       .command("set_target", {{"target", number_from(20, 320)}}, {"target"})
                       .command("set_speed", {{"speed", number_from(0, 100)}}, {"speed"})
                       .config({{"target", number_from(20, 320)}, {"fan", number_from(0, 100)}})
                       .take(),
         .make = make_model<Oven>},
    };
}

}  // namespace tandem::simulate
