#include "simulate/scene.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tandem::simulate {
namespace {

struct SceneRow {
    Scene scene;
    std::string_view name;
    std::vector<Kind> (*kinds)();
    std::size_t count;
    std::array<std::string_view, 4> places;  // One after the other for devices of one kind.
};

constexpr std::array kScenes{
    SceneRow{Scene::kHome, "home", home_kinds, 4, {"kitchen", "study", "bedroom", "hall"}},
    SceneRow{Scene::kFactory,
             "factory",
             factory_kinds,
             3,
             {"line-1", "line-2", "line-3", "line-4"}},
    SceneRow{Scene::kWeather, "weather", weather_kinds, 3, {"ridge", "valley", "shore", "forest"}},
};

const SceneRow& row(Scene scene) {
    return *std::ranges::find(kScenes, scene, &SceneRow::scene);
}

}  // namespace

std::string_view name_of(Scene scene) {
    return row(scene).name;
}

std::optional<Scene> scene_named(std::string_view name) {
    const auto* found = std::ranges::find(kScenes, name, &SceneRow::name);
    if (found == kScenes.end()) return {};
    return found->scene;
}

std::vector<Plan> plan_scene(Scene scene, std::size_t count) {
    const SceneRow& described = row(scene);
    const std::vector<Kind> kinds = described.kinds();
    if (count == 0) count = described.count;
    std::vector<Plan> plans;
    for (std::size_t at = 0; at < count; ++at) {
        const Kind& kind = kinds[at % kinds.size()];
        const std::size_t number = at / kinds.size() + 1;
        const std::string_view place = described.places[(number - 1) % described.places.size()];
        plans.push_back({.id = fmt::format("{}-{}-{}", described.name, kind.type, number),
                         .name = fmt::format("{} {}", kind.name, number),
                         .type = kind.type,
                         .labels = {{"scene", described.name}, {"place", place}},
                         .schema = kind.schema,
                         .make = kind.make});
    }
    return plans;
}

}  // namespace tandem::simulate
