#pragma once

#include "domain/event.h"

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace tandem {

/// Kinds of events: two bytes, as each subscription has them.
class EventKinds {
public:
    EventKinds() = default;
    EventKinds(std::initializer_list<Event::Kind> kinds) {
        for (const Event::Kind kind : kinds)
            insert(kind);
    }

    void insert(Event::Kind kind) { bits_ |= bit(kind); }
    [[nodiscard]] bool contains(Event::Kind kind) const { return (bits_ & bit(kind)) != 0; }
    [[nodiscard]] bool empty() const { return bits_ == 0; }
    /// In the order of Event::Kind.
    [[nodiscard]] std::vector<Event::Kind> list() const {
        std::vector<Event::Kind> out;
        for (std::uint8_t at = 0; at < 16; ++at) {
            const auto kind = static_cast<Event::Kind>(at);
            if (contains(kind)) out.push_back(kind);
        }
        return out;
    }

private:
    static std::uint16_t bit(Event::Kind kind) {
        return static_cast<std::uint16_t>(1U << static_cast<unsigned>(kind));
    }

    std::uint16_t bits_ = 0;
};

}  // namespace tandem
