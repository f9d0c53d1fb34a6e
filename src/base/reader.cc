#include "base/reader.h"

namespace tandem {
namespace {

Result<Value> read_array(Reader& reader) {
    Value::Array items;
    while (true) {
        if (auto token = reader.next(); !token) return pass(token);
        if (reader.token() == Token::kArrayEnd) return Value{std::move(items)};
        auto item = read_value(reader);
        if (!item) return item;
        items.push_back(std::move(*item));
    }
}

Result<Value> read_object(Reader& reader) {
    Value::Object members;
    while (true) {
        if (auto token = reader.next(); !token) return pass(token);
        if (reader.token() == Token::kObjectEnd) return Value{std::move(members)};
        std::string key{reader.text()};
        if (auto token = reader.next(); !token) return pass(token);
        auto member = read_value(reader);
        if (!member) return member;
        members.emplace_back(std::move(key), std::move(*member));
    }
}

}  // namespace

// The recursion is bounded by the reader's depth limit.
Result<Value> read_value(Reader& reader) {  // NOLINT(misc-no-recursion): see above
    switch (reader.token()) {
        case Token::kNull:
            return Value{};
        case Token::kBool:
            return Value{reader.boolean()};
        case Token::kInt:
            return Value{reader.integer()};
        case Token::kUint:
            return Value{reader.unsigned_integer()};
        case Token::kDouble:
            return Value{reader.number()};
        case Token::kString:
            return Value{reader.text()};
        case Token::kArrayBegin:
            return read_array(reader);
        case Token::kObjectBegin:
            return read_object(reader);
        default:
            return fail(ErrorCode::kMalformedBody, "a value is expected");
    }
}

void write_value(Writer& writer,
                 const Value& value) {  // NOLINT(misc-no-recursion): bounded as read
    if (value.is_null()) return writer.null();
    if (const auto* boolean = value.get<bool>()) return writer.boolean(*boolean);
    if (const auto* number = value.get<std::int64_t>()) return writer.integer(*number);
    if (const auto* number = value.get<std::uint64_t>()) return writer.unsigned_integer(*number);
    if (const auto* number = value.get<double>()) return writer.number(*number);
    if (const auto* text = value.get<std::string>()) return writer.text(*text);
    if (const auto* items = value.get<Value::Array>()) {
        writer.begin_array();
        for (const Value& item : *items)
            write_value(writer, item);
        return writer.end_array();
    }
    writer.begin_object();
    for (const auto& [key, member] : *value.get<Value::Object>()) {
        writer.key(key);
        write_value(writer, member);
    }
    writer.end_object();
}

}  // namespace tandem
