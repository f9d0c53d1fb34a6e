#include "api/world.h"

#include "advise/amount.h"
#include "api/device_state.h"
#include "api/ledgers.h"
#include "api/streams.h"
#include "base/check.h"

namespace tandem::api {

Hub::Hub(const Clock& the_clock, Random& the_random, Rules the_rules, std::string pepper)
    : clock{the_clock},
      random{the_random},
      rules{std::move(the_rules)},
      credentials{std::move(pepper)},
      sessions{the_random},
      budgets{rules.rates},
      login_account{"login.account", "too many logins to this account have failed",
                    rules.login_account},
      login_address{"login.address", "too many logins from this address have failed",
                    rules.login_address},
      login_starts{"login.starts", "too many logins from this address have begun",
                   rules.login_starts},
      device_connects{"ws.device_connects", "the device opens sockets too often",
                      rules.device_connects},
      connects{"ws.connects", "sockets are opened too often", rules.connects},
      device_quota{"tenant.devices", "devices", ErrorCode::kConflict, rules.devices},
      socket_quota{"tenant.sockets", "sockets", ErrorCode::kRateLimited, rules.sockets},
      oauth{rules.oauth},
      in_flight{rules.in_flight},
      started{the_clock.now()},
      zone_named{[](const std::string&) -> Result<codec::TimeZone> {
          return fail(ErrorCode::kNotFound, "no time zones are known");
      }} {
    constants.put(advise::Constant::kPingMost, advise::seconds(rules.doors.ping_interval));
    constants.put(advise::Constant::kRestIdle, advise::seconds(rules.doors.idle_time));
}

void Hub::count_limit(std::string_view limit) {
    metrics.counter("tandem_limit_hits_total", "limit=\"" + std::string{limit} + "\"").add();
}

Shard& Hub::owner(const DeviceRef& device) const {
    check(!shards.empty());
    return *shards[std::hash<DeviceRef>{}(device) % shards.size()];
}

Shard::Shard(Hub& the_hub, Executor& the_executor, Stores the_stores)
    : hub{the_hub},
      executor{the_executor},
      stores{the_stores},
      devices{std::make_unique<DeviceStates>()},
      streams{std::make_unique<Streams>(*stores.log,
                                        executor,
                                        hub.clock,
                                        hub.metrics,
                                        hub.rules.streams)},
      ledgers{std::make_unique<Ledgers>(hub.metrics.gauge("tandem_ledger_devices"))},
      reading{executor, hub.rules.reads},
      labour{executor, {.places = 1, .of_one = 1, .waiting = 256, .limit = "worker.waiting"}},
      policy{executor} {}

Shard::~Shard() = default;

namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kTimeLength = 10;
constexpr std::size_t kRandomLength = 16;

std::string one_more(std::string digits) {
    for (std::size_t at = digits.size(); at-- > 0;) {
        const std::size_t digit = kAlphabet.find(digits[at]);
        digits[at] = kAlphabet[(digit + 1) % kAlphabet.size()];
        if (digit + 1 < kAlphabet.size()) break;
    }
    return digits;
}

}  // namespace

std::string Ids::next(Instant now, Random& random) {
    std::string fresh(kTimeLength, '0');
    auto ms = static_cast<std::uint64_t>(now.time_since_epoch() / 1ms);
    for (std::size_t at = kTimeLength; at-- > 0; ms >>= 5U)
        fresh[at] = kAlphabet[ms & 31U];
    const Lock held{mutex_};
    if (std::string_view{last_}.substr(0, kTimeLength) < fresh) {
        last_ = fresh + random.text(kRandomLength, kAlphabet);
    } else if (last_.size() == kTimeLength) {
        last_ += random.text(kRandomLength, kAlphabet);
    } else {
        // The same millisecond, or a clock that has gone back.
        last_ = one_more(std::move(last_));
    }
    return last_;
}

void Ids::go_on_after(const std::string& id) {
    const Lock held{mutex_};
    // The millisecond after it, and nothing yet that counts: one more than `id` may be there.
    if (last_ < id) last_ = one_more(id.substr(0, kTimeLength));
}

}  // namespace tandem::api
