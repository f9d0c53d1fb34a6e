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
      budgets{rules.rates} {}

Shard& Hub::owner(const DeviceRef& device) const {
    check(!shards.empty());
    return *shards[std::hash<DeviceRef>{}(device) % shards.size()];
}

Shard::Shard(Hub& the_hub, Executor& the_executor, Stores the_stores)
    : hub{the_hub},
      executor{the_executor},
      stores{the_stores},
      devices{std::make_unique<DeviceStates>()},
      streams{std::make_unique<Streams>(*stores.log, hub.metrics)} {
    stores.log->listen([this](const std::vector<Event>& events) { streams->publish(events); });
}

Shard::~Shard() = default;

std::string World::new_id() const {
    constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    std::string out(10, '0');
    auto ms = static_cast<std::uint64_t>(now().time_since_epoch() / 1ms);
    for (std::size_t at = out.size(); at-- > 0; ms >>= 5U)
        out[at] = kAlphabet[ms & 31U];
    return out + hub().random.text(16, kAlphabet);
}

}  // namespace tandem::api
