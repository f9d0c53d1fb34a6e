#include "contract/readings.h"

#include "base/id.h"
#include "contract/senml.h"

#include <algorithm>

namespace tandem::contract {
namespace {

using Item = TelemetryBody::Item;
using Values = TelemetryBody::Values;

// A member's value, standing on its first token. What sensors send is no tree: a number, a boolean
// or a text goes straight into its reading.
Result<void> read_member(Reader& reader, std::string_view key, Values& out) {
    out.emplace_back(key, Value{});
    if (auto token = reader.next(); !token) return pass(token);
    auto value = read_value(reader);
    if (!value) return pass(value);
    out.back().second = std::move(*value);
    return {};
}

// Standing on the beginning of an object.
Result<void> read_members(Reader& reader, Values& out) {
    while (true) {
        if (auto token = reader.next(); !token) return pass(token);
        if (reader.token() == Token::kObjectEnd) return {};
        if (auto good = read_member(reader, reader.text(), out); !good) return good;
    }
}

// Exactly "t" and "v", with an object in "v", is a timed reading; any other object is readings of
// now. Which of them it is shows at its end only, so the members of the first "v" are kept apart
// and become a value of their own where it was not a timed reading after all.
class ItemReader {
public:
    ItemReader(Reader& reader, Item& item) : reader_{reader}, item_{item} {}

    Result<void> read() {
        while (true) {
            if (auto token = reader_.next(); !token) return pass(token);
            if (reader_.token() == Token::kObjectEnd) return finish();
            if (auto good = member(); !good) return good;
        }
    }

private:
    Result<void> member() {
        if (reader_.text() != "v") return read_member(reader_, reader_.text(), item_.values);
        if (auto token = reader_.next(); !token) return pass(token);
        if (reader_.token() == Token::kObjectBegin) {
            carried_at_ = item_.values.size();
            return read_members(reader_, carried_.emplace());
        }
        auto value = read_value(reader_);
        if (!value) return pass(value);
        item_.values.emplace_back("v", std::move(*value));
        return {};
    }

    Result<void> finish() {
        if (!carried_) return {};
        if (item_.values.size() != 1 || item_.values.front().first != "t") {
            const auto at = item_.values.begin() + static_cast<std::ptrdiff_t>(carried_at_);
            item_.values.emplace(at, "v", Value{std::move(*carried_)});
            return {};
        }
        auto time = instant_of(item_.values.front().second);
        if (!time) return std::unexpected(within("t", std::move(time).error()));
        item_.time = *time;
        item_.values = std::move(*carried_);
        return {};
    }

    Reader& reader_;
    Item& item_;
    std::optional<Values> carried_;
    std::size_t carried_at_ = 0;
};

Result<void> read_item(Reader& reader, TelemetryBody& out, std::optional<std::uint32_t> index) {
    if (reader.token() != Token::kObjectBegin) {
        return wrong("an object of readings is expected, or a list of such");
    }
    Item& item = out.items.emplace_back();
    item.index = index;
    if (auto good = ItemReader{reader, item}.read(); !good) return good;
    return check_readings(out);
}

void write_item(Writer& writer, const Item& item) {
    writer.begin_object();
    if (item.time) {
        writer.key("t");
        write_instant(writer, *item.time);
        writer.key("v");
        writer.begin_object();
    }
    for (const auto& [name, reading] : item.values) {
        writer.key(name);
        write_value(writer, reading);
    }
    if (item.time) writer.end_object();
    writer.end_object();
}

Value items_schema() {
    Value now =
        Value::Object{{"type", "object"},
                      {"description",
                       "Readings of now: series to value. Or, with exactly `t` and an object `v`, "
                       "readings of the time `t`."},
                      {"additionalProperties", true}};
    Value list = Value::Object{{"type", "array"}, {"items", now}};
    return Value::Object{{"oneOf", Value::Array{std::move(now), std::move(list)}}};
}

// A whole body: a value of an encoding, a pack, or a file that is kept as it is.
template <typename ReadValue>
Result<void> read_whole(const Encoded& body,
                        const ReaderLimits& limits,
                        TelemetryBody& out,
                        ReadValue read_value_of) {
    if (is_file(body.encoding)) {
        out.form = TelemetryBody::Form::kLines;
        out.file = body;
        return {};
    }
    return read_encoded(body, limits, read_value_of);
}

}  // namespace

// An item costs memory even where it holds nothing.
Result<void> check_readings(TelemetryBody& body) {
    for (; body.counted < body.items.size(); ++body.counted) {
        body.readings += std::max<std::size_t>(1, body.items[body.counted].values.size());
    }
    if (body.readings <= kReadingsMax) return {};
    return too_many_readings();
}

std::unexpected<Error> too_many_readings() {
    auto refused = fail(ErrorCode::kBodyTooLarge,
                        "a body may hold " + std::to_string(kReadingsMax) + " readings");
    refused.error().limit = "telemetry.readings";
    return refused;
}

std::string pointer_to(const TelemetryBody& body, const Item& item, std::string_view series) {
    std::string out;
    if (body.form == TelemetryBody::Form::kLines) {
        out = "#line/" + std::to_string(item.line);
    } else if (body.form == TelemetryBody::Form::kPack) {
        return "/" + std::to_string(item.index.value_or(0)) + "/v";
    } else {
        if (!item.device.empty()) out = "/" + item.device;
        if (item.index) out += "/" + std::to_string(*item.index);
        if (item.time) out += "/v";
    }
    return out + "/" + std::string{series};
}

Result<void> read_items_of_device(Reader& reader, const Field& field, TelemetryBody& out) {
    if (reader.token() != Token::kArrayBegin) return read_item(reader, out, {});
    std::uint32_t index = 0;
    return read_items(reader, field, [&] { return read_item(reader, out, index++); });
}

Result<void> read_items_by_device(Reader& reader, const Field& field, TelemetryBody& out) {
    if (reader.token() != Token::kObjectBegin) {
        return wrong("an object is expected: a device's id to its readings");
    }
    while (true) {
        if (auto token = reader.next(); !token) return pass(token);
        if (reader.token() == Token::kObjectEnd) return {};
        const std::string device{reader.text()};
        if (auto token = reader.next(); !token) return pass(token);
        const std::size_t first = out.items.size();
        if (auto good = read_items_of_device(reader, field, out); !good) {
            return std::unexpected(within(device, std::move(good).error()));
        }
        for (std::size_t at = first; at < out.items.size(); ++at)
            out.items[at].device = device;
    }
}

Result<void> Codec<TelemetryBody>::read(Reader& reader, TelemetryBody& out, const Field& field) {
    return read_items_of_device(reader, field, out);
}

Result<void> Codec<TelemetryBody>::read_body(const Encoded& body,
                                             const ReaderLimits& limits,
                                             TelemetryBody& out,
                                             const Field& field) {
    return read_whole(body, limits, out, [&](Reader& reader) {
        return is_senml(body.encoding) ? read_senml(reader, false, out)
                                       : read_items_of_device(reader, field, out);
    });
}

void Codec<TelemetryBody>::write(Writer& writer, const TelemetryBody& value) {
    writer.begin_array();
    for (const Item& item : value.items)
        write_item(writer, item);
    writer.end_array();
}

Value Codec<TelemetryBody>::schema(const Field&) {
    return items_schema();
}

Result<void> Codec<ManyBody>::read(Reader& reader, ManyBody& out, const Field& field) {
    return read_items_by_device(reader, field, out);
}

Result<void> Codec<ManyBody>::read_body(const Encoded& body,
                                        const ReaderLimits& limits,
                                        ManyBody& out,
                                        const Field& field) {
    return read_whole(body, limits, out, [&](Reader& reader) {
        return is_senml(body.encoding) ? read_senml(reader, true, out)
                                       : read_items_by_device(reader, field, out);
    });
}

void Codec<ManyBody>::write(Writer& writer, const ManyBody& value) {
    writer.begin_object();
    for (auto at = value.items.begin(); at != value.items.end();) {
        const auto end = std::find_if(at, value.items.end(),
                                      [&](const Item& each) { return each.device != at->device; });
        writer.key(at->device);
        writer.begin_array();
        for (; at != end; ++at)
            write_item(writer, *at);
        writer.end_array();
    }
    writer.end_object();
}

Value Codec<ManyBody>::schema(const Field&) {
    return Value::Object{{"type", "object"},
                         {"description", "Readings by device: its id to a body of readings."},
                         {"additionalProperties", items_schema()}};
}

}  // namespace tandem::contract
