#include "domain/flow.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace tandem {
namespace {

// A node of an ordered map, and what its strings take beside their letters.
constexpr std::size_t kNode = 96;

std::optional<double> number_of(const Value& value) {
    if (const auto* whole = value.get<std::int64_t>()) return static_cast<double>(*whole);
    if (const auto* large = value.get<std::uint64_t>()) return static_cast<double>(*large);
    if (const auto* real = value.get<double>()) return *real;
    return {};
}

std::size_t weight_of_last(const std::pair<std::string, std::string>& key, const Value& value) {
    return kNode + key.first.size() + key.second.size() + weight_of(value);
}

}  // namespace

std::size_t weight_of(const Event& event) {
    return sizeof(Event) + kNode + 2 * (event.device.id.text().size() + event.series.size()) +
           event.device.tenant.text().size() + weight_of(event.value);
}

PendingEvents::Lost PendingEvents::put(const Event& event) {
    const bool reading = event.kind == Event::Kind::kReading;
    Key key{event.device.id.text(), event.series, reading ? 0 : event.sequence};
    const auto found = newest_.find(key);
    if (found == newest_.end()) {
        if (!room_->take(weight_of(event))) return {.refused = 1};
        newest_.emplace(std::move(key), event);
        return {};
    }
    // A late one is not what the series is at now.
    if (event.time < found->second.time) return {.conflated = 1};
    room_->give_back(weight_of(found->second));
    if (!room_->take(weight_of(event))) {
        newest_.erase(found);
        return {.conflated = 1, .refused = 1};
    }
    found->second = event;
    return {.conflated = 1};
}

std::vector<Event> PendingEvents::take() {
    std::vector<Event> out;
    out.reserve(newest_.size());
    for (auto& [key, event] : newest_) {
        room_->give_back(weight_of(event));
        out.push_back(std::move(event));
    }
    newest_.clear();
    std::ranges::sort(out, {}, &Event::sequence);
    return out;
}

void PendingEvents::clear() {
    for (const auto& [key, event] : newest_)
        room_->give_back(weight_of(event));
    newest_.clear();
}

ChangeFilter::~ChangeFilter() {
    for (const auto& [key, value] : last_)
        room_->give_back(weight_of_last(key, value));
}

bool ChangeFilter::admit(const Event& event) {
    if (event.kind != Event::Kind::kReading) return true;
    std::pair<std::string, std::string> key{event.device.id.text(), event.series};
    const auto found = last_.find(key);
    if (found != last_.end()) {
        if (!moved(found->second, event.value)) return false;
        room_->give_back(weight_of_last(key, found->second));
        last_.erase(found);
    }
    if (room_->take(weight_of_last(key, event.value))) last_.emplace(std::move(key), event.value);
    return true;
}

bool ChangeFilter::moved(const Value& from, const Value& to) const {
    const auto before = number_of(from);
    const auto after = number_of(to);
    if (!before || !after) return from != to;
    const double step = std::abs(*after - *before);
    return delta_ > 0 ? step >= delta_ : step > 0;
}

}  // namespace tandem
