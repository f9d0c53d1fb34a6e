#include "api/stream_message.h"

#include "contract/shape.h"

#include <array>

namespace tandem::api {
namespace {

struct FieldName {
    std::string_view name;
    EventFields::Field field;
};
constexpr std::array<FieldName, 6> kFieldNames{{{"d", EventFields::kDevice},
                                                {"k", EventFields::kKind},
                                                {"s", EventFields::kSeries},
                                                {"t", EventFields::kTime},
                                                {"v", EventFields::kValue},
                                                {"late", EventFields::kLate}}};
constexpr std::array<std::string_view, 4> kLossNames{"unchanged", "conflated", "slow", "history"};

void write_receipt(Writer& writer, const Receipt& receipt) {
    writer.begin_object();
    writer.key("from");
    writer.text(cursor_text(receipt.from));
    writer.key("to");
    writer.text(cursor_text(receipt.to));
    writer.key("n");
    writer.integer(static_cast<std::int64_t>(receipt.count));
    writer.key("why");
    writer.text(name_of(receipt.why));
    writer.end_object();
}

void write_lag(Writer& writer, const Lag& lag) {
    writer.begin_object();
    if (lag.age) {
        writer.key("ms");
        writer.integer(*lag.age / 1ms);
    }
    writer.key("n");
    writer.integer(static_cast<std::int64_t>(lag.events));
    writer.end_object();
}

void write_told(Writer& writer, const StreamMessage& message) {
    if (message.receipt) {
        writer.key("gap");
        write_receipt(writer, *message.receipt);
    }
    if (message.lag) {
        writer.key("lag");
        write_lag(writer, *message.lag);
    }
    if (message.events.empty()) return;
    writer.key("ev");
    writer.begin_array();
    for (const Event* event : message.events)
        write_event(writer, *event, message.fields);
    writer.end_array();
}

// The WHATWG's server-sent events: a browser that connects again says the last `id`, and an event
// without data only sets it.
std::string render_server_sent(const StreamMessage& message) {
    std::string out = "id: " + cursor_text(message.cursor) + "\n";
    if (message.receipt || message.lag || !message.events.empty()) {
        const auto writer = contract::make_writer(contract::Encoding::kJson);
        writer->begin_object();
        write_told(*writer, message);
        writer->end_object();
        out += "data: " + writer->take() + "\n";
    }
    return out + "\n";
}

}  // namespace

std::optional<EventFields::Field> event_field(std::string_view name) {
    for (const FieldName& each : kFieldNames) {
        if (each.name == name) return each.field;
    }
    return {};
}

std::string_view name_of(Loss loss) {
    return kLossNames.at(static_cast<std::size_t>(loss));
}

std::string render(contract::Encoding encoding, const StreamMessage& message) {
    if (encoding == contract::Encoding::kEventStream) return render_server_sent(message);
    const auto writer = contract::make_writer(encoding);
    writer->begin_object();
    writer->key("sub");
    writer->integer(message.sub);
    writer->key("cur");
    writer->text(cursor_text(message.cursor));
    write_told(*writer, message);
    writer->end_object();
    return writer->take();
}

void write_event(Writer& writer, const Event& event, EventFields fields) {
    const bool reading = event.kind == Event::Kind::kReading;
    writer.begin_object();
    if (!event.device.id.text().empty() && fields.has(EventFields::kDevice)) {
        writer.key("d");
        writer.text(event.device.id.text());
    }
    if (!reading && fields.has(EventFields::kKind)) {
        writer.key("k");
        writer.text(name_of(event.kind));
    }
    if (!event.series.empty() && fields.has(EventFields::kSeries)) {
        writer.key("s");
        writer.text(event.series);
    }
    if (fields.has(EventFields::kTime)) {
        writer.key("t");
        contract::write_instant(writer, event.time);
    }
    if (fields.has(EventFields::kValue)) {
        writer.key("v");
        write_value(writer, event.value);
    }
    if (event.late && fields.has(EventFields::kLate)) {
        writer.key("late");
        writer.boolean(true);
    }
    writer.end_object();
}

}  // namespace tandem::api
