#include "store/value_bytes.h"

#include <bit>
#include <limits>
#include <optional>

namespace tandem::store {
namespace {

// The part of CBOR, RFC 8949, that a `Value` needs: definite lengths, doubles of 8 bytes, integers
// in their shortest form.
enum class Major : std::uint8_t {
    kUnsigned = 0,
    kNegative = 1,
    kText = 3,
    kArray = 4,
    kMap = 5,
    kSimple = 7,
};
constexpr std::uint8_t kFalse = 20;
constexpr std::uint8_t kTrue = 21;
constexpr std::uint8_t kNull = 22;
constexpr std::uint8_t kDouble = 27;
constexpr std::uint8_t kOneByte = 24;  // 25, 26 and 27 say two, four and eight
// Deeper than any door lets in; a damaged file must not exhaust the stack.
constexpr int kDepthMax = 64;
constexpr auto kSignedMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

void put_big_endian(std::string& out, std::uint64_t number, unsigned bytes) {
    for (unsigned left = bytes; left > 0; --left) {
        out += static_cast<char>((number >> (8 * (left - 1))) & 0xFFU);
    }
}

void put_head(std::string& out, Major major, std::uint64_t number) {
    const auto first = static_cast<unsigned>(major) << 5U;
    if (number < kOneByte) {
        out += static_cast<char>(first | static_cast<unsigned>(number));
        return;
    }
    unsigned power = 0;  // of the bytes that the number takes
    while (power < 3 && (number >> (8U << power)) != 0)
        ++power;
    out += static_cast<char>(first | (kOneByte + power));
    put_big_endian(out, number, 1U << power);
}

void put_simple(std::string& out, std::uint8_t simple) {
    out += static_cast<char>((static_cast<unsigned>(Major::kSimple) << 5U) | simple);
}

void put_text(std::string& out, std::string_view text) {
    put_head(out, Major::kText, text.size());
    out += text;
}

void put_integer(std::string& out, std::int64_t number) {
    if (number >= 0) return put_head(out, Major::kUnsigned, static_cast<std::uint64_t>(number));
    put_head(out, Major::kNegative, ~static_cast<std::uint64_t>(number));
}

void put(std::string& out, const Value& value) {  // NOLINT(misc-no-recursion): bounded as read
    if (value.is_null()) return put_simple(out, kNull);
    if (const auto* boolean = value.get<bool>()) return put_simple(out, *boolean ? kTrue : kFalse);
    if (const auto* number = value.get<std::int64_t>()) return put_integer(out, *number);
    if (const auto* number = value.get<std::uint64_t>()) {
        return put_head(out, Major::kUnsigned, *number);
    }
    if (const auto* number = value.get<double>()) {
        put_simple(out, kDouble);
        return put_big_endian(out, std::bit_cast<std::uint64_t>(*number), 8);
    }
    if (const auto* text = value.get<std::string>()) return put_text(out, *text);
    if (const auto* items = value.get<Value::Array>()) {
        put_head(out, Major::kArray, items->size());
        for (const Value& item : *items)
            put(out, item);
        return;
    }
    const auto& members = *value.get<Value::Object>();
    put_head(out, Major::kMap, members.size());
    for (const auto& [key, member] : members) {
        put_text(out, key);
        put(out, member);
    }
}

// Takes one value off the front of `rest_`; nothing when it is not one.
class Taker {
public:
    explicit Taker(std::string_view bytes) : rest_{bytes} {}

    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    // NOLINTNEXTLINE(misc-no-recursion): bounded by kDepthMax
    std::optional<Value> value(int depth) {
        const auto head = take_head();
        if (!head || depth > kDepthMax) return {};
        switch (head->major) {
            case Major::kUnsigned:
                return Value{head->number};
            case Major::kNegative:
                if (head->number > kSignedMax) return {};
                return Value{static_cast<std::int64_t>(~head->number)};
            case Major::kText:
                return text(head->number);
            case Major::kArray:
                return array(head->number, depth);
            case Major::kMap:
                return object(head->number, depth);
            case Major::kSimple:
                break;
        }
        return simple(*head);
    }

private:
    struct Head {
        Major major;
        std::uint8_t low;
        std::uint64_t number;
    };

    std::optional<Head> take_head() {
        if (rest_.empty()) return {};
        const auto first = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        const auto low = static_cast<std::uint8_t>(first & 31U);
        Head head{.major = static_cast<Major>(first >> 5U), .low = low, .number = low};
        if (low < kOneByte) return head;
        const std::size_t bytes = std::size_t{1} << (low - kOneByte);
        if (low > kDouble || rest_.size() < bytes) return {};
        head.number = 0;
        for (const char c : rest_.substr(0, bytes)) {
            head.number = (head.number << 8U) | static_cast<unsigned char>(c);
        }
        rest_.remove_prefix(bytes);
        return head;
    }

    static std::optional<Value> simple(const Head& head) {
        if (head.major != Major::kSimple) return {};
        if (head.low == kNull) return Value{};
        if (head.low == kFalse || head.low == kTrue) return Value{head.low == kTrue};
        if (head.low == kDouble) return Value{std::bit_cast<double>(head.number)};
        return {};
    }

    std::optional<std::string> text(std::uint64_t size) {
        if (size > rest_.size()) return {};
        std::string out{rest_.substr(0, size)};
        rest_.remove_prefix(size);
        return out;
    }

    // NOLINTNEXTLINE(misc-no-recursion): as value()
    std::optional<Value> array(std::uint64_t size, int depth) {
        Value::Array items;
        for (std::uint64_t at = 0; at < size; ++at) {
            auto item = value(depth + 1);
            if (!item) return {};
            items.push_back(std::move(*item));
        }
        return Value{std::move(items)};
    }

    // NOLINTNEXTLINE(misc-no-recursion): as value()
    std::optional<Value> object(std::uint64_t size, int depth) {
        Value::Object members;
        for (std::uint64_t at = 0; at < size; ++at) {
            const auto head = take_head();
            if (!head || head->major != Major::kText) return {};
            auto key = text(head->number);
            auto member = key ? value(depth + 1) : std::nullopt;
            if (!member) return {};
            members.emplace_back(std::move(*key), std::move(*member));
        }
        return Value{std::move(members)};
    }

    std::string_view rest_;
};

std::unexpected<Error> damaged() {
    return fail(ErrorCode::kStorageFailed, "a document of the store is damaged");
}

// The members of the object that `bytes` hold.
Result<Value::Object> members_of(std::string_view bytes) {
    auto value = from_bytes(bytes);
    if (!value) return pass(value);
    auto* members = value->get<Value::Object>();
    if (members == nullptr) return damaged();
    return std::move(*members);
}

}  // namespace

std::string to_bytes(const Value& value) {
    std::string out;
    put(out, value);
    return out;
}

Result<Value> from_bytes(std::string_view bytes) {
    Taker taker{bytes};
    auto value = taker.value(0);
    if (!value || !taker.at_end()) return damaged();
    return std::move(*value);
}

std::string to_bytes(const Labels& labels) {
    Value::Object members;
    for (const auto& [name, value] : labels)
        members.emplace_back(name, value);
    return to_bytes(Value{std::move(members)});
}

Result<Labels> labels_from_bytes(std::string_view bytes) {
    auto members = members_of(bytes);
    if (!members) return pass(members);
    Labels labels;
    for (auto& [name, value] : *members) {
        auto* text = value.get<std::string>();
        if (text == nullptr) return damaged();
        labels.emplace(std::move(name), std::move(*text));
    }
    return labels;
}

std::string to_bytes(const ChangeTimes& times) {
    Value::Object members;
    for (const auto& [key, time] : times) {
        members.emplace_back(key, std::int64_t{time.time_since_epoch().count()});
    }
    return to_bytes(Value{std::move(members)});
}

Result<ChangeTimes> change_times_from_bytes(std::string_view bytes) {
    auto members = members_of(bytes);
    if (!members) return pass(members);
    ChangeTimes times;
    for (auto& [key, value] : *members) {
        const auto* count = value.get<std::int64_t>();
        if (count == nullptr) return damaged();
        times.emplace(std::move(key), Instant{Duration{*count}});
    }
    return times;
}

}  // namespace tandem::store
