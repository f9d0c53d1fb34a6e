#include "net/timer_wheel.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace tandem::net {

TimerWheel::TimerWheel() = default;

std::uint32_t TimerWheel::list_for(std::uint64_t due) const {
    if (due <= now_) return kDue;
    const auto highest = static_cast<std::uint32_t>(std::bit_width(due ^ now_)) - 1;
    const std::uint32_t level = highest / kSlotBits;
    const auto slot = static_cast<std::uint32_t>(due >> (level * kSlotBits)) % kSlots;
    return level * kSlots + slot;
}

std::uint32_t TimerWheel::take_node() {
    const std::uint32_t free = lists_[kFree].first;
    if (free != kNone) {
        unlink(free);
        return free;
    }
    nodes_.emplace_back();
    return static_cast<std::uint32_t>(nodes_.size() - 1);
}

void TimerWheel::set_occupied(std::uint32_t list) {
    if (list >= kDue) return;
    const std::uint64_t bit = std::uint64_t{1} << (list % kSlots);
    std::uint64_t& bits = occupied_[list / kSlots];
    bits = lists_[list].first == kNone ? bits & ~bit : bits | bit;
}

void TimerWheel::append(std::uint32_t list, std::uint32_t index) {
    Node& node = nodes_[index];
    List& to = lists_[list];
    node.list = list;
    node.next = kNone;
    node.previous = to.last;
    (to.last == kNone ? to.first : nodes_[to.last].next) = index;
    to.last = index;
    set_occupied(list);
}

void TimerWheel::unlink(std::uint32_t index) {
    const Node& node = nodes_[index];
    List& from = lists_[node.list];
    (node.previous == kNone ? from.first : nodes_[node.previous].next) = node.next;
    (node.next == kNone ? from.last : nodes_[node.next].previous) = node.previous;
    set_occupied(node.list);
}

TimerId TimerWheel::add(std::uint64_t due, Work work) {
    constexpr std::uint64_t last = (std::uint64_t{1} << (kLevels * kSlotBits)) - 1;
    const std::uint32_t index = take_node();
    Node& node = nodes_[index];
    node.work = std::move(work);
    node.due = std::min(due, last);
    append(list_for(node.due), index);
    ++size_;
    return id_of(index);
}

TimerId TimerWheel::id_of(std::uint32_t index) const {
    return (std::uint64_t{nodes_[index].generation} << 32U) | (index + 1);
}

void TimerWheel::cancel(TimerId timer) {
    const auto index = static_cast<std::uint32_t>(timer & kNone) - 1;
    if (index >= nodes_.size()) return;
    Node& node = nodes_[index];
    if (node.generation != timer >> 32U || node.list == kFree) return;
    // Destroyed last: what it holds may come back here.
    const Work forgotten = std::exchange(node.work, Work{});
    ++node.generation;
    unlink(index);
    append(kFree, index);
    --size_;
}

std::optional<std::uint64_t> TimerWheel::next() const {
    if (lists_[kDue].first != kNone) return now_;
    for (std::uint32_t level = 0; level < kLevels; ++level) {
        if (occupied_[level] == 0) continue;
        // Every occupied slot lies ahead of the present one, or its timers would be on a lower
        // level.
        const auto slot = static_cast<std::uint64_t>(std::countr_zero(occupied_[level]));
        const std::uint32_t shift = level * kSlotBits;
        return ((now_ >> (shift + kSlotBits)) << (shift + kSlotBits)) | (slot << shift);
    }
    return std::nullopt;
}

void TimerWheel::advance(std::uint64_t now) {
    while (const auto tick = next()) {
        if (*tick > now || lists_[kDue].first != kNone) break;
        const auto level = static_cast<std::uint32_t>(
            std::ranges::find_if(occupied_, [](std::uint64_t bits) { return bits != 0; }) -
            occupied_.begin());
        const auto slot = static_cast<std::uint32_t>(std::countr_zero(occupied_[level]));
        const std::uint32_t from = level * kSlots + slot;
        now_ = *tick;
        while (lists_[from].first != kNone) {
            const std::uint32_t index = lists_[from].first;
            unlink(index);
            append(list_for(nodes_[index].due), index);
        }
    }
    if (lists_[kDue].first == kNone) now_ = std::max(now_, now);
}

void TimerWheel::run_first() {
    const std::uint32_t index = lists_[kRunning].first;
    Work work = std::exchange(nodes_[index].work, Work{});
    ++nodes_[index].generation;
    unlink(index);
    append(kFree, index);
    --size_;
    work();
}

void TimerWheel::run_due(std::uint64_t now) {
    // Due timers are collected tick by tick, so that they run in the order of their ticks.
    for (advance(now); lists_[kDue].first != kNone; advance(now)) {
        while (lists_[kDue].first != kNone) {
            const std::uint32_t index = lists_[kDue].first;
            unlink(index);
            append(kRunning, index);
        }
    }
    while (lists_[kRunning].first != kNone)
        run_first();
}

void TimerWheel::clear() {
    while (size_ > 0) {
        for (std::uint32_t index = 0; index < nodes_.size(); ++index) {
            if (nodes_[index].list != kFree) cancel(id_of(index));
        }
    }
}

}  // namespace tandem::net
