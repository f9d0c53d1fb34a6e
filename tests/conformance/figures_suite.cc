#include "conformance/suites.h"

namespace tandem::conformance {
namespace {

const DeviceRef kMeter = ref("meter-1");

}  // namespace

void figures_suite(const MakeEngine& make) {
    Fixture at{make};
    const auto figures = [&] { return at.engine().figures(); };

    SUBCASE("a fresh store takes writes, says what it is, and has counted nothing") {
        CHECK(at.engine().state() == StoreState::kWriting);
        CHECK(figures().state == StoreState::kWriting);
        CHECK_FALSE(figures().engine.empty());
        CHECK_FALSE(figures().durability.empty());
        CHECK(figures().messages == 0);
        CHECK(figures().stored + figures().replaced + figures().repeated == 0);
        CHECK(figures().changes == 0);
    }
    SUBCASE("readings are counted once they are acknowledged, by what became of them") {
        at.get(at.write(kMeter, {reading(kNoon, 1), reading(kNoon + 1s, 2)}));
        at.get(at.write(kMeter, {reading(kNoon, 1), reading(kNoon + 1s, 3)}));
        CHECK(figures().messages == 2);
        CHECK(figures().stored == 2);
        CHECK(figures().replaced == 1);
        CHECK(figures().repeated == 1);
    }
    SUBCASE("a message of many devices is one") {
        std::vector<DeviceReadings> batch;
        batch.push_back({.device = kMeter, .readings = {reading(kNoon, 1)}});
        batch.push_back({.device = ref("meter-2"), .readings = {reading(kNoon, 1)}});
        at.get(at.telemetry().write(std::move(batch)));
        CHECK(figures().messages == 1);
        CHECK(figures().stored == 2);
    }
    SUBCASE("transactions of the registry are counted, those that fail are not") {
        at.get(at.commit({made(kMeter)}));
        CHECK(at.failure(at.commit({made(kMeter)})) == ErrorCode::kAlreadyExists);
        CHECK(figures().changes == 1);
        CHECK(figures().messages == 0);
    }
}

}  // namespace tandem::conformance
