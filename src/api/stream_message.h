#pragma once

#include "base/clock.h"
#include "contract/encoding.h"
#include "domain/event.h"
#include "domain/lag.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::api {

/// The members of an event that a subscription is told; a set of bits.
class EventFields {
public:
    enum Field : std::uint8_t {
        kDevice = 1,
        kKind = 2,
        kSeries = 4,
        kTime = 8,
        kValue = 16,
        kLate = 32,
    };
    [[nodiscard]] bool has(Field field) const { return (bits_ & field) != 0; }
    void clear() { bits_ = 0; }
    void add(Field field) { bits_ = static_cast<std::uint8_t>(bits_ | field); }
    bool operator==(const EventFields&) const = default;

private:
    std::uint8_t bits_ = 63;
};
/// By its name on the wire: `d`, `k`, `s`, `t`, `v`, `late`.
[[nodiscard]] std::optional<EventFields::Field> event_field(std::string_view name);

/// Why a subscription was not sent what it wanted. Of several reasons a receipt tells the gravest.
enum class Loss : std::uint8_t {
    kUnchanged,  ///< it had not moved: policy `change`
    kConflated,  ///< something newer came: policies `latest` and `every`
    kSlow,       ///< the client did not take what was sent
    kHistory,    ///< the log has it no more
};
[[nodiscard]] std::string_view name_of(Loss loss);

/// Tells of events after `from` and up to `to` that were wanted and are not sent.
struct Receipt {
    Cursor from;
    Cursor to;
    std::uint64_t count = 0;
    Loss why = Loss::kSlow;
};

/// What a subscription is told at once: the receipt comes before the events. Neither: a bookmark.
struct StreamMessage {
    std::int64_t sub = 0;
    Cursor cursor;  ///< all that was wanted up to here has been sent or receipted
    std::optional<Receipt> receipt;
    std::optional<Lag> lag;  ///< when the client is behind
    std::vector<const Event*> events;
    EventFields fields;
};

/// The message as a door sends it: `{"sub","cur","gap","lag","ev"}`; in kEventStream `id: <cursor>`
/// and, with something to tell, `data: {"gap","lag","ev"}`.
[[nodiscard]] std::string render(contract::Encoding encoding, const StreamMessage& message);

/// An event in the stream's form: `{"d","s","t","v"}`, others than readings with their kind `k`.
void write_event(Writer& writer, const Event& event, EventFields fields = {});

}  // namespace tandem::api
