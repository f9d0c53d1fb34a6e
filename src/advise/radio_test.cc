#include "advise/radio.h"

#include <doctest/doctest.h>

namespace tandem::advise {
namespace {

const Constants kConstantsOfTable;

Workload on(NetworkKind kind) {
    Workload made;
    made.network.kind = kind;
    return made;
}

double energy(NetworkKind kind, Reach reach, const std::vector<Burst>& bursts) {
    const Workload workload = on(kind);
    Cost cost;
    Radio{kConstantsOfTable, workload}.spend(cost, reach, false, bursts);
    return cost.energy;
}

TEST_CASE("a Wi-Fi station that sleeps pays for joining, one that listens for listening") {
    // Nothing to say: a day of sleep is 16.5 µW, a day of listening 7.69 mW.
    CHECK(energy(NetworkKind::kWifi, Reach::kAsleep, {}) == doctest::Approx(1.43).epsilon(0.01));
    CHECK(energy(NetworkKind::kWifi, Reach::kPaged, {}) == doctest::Approx(664).epsilon(0.01));
    // A join is 1.022 J: 24 of them are 24.5 J beside the rest.
    const double hourly = energy(NetworkKind::kWifi, Reach::kAsleep, {{24, 0, 0}});
    CHECK(hourly == doctest::Approx(1.43 + 24 * (1.022 + 0.05 * 0.33)).epsilon(0.01));
}

TEST_CASE("whoever joins too often does better to stay") {
    const std::vector<Burst> every_minute{{1'440, 0.1, 100}};
    CHECK(energy(NetworkKind::kWifi, Reach::kAsleep, every_minute) ==
          energy(NetworkKind::kWifi, Reach::kPaged, every_minute));
}

TEST_CASE("a cellular modem pays for its tail, and once where messages come within it") {
    const std::vector<Burst> hourly{{24, 0.2, 0}};
    // 105 mJ to wake, 10 s at 30 mW, 0.2 s of receiving at 80 mW; 15 µW asleep.
    CHECK(energy(NetworkKind::kLteM, Reach::kAsleep, hourly) ==
          doctest::Approx(24 * (0.105 + 0.3 + 0.016) + 1.29).epsilon(0.01));
    const std::vector<Burst> often{{86'400, 0.01, 0}};
    CHECK(energy(NetworkKind::kLteM, Reach::kAsleep, often) ==
          energy(NetworkKind::kLteM, Reach::kConnected, often));
    CHECK(energy(NetworkKind::kNbIot, Reach::kAsleep, hourly) >
          energy(NetworkKind::kLteM, Reach::kAsleep, hourly));
}

TEST_CASE("to be paged costs more than sleep and less than a connection") {
    for (const NetworkKind kind : {NetworkKind::kWifi, NetworkKind::kLteM, NetworkKind::kNbIot}) {
        const double asleep = energy(kind, Reach::kAsleep, {});
        const double paged = energy(kind, Reach::kPaged, {});
        CHECK(asleep < paged);
        CHECK(paged < energy(kind, Reach::kConnected, {}));
    }
    CHECK(energy(NetworkKind::kEthernet, Reach::kConnected, {}) == 0);
}

TEST_CASE("a radio that is paged hears later than one that is connected") {
    const Workload lte = on(NetworkKind::kLteM);
    const Radio radio{kConstantsOfTable, lte};
    CHECK(radio.seconds_to_hear(Reach::kConnected, false) == 0);
    CHECK(radio.seconds_to_hear(Reach::kPaged, false) == doctest::Approx(2.56 + 1.5));
    const Workload wifi = on(NetworkKind::kWifi);
    CHECK(Radio{kConstantsOfTable, wifi}.seconds_to_hear(Reach::kPaged, true) ==
          doctest::Approx(0.1024));
}

}  // namespace
}  // namespace tandem::advise
