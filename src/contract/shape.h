#pragma once

#include "base/checked.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/reader.h"
#include "base/value.h"
#include "contract/encoding.h"

#include <concepts>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::contract {

// How a struct of the contract is described once. From a Shape come decoding with its bounds and
// error texts, encoding, and the JSON Schema of the reference; nobody writes these by hand.

/// Where a member of a request comes from.
enum class From : std::uint8_t {
    kField,   ///< a field of the body's object
    kBody,    ///< the whole body
    kPath,    ///< a segment of the path
    kQuery,   ///< the query; on WebSocket the object `query`
    kHeader,  ///< a header field; on WebSocket the object `headers`
};

/// What a text has to look like.
enum class Form : std::uint8_t {
    kAny,
    kName,  ///< is_name(): ids and series
};

struct Field;
struct Shape;

/// How one C++ type is read, written and described; made by `type_of<T>()`. Reading failures are
/// kInvalidField with a pointer that each level completes, or the reader's own kMalformedBody.
struct Type {
    Result<void> (*read)(Reader& reader, void* to, const Field& field);
    /// A whole body; types that have formats of their own read them here.
    Result<void> (*read_body)(const Encoded& body,
                              const ReaderLimits& limits,
                              void* to,
                              const Field& field);
    Result<void> (*read_text)(std::string_view text, void* to, const Field& field);
    void (*write)(Writer& writer, const void* from);
    /// Whether there is something to write: false for an empty optional.
    bool (*present)(const void* from);
    Value (*schema)(const Field& field);
    /// The described struct that this is, or is made of; null for other types.
    const Shape* (*nested)();
};

/// One member of a described struct.
struct Field {
    std::string_view name;  ///< on the wire
    From from = From::kField;
    bool required = false;
    Form form = Form::kAny;
    std::optional<double> min;  ///< of a number or a duration (in its unit); of a text its length
    std::optional<double> max;  ///< likewise; of a list its items
    std::vector<std::string_view> choices = {};  ///< of a text: all that it may be
    std::string_view unit = {};                  ///< for the reader of the reference
    std::string_view says = {};
    /// Its JSON Schema, where the handler wants more than the type says; null: the type's.
    Value (*described)() = nullptr;

    const Type* type = nullptr;
    void* (*member)(void* object) = nullptr;
};

/// A described struct.
struct Shape {
    std::string_view name;  ///< of the schema in the reference
    std::vector<Field> fields;
    /// Of answers that are readings: the struct in an encoding that carries nothing else. Fails
    /// with kNotAcceptable where the encoding cannot say it.
    Result<std::string> (*write_readings)(const void* from, Encoding encoding) = nullptr;

    [[nodiscard]] const Field* find(std::string_view wanted, From from) const;
};

/// Reads an object into `to`, standing on its first token: unknown members, missing required ones
/// and values out of bounds are refused with their pointer.
[[nodiscard]] Result<void> read_object(Reader& reader, const Shape& shape, void* to);
/// Writes the kField members that are present. `from` is the struct.
void write_object(Writer& writer, const Shape& shape, const void* from);
/// The same as JSON Schema 2020-12: an object, or a `$ref` to it under components.
[[nodiscard]] Value schema_of(const Shape& shape);
[[nodiscard]] Value schema_ref(const Shape& shape);
/// The JSON Schema of one member.
[[nodiscard]] Value schema_of(const Field& field);
/// That of any object at all, for Field::described.
[[nodiscard]] Value any_object();

/// `error` as seen from one level further out: "/" + segment goes before its pointers.
[[nodiscard]] Error within(std::string_view segment, Error error);
/// The failure "this field: detail", pointer to be completed by the levels above.
[[nodiscard]] std::unexpected<Error> wrong(std::string detail);

/// Bounds and form of a text; nothing when it is good.
[[nodiscard]] Result<void> check_text(std::string_view text, const Field& field);
[[nodiscard]] Result<void> check_number(double number, const Field& field);

/// Reads the one value of a body: `read` stands on its first token, nothing follows its last.
template <typename Read>
Result<void> read_encoded(const Encoded& body, const ReaderLimits& limits, Read read) {
    const auto reader = make_reader(body.encoding, body.bytes, limits);
    if (auto token = reader->next(); !token) return pass(token);
    if (auto good = read(*reader); !good) return good;
    if (auto end = reader->next(); !end) return pass(end);
    return {};
}

/// An instant on the wire: milliseconds since 1970, a fraction allowed, or RFC 3339.
[[nodiscard]] Result<Instant> read_instant(Reader& reader);
[[nodiscard]] Result<Instant> instant_of(const Value& value);
[[nodiscard]] Result<Instant> read_instant_text(std::string_view text);
/// Milliseconds: a whole number where it is one.
void write_instant(Writer& writer, Instant instant);
/// What a number in the encoding is, for instants and durations: whole where possible.
void write_ms(Writer& writer, std::int64_t microseconds);

/// A value kept in its encoding until somebody needs it.
template <typename T>
struct Codec;

template <typename T>
Result<void> read_body_as(const Encoded& body,
                          const ReaderLimits& limits,
                          void* to,
                          const Field& field) {
    T& out = *static_cast<T*>(to);
    if constexpr (requires { Codec<T>::read_body(body, limits, out, field); }) {
        return Codec<T>::read_body(body, limits, out, field);
    } else {
        return read_encoded(body, limits,
                            [&](Reader& reader) { return Codec<T>::read(reader, out, field); });
    }
}

template <typename T>
const Type* type_of() {
    static constexpr Type kType{
        .read = [](Reader& reader, void* to, const Field& field) -> Result<void> {
            return Codec<T>::read(reader, *static_cast<T*>(to), field);
        },
        .read_body = &read_body_as<T>,
        .read_text = [](std::string_view text, void* to, const Field& field) -> Result<void> {
            if constexpr (requires(T& out) { Codec<T>::read_text(text, out, field); }) {
                return Codec<T>::read_text(text, *static_cast<T*>(to), field);
            } else {
                return wrong("this cannot be given as text");
            }
        },
        .write = [](Writer& writer,
                    const void* from) { Codec<T>::write(writer, *static_cast<const T*>(from)); },
        .present = [](const void* from) -> bool {
            if constexpr (requires(const T& value) { Codec<T>::present(value); }) {
                return Codec<T>::present(*static_cast<const T*>(from));
            } else {
                return true;
            }
        },
        .schema = [](const Field& field) { return Codec<T>::schema(field); },
        .nested = []() -> const Shape* {
            if constexpr (requires { Codec<T>::nested(); }) {
                return Codec<T>::nested();
            } else {
                return nullptr;
            }
        },
    };
    return &kType;
}

namespace detail {
template <typename M>
struct MemberOf;
template <typename Object, typename Member>
struct MemberOf<Member Object::*> {
    using ObjectType = Object;
    using MemberType = Member;
};
}  // namespace detail

/// Describes the member `kMember`: `field<&DeviceGet::device>({.name = "device", …})`.
// NOLINTNEXTLINE(readability-identifier-naming): named like every constant
template <auto kMember>
Field field(Field described) {
    using Of = detail::MemberOf<decltype(kMember)>;
    described.type = type_of<typename Of::MemberType>();
    described.member = [](void* object) -> void* {
        return &(static_cast<typename Of::ObjectType*>(object)->*kMember);
    };
    return described;
}

/// A struct is described by a function `const Shape& shape_of(const T*)` beside it.
template <typename T>
concept Shaped = requires(const T* object) {
    { shape_of(object) } -> std::same_as<const Shape&>;
};

template <typename T>
const Shape& shape() {
    return shape_of(static_cast<const T*>(nullptr));
}

template <Shaped T>
struct Codec<T> {
    static Result<void> read(Reader& reader, T& out, const Field&) {
        return read_object(reader, shape<T>(), &out);
    }
    static void write(Writer& writer, const T& value) { write_object(writer, shape<T>(), &value); }
    static Value schema(const Field&) { return schema_ref(shape<T>()); }
    static const Shape* nested() { return &shape<T>(); }
};

template <>
struct Codec<bool> {
    static Result<void> read(Reader& reader, bool& out, const Field& field);
    static Result<void> read_text(std::string_view text, bool& out, const Field& field);
    static void write(Writer& writer, bool value) { writer.boolean(value); }
    static Value schema(const Field& field);
};
template <>
struct Codec<std::int64_t> {
    static Result<void> read(Reader& reader, std::int64_t& out, const Field& field);
    static Result<void> read_text(std::string_view text, std::int64_t& out, const Field& field);
    static void write(Writer& writer, std::int64_t value) { writer.integer(value); }
    static Value schema(const Field& field);
};
template <>
struct Codec<std::uint64_t> {
    static Result<void> read(Reader& reader, std::uint64_t& out, const Field& field);
    static void write(Writer& writer, std::uint64_t value) { writer.unsigned_integer(value); }
    static Value schema(const Field& field);
};
template <>
struct Codec<double> {
    static Result<void> read(Reader& reader, double& out, const Field& field);
    static Result<void> read_text(std::string_view text, double& out, const Field& field);
    static void write(Writer& writer, double value) { writer.number(value); }
    static Value schema(const Field& field);
};
template <>
struct Codec<std::string> {
    static Result<void> read(Reader& reader, std::string& out, const Field& field);
    static Result<void> read_text(std::string_view text, std::string& out, const Field& field);
    static void write(Writer& writer, const std::string& value) { writer.text(value); }
    static Value schema(const Field& field);
};
/// On the wire milliseconds.
template <>
struct Codec<Duration> {
    static Result<void> read(Reader& reader, Duration& out, const Field& field);
    static Result<void> read_text(std::string_view text, Duration& out, const Field& field);
    static void write(Writer& writer, Duration value) { write_ms(writer, value.count()); }
    static Value schema(const Field& field);
};
template <>
struct Codec<Instant> {
    static Result<void> read(Reader& reader, Instant& out, const Field& field);
    static Result<void> read_text(std::string_view text, Instant& out, const Field& field);
    static void write(Writer& writer, Instant value) { write_instant(writer, value); }
    static Value schema(const Field& field);
};
/// Anything.
template <>
struct Codec<Value> {
    static Result<void> read(Reader& reader, Value& out, const Field& field);
    static void write(Writer& writer, const Value& value) { write_value(writer, value); }
    static Value schema(const Field& field);
};
/// Text to text, `{"site":"hall 3"}`. In a query: `site=hall 3`, with commas between.
template <>
struct Codec<std::map<std::string, std::string, std::less<>>> {
    using Map = std::map<std::string, std::string, std::less<>>;
    static Result<void> read(Reader& reader, Map& out, const Field& field);
    static Result<void> read_text(std::string_view text, Map& out, const Field& field);
    static void write(Writer& writer, const Map& value);
    static Value schema(const Field& field);
};

template <typename T>
struct Codec<std::optional<T>> {
    static Result<void> read(Reader& reader, std::optional<T>& out, const Field& field) {
        return Codec<T>::read(reader, out.emplace(), field);
    }
    static Result<void> read_text(std::string_view text, std::optional<T>& out, const Field& field)
        requires requires(T& inner) { Codec<T>::read_text(text, inner, field); }
    {
        return Codec<T>::read_text(text, out.emplace(), field);
    }
    static void write(Writer& writer, const std::optional<T>& value) {
        Codec<T>::write(writer, checked(value));
    }
    static bool present(const std::optional<T>& value) { return value.has_value(); }
    static Value schema(const Field& field) { return Codec<T>::schema(field); }
    static const Shape* nested() { return type_of<T>()->nested(); }
};

/// Steps through an array; `item` reads one, standing on its first token.
template <typename ReadItem>
Result<void> read_items(Reader& reader, const Field& field, ReadItem item) {
    if (reader.token() != Token::kArrayBegin) return wrong("a list is expected");
    for (std::size_t at = 0;; ++at) {
        if (auto token = reader.next(); !token) return pass(token);
        if (reader.token() == Token::kArrayEnd) return {};
        if (field.max && static_cast<double>(at) >= *field.max) {
            return wrong("at most " + std::to_string(static_cast<std::int64_t>(*field.max)) +
                         " items are accepted");
        }
        if (auto good = item(); !good) {
            return std::unexpected(within(std::to_string(at), std::move(good).error()));
        }
    }
}

/// In a query: the items with commas between.
template <typename T>
struct Codec<std::vector<T>> {
    static Result<void> read(Reader& reader, std::vector<T>& out, const Field& field) {
        Field inner = field;
        inner.max.reset();
        return read_items(reader, field,
                          [&] { return Codec<T>::read(reader, out.emplace_back(), inner); });
    }
    static Result<void> read_text(std::string_view text, std::vector<T>& out, const Field& field)
        requires requires(T& inner) { Codec<T>::read_text(text, inner, field); }
    {
        Field inner = field;
        inner.max.reset();
        while (!text.empty()) {
            const std::size_t comma = text.find(',');
            if (auto good = Codec<T>::read_text(text.substr(0, comma), out.emplace_back(), inner);
                !good) {
                return good;
            }
            text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
        }
        return {};
    }
    static void write(Writer& writer, const std::vector<T>& value) {
        writer.begin_array();
        for (const T& item : value)
            Codec<T>::write(writer, item);
        writer.end_array();
    }
    static Value schema(const Field& field) {
        Field inner = field;
        inner.max.reset();
        Value out = Value::Object{{"type", "array"}, {"items", Codec<T>::schema(inner)}};
        if (field.max) out.set("maxItems", static_cast<std::int64_t>(*field.max));
        return out;
    }
    static const Shape* nested() { return type_of<T>()->nested(); }
};

/// One page of a list; `next` is missing on the last one.
template <typename T>
struct Page {
    std::vector<T> items;
    std::optional<std::string> next;
};

template <typename T>
const Shape& shape_of(const Page<T>*) {
    static const std::string name = std::string{shape<T>().name} + "Page";
    static const Shape made{
        .name = name,
        .fields = {field<&Page<T>::items>({.name = "items", .required = true}),
                   field<&Page<T>::next>(
                       {.name = "next", .says = "Where the next page begins; none at the end."})}};
    return made;
}

}  // namespace tandem::contract
