#pragma once

#include "base/error.h"
#include "simulate/model.h"

#include <optional>
#include <string_view>

namespace tandem::simulate {

/// Where a fleet lives.
enum class Scene : std::uint8_t { kHome, kFactory, kWeather };

[[nodiscard]] std::string_view name_of(Scene scene);
/// `home`, `factory` or `weather`.
[[nodiscard]] std::optional<Scene> scene_named(std::string_view name);

/// One kind of device of a scene.
struct Kind {
    std::string type;
    std::string name;  ///< for people
    Value schema;
    std::function<std::unique_ptr<Model>(std::uint64_t seed)> make;
};

template <typename T>
std::unique_ptr<Model> make_model(std::uint64_t seed) {
    return std::make_unique<T>(seed);
}

[[nodiscard]] std::vector<Kind> home_kinds();     ///< thermostat, lamp, door sensor, power meter
[[nodiscard]] std::vector<Kind> factory_kinds();  ///< press, conveyor, oven
[[nodiscard]] std::vector<Kind> weather_kinds();  ///< station

/// The devices of a scene, its kinds in turn: `home-lamp-1`, `factory-press-1`. `count` 0: as many
/// as the scene shows best.
[[nodiscard]] std::vector<Plan> plan_scene(Scene scene, std::size_t count);

}  // namespace tandem::simulate
