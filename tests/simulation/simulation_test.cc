// The whole hub with its clients in one process: time, chance, network and commits are virtual, and
// what goes wrong follows from a seed. A failure names the seed; TANDEM_SEED=n repeats it alone.
#include "codec/json.h"
#include "simulation/fleet.h"

#include <doctest/doctest.h>

#include <cstdlib>

namespace tandem::simulation {
namespace {

constexpr Weather kStorm{.latency_min = 200us,
                         .latency_max = 20ms,
                         .pieces = true,
                         .cut_one_in = 600};
constexpr std::size_t kDevices = 3;  // On each door.

std::uint64_t number_of(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// One run: clients at work through cuts and crashes, then a quiet hub that is asked what it knows.
class Story {
public:
    explicit Story(std::uint64_t seed)
        : world_{seed}, network_{world_, {}}, hub_{world_, network_, {.rules = unhurried()}} {
        hub_.start();
    }

    void tell() {
        make_devices();
        network_.weather() = kStorm;
        start_clients();
        for (int crash = 0; crash < 4; ++crash) {
            world_.run_for(world_.between(3s, 8s));
            hub_.crash();
            world_.run_for(world_.between(10ms, 2s));
            network_.weather().cut_one_in = 0;  // Starting is not what is tested.
            hub_.start();
            network_.weather() = kStorm;
            ++crashes_;
        }
        network_.weather() = {};
        world_.run_for(5s);
        run_.asking = false;
        world_.run_for(60s);  // All that is open comes to its end.
        run_.going = false;
        REQUIRE(world_.run_until([&] { return run_.busy == 0; }, 600s));
    }

    void check_promises() {
        for (const std::string& each : ledger_.wrong)
            FAIL_CHECK(each);
        check_readings();
        check_commands();
        check_config();
    }

    [[nodiscard]] const Ledger& ledger() const { return ledger_; }
    [[nodiscard]] std::size_t cuts() const { return network_.cuts(); }
    [[nodiscard]] std::size_t crashes() const { return crashes_; }

    /// A summary that is equal for equal seeds.
    [[nodiscard]] std::string summary() {
        std::string out = std::to_string(world_.monotonic().time_since_epoch().count());
        for (const auto& [device, told] : ledger_.readings) {
            out += ' ' + std::to_string(told.tried.size()) + '/' +
                   std::to_string(told.acknowledged.size());
        }
        for (const auto& [device, ids] : ledger_.commands)
            out += ' ' + std::to_string(ids.size());
        return out + ' ' + std::to_string(ledger_.refused) + ' ' + std::to_string(network_.cuts()) +
               ' ' + std::to_string(world_.random().next());
    }

private:
    // Budgets have tests of their own.
    static api::Rules unhurried() {
        api::Rules rules;
        rules.rates.requests = {.per_second = 1e6, .burst = 1e6};
        rules.rates.device_requests = rules.rates.requests;
        return rules;
    }

    Result<client::Reply> ask(client::Call call) {
        Machine machine{world_};
        client::RestClient hub{machine, access_as(hub_.admin_key()),
                               connect_from(network_, machine)};
        return finish(world_, hub.call(std::move(call)));
    }

    void make_devices() {
        for (std::size_t at = 0; at < 2 * kDevices; ++at) {
            const std::string id = (at < kDevices ? "rest-" : "socket-") + std::to_string(at);
            REQUIRE(ask({.operation = "devices.create", .body = Value::Object{{"id", id}}}));
            const auto key = ask({.operation = "keys.create",
                                  .path = Value::Object{{"device", id}},
                                  .body = Value::Object{}});
            REQUIRE(key);
            keys_[id] = client::text_at(key->body, "key");
        }
    }

    void start_clients() {
        std::size_t at = 0;
        for (const auto& [id, key] : keys_) {
            const auto encoding =
                ++at % 2 == 0 ? contract::Encoding::kCbor : contract::Encoding::kJson;
            id.starts_with("rest") ? void(spawn(rest_device(&run_, id, key)))
                                   : void(spawn(socket_device(&run_, id, key, encoding)));
            spawn(operator_of(&run_, id, hub_.admin_key()));
        }
        spawn(watcher(&run_, hub_.admin_key(), contract::Encoding::kJson));
        spawn(watcher(&run_, hub_.admin_key(), contract::Encoding::kCbor));
    }

    // Every acknowledged reading is in the history; nothing is that nobody sent.
    void check_readings() {
        for (const auto& [device, told] : ledger_.readings) {
            const auto history =
                ask({.operation = "telemetry.read",
                     .path = Value::Object{{"device", device}},
                     .query = Value::Object{{"series", "count"}, {"limit", 100'000}}});
            REQUIRE(history);
            std::map<std::int64_t, std::int64_t> stored;
            for (const Value& each : client::items_at(history->body, "readings")) {
                const auto time = static_cast<std::int64_t>(client::number_at(each, "t"));
                const auto value = static_cast<std::int64_t>(client::number_at(each, "v"));
                CHECK_MESSAGE(told.tried.contains({time, value}),
                              device << ": a reading of nobody");
                stored[time] = value;
            }
            for (const auto& [time, value] : told.acknowledged) {
                CHECK_MESSAGE(stored[time] == value, device << ": an acknowledged reading is lost");
            }
        }
    }

    // Every accepted command has been carried out once, and its sender can see so.
    void check_commands() {
        for (const auto& [device, ids] : ledger_.commands) {
            for (const std::string& id : ids) {
                const auto command =
                    ask({.operation = "commands.get",
                         .path = Value::Object{{"device", device}, {"command", id}}});
                REQUIRE_MESSAGE(command, device << ": an accepted command is lost");
                CHECK_MESSAGE(client::text_at(command->body, "status") == "done",
                              device << ": " << codec::to_json(command->body));
                CHECK_MESSAGE(ledger_.carried_out[device][id] == 1, device << ": " << id);
            }
        }
    }

    void check_config() {
        for (const auto& [device, version] : ledger_.config) {
            const auto config =
                ask({.operation = "config.get", .path = Value::Object{{"device", device}}});
            REQUIRE(config);
            const std::string tag = client::text_at(config->headers, "etag");
            CHECK_MESSAGE(std::stoll(tag.substr(1)) >= version,
                          device << ": a change of config is lost");
        }
    }

    World world_;
    Network network_;
    Ledger ledger_;
    HubInABox hub_;
    Run run_{.world = world_, .network = network_, .ledger = ledger_};
    std::map<std::string, std::string> keys_;
    std::size_t crashes_ = 0;
};

TEST_CASE(
    "through cuts and crashes nothing that was acknowledged is lost and nothing comes twice") {
    const std::uint64_t only = number_of("TANDEM_SEED", 0);
    const std::uint64_t first = only != 0 ? only : 1;
    const std::uint64_t count = only != 0 ? 1 : number_of("TANDEM_SEEDS", 10);
    std::size_t readings = 0;
    std::size_t commands = 0;
    std::size_t cuts = 0;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        CAPTURE(seed);
        Story story{seed};
        story.tell();
        story.check_promises();
        for (const auto& [device, told] : story.ledger().readings)
            readings += told.acknowledged.size();
        for (const auto& [device, ids] : story.ledger().commands)
            commands += ids.size();
        cuts += story.cuts();
        CHECK(story.crashes() == 4);
    }
    // A run in which nothing happened would prove nothing.
    CHECK(readings > 500 * count);
    CHECK(commands > 20 * count);
    CHECK(cuts > 10 * count);
    MESSAGE(count << " seeds: " << readings << " readings and " << commands
                  << " commands acknowledged, " << cuts << " connections cut");
}

TEST_CASE("the same seed tells the same story") {
    const auto tell = [] {
        Story story{42};
        story.tell();
        return story.summary();
    };
    CHECK(tell() == tell());
}

}  // namespace
}  // namespace tandem::simulation
