#include "api/world.h"

#include "api/device_state.h"
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
      in_flight{rules.in_flight},
      started{the_clock.now()},
      zone_named{[](const std::string&) -> Result<codec::TimeZone> {
          return fail(ErrorCode::kNotFound, "no time zones are known");
      }} {}

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
      reading{executor, hub.rules.reads},
      labour{executor, {.places = 1, .of_one = 1, .waiting = 256, .limit = "worker.waiting"}} {}

Shard::~Shard() = default;

std::string Ids::next(Instant now, Random& random) {
    constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    constexpr std::size_t time_length = 10;
    std::string fresh(time_length, '0');
    auto ms = static_cast<std::uint64_t>(now.time_since_epoch() / 1ms);
    for (std::size_t at = time_length; at-- > 0; ms >>= 5U)
        fresh[at] = alphabet[ms & 31U];
    const Lock held{mutex_};
    if (std::string_view{last_}.substr(0, time_length) < fresh) {
        last_ = fresh + random.text(16, alphabet);
        return last_;
    }
    // The same millisecond, or a clock that has gone back: one more than the last.
    for (std::size_t at = last_.size(); at-- > 0;) {
        const std::size_t digit = alphabet.find(last_[at]);
        last_[at] = alphabet[(digit + 1) % alphabet.size()];
        if (digit + 1 < alphabet.size()) break;
    }
    return last_;
}

}  // namespace tandem::api
