// What the log says of the audit, for those who keep the log on another machine.
#include "api/audit.h"
#include "conformance/captured_log.h"
#include "simulation/served_hub.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

namespace tandem::simulation {
namespace {

const TenantId kGuest{"guest"};

/// A hub with a second tenant, and what is noted of its audit.
struct House {
    House() {
        hub.hub->policies.put(Tenant{.id = kGuest, .name = {}, .created = {}, .deleted = {}});
    }

    void act(const TenantId& tenant) {
        AuditLine line = api::line_of_hub(hub.world(), "hub.reload", "ok");
        line.tenant = tenant;
        api::audit(hub.world(), std::move(line));
        hub.settle();
    }
    void note_with(const char* action) {
        spawn(anchors.note_with(api::line_of_hub(hub.world(), action, "ok")));
        hub.settle();
    }
    /// As the log would say it of the newest line that the tenant has.
    std::string anchor_of(const TenantId& tenant) {
        std::string out;
        const auto look = [](House* at, TenantId of, std::string* into) -> Task<void> {
            auto lines =
                co_await at->hub.world().registry().audit({.tenant = of, .after = {}, .limit = 1});
            REQUIRE(lines);
            REQUIRE(lines->size() == 1);
            const ChainHead head = head_after(lines->front());
            *into = fmt::format("{}:{}:{}", of.text(), head.number, head.hash);
        };
        spawn(look(this, tenant, &out));
        hub.settle();
        return out;
    }

    ServedHub hub;
    api::Anchors anchors{hub.world()};
};

// The anchors of the log, in order, and nothing else of it.
std::string anchors_in(const std::string& log) {
    constexpr std::string_view mark = " audit anchor=";
    std::string out;
    for (std::size_t at = log.find(mark); at != std::string::npos; at = log.find(mark, at)) {
        at += mark.size();
        out += log.substr(at, log.find('\n', at) - at) + " ";
    }
    return out;
}

}  // namespace

TEST_CASE(
    "at any log level, the log has the newest line of each tenant when the hub starts, every "
    "hour and when it stops") {
    House house;
    house.act(kGuest);
    const conformance::CapturedLog log;
    set_log_level(LogLevel::kError);
    house.note_with("hub.start");
    std::string expected =
        house.anchor_of(kGuest) + " " + house.anchor_of(house.hub.hub->home) + " ";
    CHECK(anchors_in(log.text()) == expected);

    house.anchors.note_hourly();
    house.act(kGuest);
    house.hub.pass(59min);
    CHECK(anchors_in(log.text()) == expected);
    house.hub.pass(2min);
    // Only that of the tenant that has another line.
    expected += house.anchor_of(kGuest) + " ";
    CHECK(anchors_in(log.text()) == expected);
    house.hub.pass(1h);
    CHECK(anchors_in(log.text()) == expected);
    house.act(house.hub.hub->home);
    house.hub.pass(1h);
    expected += house.anchor_of(house.hub.hub->home) + " ";
    CHECK(anchors_in(log.text()) == expected);

    house.note_with("hub.stop");
    expected += house.anchor_of(house.hub.hub->home) + " ";
    CHECK(anchors_in(log.text()) == expected);
}

}  // namespace tandem::simulation
