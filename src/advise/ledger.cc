#include "advise/ledger.h"

#include "advise/amount.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace tandem::advise {
namespace {

using Sums = std::array<double, sizeof(Flow) / sizeof(double)>;

// Where the sums of bytes lie in a flow: all others are counts.
constexpr std::size_t kBytesAt = 6;

std::int32_t bucket_of(Monotonic at, Duration width) {
    return static_cast<std::int32_t>(at.time_since_epoch() / width);
}

}  // namespace

Flow& Flow::operator+=(const Flow& more) {
    auto sums = std::bit_cast<Sums>(*this);
    const auto added = std::bit_cast<Sums>(more);
    for (std::size_t at = 0; at < sums.size(); ++at)
        sums[at] += added[at];
    return *this = std::bit_cast<Flow>(sums);
}

Flow Flow::times(double factor) const {
    auto sums = std::bit_cast<Sums>(*this);
    for (double& each : sums)
        each *= factor;
    return std::bit_cast<Flow>(sums);
}

Bytes Flow::bytes() const {
    // Messages that were compressed have less on the wire.
    const double app = app_up + app_down;
    const double payload = std::min(plain_bytes + command_bytes + event_bytes, app);
    return {.payload = payload,
            .framing = app - payload,
            .tls = tls_up + tls_down,
            .tcp = headers_up + headers_down};
}

Flow Observed::total() const {
    Flow sum;
    for (const Flow& each : doors)
        sum += each;
    return sum;
}

Observed& Observed::operator+=(const Observed& more) {
    for (std::size_t at = 0; at < kDoors; ++at)
        doors[at] += more.doors[at];
    seconds = std::max(seconds, more.seconds);
    return *this;
}

bool Ledger::parts(Monotonic a, Monotonic b) {
    return bucket_of(a, kHourBucket) != bucket_of(b, kHourBucket);
}

void Ledger::Slot::add(const Flow& flow) {
    const auto added = std::bit_cast<Sums>(flow);
    for (std::size_t at = 0; at < bytes.size(); ++at)
        bytes[at] += added[kBytesAt + at];
    for (std::size_t at = 0; at < counts.size(); ++at) {
        const std::size_t from = at < kBytesAt ? at : at + bytes.size();
        counts[at] = static_cast<float>(static_cast<double>(counts[at]) + added[from]);
    }
}

Flow Ledger::Slot::flow() const {
    Sums sums{};
    for (std::size_t at = 0; at < bytes.size(); ++at)
        sums[kBytesAt + at] = bytes[at];
    for (std::size_t at = 0; at < counts.size(); ++at)
        sums[at < kBytesAt ? at : at + bytes.size()] = static_cast<double>(counts[at]);
    return std::bit_cast<Flow>(sums);
}

void Ledger::put(Ring& ring, std::int32_t bucket, Door door, const Flow& flow) {
    auto& slots = ring.slots;
    // Other loops' clocks are the same, and connections end in any order: nearly always the last.
    auto at = slots.end();
    while (at != slots.begin() && std::prev(at)->bucket >= bucket) {
        --at;
        if (at->bucket == bucket && at->door == door) break;
    }
    const bool there = at != slots.end() && at->bucket == bucket && at->door == door;
    if (!there) {
        const std::int32_t newest = slots.empty() ? bucket : std::max(slots.back().bucket, bucket);
        const std::int32_t oldest = newest - static_cast<std::int32_t>(ring.most) + 1;
        if (bucket < oldest) return;
        while (at != slots.end() && at->bucket <= bucket)
            ++at;
        const auto place = at - slots.begin();
        const auto gone = std::ranges::count_if(
            slots, [oldest](const Slot& slot) { return slot.bucket < oldest; });
        slots.erase(slots.begin(), slots.begin() + gone);
        slots.reserve(slots.size() + 1);
        at = slots.insert(slots.begin() + (place - gone), Slot{.bucket = bucket, .door = door});
    }
    at->add(flow);
}

void Ledger::add(Ring& ring, Door door, std::pair<Monotonic, Monotonic> span, const Flow& flow) {
    const auto [from, to] = span;
    const std::int32_t last = bucket_of(to, ring.width);
    const std::int32_t kept = last - static_cast<std::int32_t>(ring.most) + 1;
    const std::int32_t first = std::max(bucket_of(from, ring.width), kept);
    if (from >= to || first == last) return put(ring, last, door, flow);
    const double whole = seconds(to - from);
    for (std::int32_t bucket = first; bucket <= last; ++bucket) {
        const Monotonic begins{bucket * ring.width};
        const Duration within = std::min(to, begins + ring.width) - std::max(from, begins);
        put(ring, bucket, door, flow.times(seconds(within) / whole));
    }
}

void Ledger::add(Door door, Monotonic from, Monotonic to, const Flow& flow) {
    if (to >= last_) last_door_ = door;
    last_ = std::max(last_, to);
    since_ = std::min(since_, from);
    add(hour_, door, {from, to}, flow);
    add(day_, door, {from, to}, flow);
}

Observed Ledger::sum(const Ring& ring, Duration window, Monotonic now) const {
    const Monotonic begin = now - window;
    Observed made{.doors = {}, .seconds = seconds(now - std::max(begin, since_))};
    for (const Slot& slot : ring.slots) {
        const Monotonic ends{(slot.bucket + 1) * ring.width};
        if (ends <= begin) continue;
        const Monotonic begins = std::max(Monotonic{slot.bucket * ring.width}, since_);
        const bool partly = begins < begin && begins < ends;
        const double share = partly ? seconds(ends - begin) / seconds(ends - begins) : 1;
        made.at(slot.door) += slot.flow().times(share);
    }
    return made;
}

Observed Ledger::hour(Monotonic now) const {
    return sum(hour_, kHour, now);
}

Observed Ledger::day(Monotonic now) const {
    return sum(day_, kDay, now);
}

std::size_t Ledger::bytes() const {
    return sizeof *this + (hour_.slots.capacity() + day_.slots.capacity()) * sizeof(Slot);
}

}  // namespace tandem::advise
