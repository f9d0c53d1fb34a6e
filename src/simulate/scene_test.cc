#include "simulate/scene.h"

#include "base/id.h"
#include "client/call.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>

namespace tandem::simulate {
namespace {

constexpr Instant kNoon{Duration{1'700'000'000'000'000}};

std::vector<Kind> all_kinds() {
    std::vector<Kind> all = home_kinds();
    for (const auto& more : {factory_kinds(), weather_kinds()})
        all.insert(all.end(), more.begin(), more.end());
    return all;
}

std::unique_ptr<Model> make(std::string_view type) {
    for (const Kind& kind : all_kinds()) {
        if (kind.type == type) return kind.make(1);
    }
    FAIL("no such kind");
    return nullptr;
}

double measured(Model& model, Instant now, std::string_view series) {
    return client::number_at(Value{model.measure(now)}, series);
}

// The value of `series` after `model` has run for a while.
double after(Model& model, Duration span, Duration step, std::string_view series) {
    double last = 0;
    for (Duration passed{0}; passed <= span; passed += step)
        last = measured(model, kNoon + passed, series);
    return last;
}

}  // namespace

TEST_CASE("a scene") {
    SUBCASE("is found by its name, and by no other") {
        for (const Scene scene : {Scene::kHome, Scene::kFactory, Scene::kWeather}) {
            CHECK(scene_named(name_of(scene)) == scene);
        }
        CHECK(!scene_named("office"));
        CHECK(!scene_named(""));
    }

    SUBCASE("has as many devices as wanted, each with an id of its own that the hub takes") {
        for (const Scene scene : {Scene::kHome, Scene::kFactory, Scene::kWeather}) {
            const auto plans = plan_scene(scene, 250);
            std::set<std::string> ids;
            for (const Plan& plan : plans) {
                CHECK(is_name(plan.id));
                ids.insert(plan.id);
            }
            CHECK(ids.size() == 250);
        }
    }

    SUBCASE("shows each of its kinds when nobody says how many") {
        CHECK(plan_scene(Scene::kHome, 0).size() == home_kinds().size());
        CHECK(plan_scene(Scene::kHome, 0).at(1).id == "home-lamp-1");
        CHECK(plan_scene(Scene::kFactory, 0).size() == factory_kinds().size());
        CHECK(plan_scene(Scene::kWeather, 0).size() == 3);
    }
}

TEST_CASE("every kind of device") {
    for (const Kind& kind : all_kinds()) {
        CAPTURE(kind.type);
        const auto model = kind.make(42);

        // The same seed and times give the same readings.
        const auto twin = kind.make(42);
        for (int at = 0; at < 50; ++at) {
            const Instant now = kNoon + at * model->interval();
            CHECK(Value{model->measure(now)} == Value{twin->measure(now)});
        }

        // It measures the series that it declares, and finite numbers only.
        const Value* declared = kind.schema.find("series");
        REQUIRE(declared != nullptr);
        const Value::Object readings = model->measure(kNoon + 1h);
        CHECK(readings.size() == declared->get<Value::Object>()->size());
        for (const auto& [series, value] : readings) {
            CAPTURE(series);
            CHECK(declared->find(series) != nullptr);
            if (value.is_number()) CHECK(std::isfinite(value.as_double()));
        }

        // What nobody has taught it fails, with a word why.
        const Outcome outcome = model->carry_out("sing", {});
        CHECK(!outcome.done);
        CHECK(client::text_at(outcome.result, "error").contains("sing"));

        CHECK(model->interval() > 0us);
        CHECK(model->state().get<Value::Object>() != nullptr);
    }
}

TEST_CASE("every kind survives a day's silence and a clock that is set back") {
    for (const Kind& kind : all_kinds()) {
        CAPTURE(kind.type);
        const auto model = kind.make(1);
        static_cast<void>(model->measure(kNoon));
        static_cast<void>(model->measure(kNoon + 24h));
        for (const auto& [series, value] : model->measure(kNoon)) {
            CAPTURE(series);
            if (value.is_number()) CHECK(std::isfinite(value.as_double()));
        }
    }
}

TEST_CASE("a thermostat") {
    const auto model = make("thermostat");

    SUBCASE("heats its room to the target and holds it there") {
        CHECK(model->carry_out("set_target", Value::Object{{"target", 23}}).done);
        CHECK(after(*model, 6h, 30s, "temperature") == doctest::Approx(23).epsilon(0.05));
    }

    SUBCASE("takes its target from the config, and says so") {
        model->configure(Value::Object{{"target", 17.5}, {"unknown", true}});
        CHECK(client::number_at(model->state(), "target") == 17.5);
    }

    SUBCASE("refuses a target that no room has") {
        for (const Value::Object& params :
             {Value::Object{{"target", 4}}, Value::Object{{"target", "warm"}}, Value::Object{}}) {
            CHECK(!model->carry_out("set_target", params).done);
        }
        CHECK(client::number_at(model->state(), "target") == 21);
    }
}

TEST_CASE("a lamp") {
    const auto model = make("lamp");

    SUBCASE("draws more when it is brighter and next to nothing when it is off") {
        CHECK(model->carry_out("set", Value::Object{{"on", true}, {"brightness", 100}}).done);
        const double bright = measured(*model, kNoon, "power");
        CHECK(model->carry_out("set", Value::Object{{"brightness", 10}}).done);
        const double dim = measured(*model, kNoon + 5s, "power");
        CHECK(model->carry_out("set", Value::Object{{"on", false}}).done);
        const double off = measured(*model, kNoon + 10s, "power");
        CHECK(bright > dim);
        CHECK(dim > off);
        CHECK(off < 0.5);
    }

    SUBCASE("answers a command with its state") {
        const Outcome outcome =
            model->carry_out("set", Value::Object{{"on", true}, {"brightness", 40}});
        CHECK(outcome.result == model->state());
        CHECK(client::number_at(outcome.result, "brightness") == 40);
    }
}

TEST_CASE("a conveyor follows the speed that is set, with its inertia") {
    const auto model = make("conveyor");
    static_cast<void>(after(*model, 60s, 1s, "speed"));
    CHECK(model->carry_out("set_speed", Value::Object{{"speed", 2}}).done);
    const double soon = measured(*model, kNoon + 61s, "speed");
    CHECK(soon > 1.2);
    CHECK(soon < 1.9);
    CHECK(measured(*model, kNoon + 90s, "speed") == doctest::Approx(2).epsilon(0.03));
    CHECK(!model->carry_out("set_speed", Value::Object{{"speed", 9}}).done);
}

TEST_CASE("a press that is stopped strikes no more") {
    const auto model = make("press");
    const double running = after(*model, 20s, 100ms, "strokes");
    CHECK(running >= 9);
    CHECK(model->carry_out("stop", {}).done);
    CHECK(measured(*model, kNoon + 40s, "strokes") == running);
}

TEST_CASE("an oven reaches what is set") {
    const auto model = make("oven");
    CHECK(model->carry_out("set_target", Value::Object{{"target", 250}}).done);
    CHECK(model->carry_out("set_speed", Value::Object{{"speed", 30}}).done);
    CHECK(after(*model, 20min, 500ms, "temperature") == doctest::Approx(250).epsilon(0.08));
    CHECK(client::number_at(model->state(), "fan") == 30);
}

TEST_CASE("a weather station measures as often as it is told") {
    const auto model = make("station");
    CHECK(model->interval() == 60s);
    CHECK(model->carry_out("set_interval", Value::Object{{"interval_s", 10}}).done);
    CHECK(model->interval() == 10s);
    CHECK(!model->carry_out("set_interval", Value::Object{{"interval_s", 0}}).done);
}

}  // namespace tandem::simulate
