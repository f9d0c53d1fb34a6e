#include "store/telemetry/column_summary.h"

#include "store/telemetry/number_code.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace tandem::store {
namespace {

constexpr double kLargest = std::numeric_limits<double>::max();

struct Totals {
    double min = 0;
    double max = 0;
    double sum = 0;
};

/// Of booleans and of integers of an ordinary size. Integers add up to what doubles do as long as
/// no sum is above 2^53, and several at a time.
std::optional<Totals> small_totals_of(std::span<const std::uint64_t> values) {
    constexpr std::int64_t kSmall = std::int64_t{1} << 40U;
    constexpr std::size_t kCountMax = 1U << 13U;
    auto min = static_cast<std::int64_t>(values.front());
    std::int64_t max = min;
    std::uint64_t sum = 0;
    for (const std::uint64_t bits : values) {
        const auto number = static_cast<std::int64_t>(bits);
        min = std::min(min, number);
        max = std::max(max, number);
        sum += bits;
    }
    if (min < -kSmall || max > kSmall || values.size() > kCountMax) return {};
    return Totals{.min = static_cast<double>(min),
                  .max = static_cast<double>(max),
                  .sum = static_cast<double>(static_cast<std::int64_t>(sum))};
}

template <typename AsNumber, typename Add>
Totals totals_with(std::span<const std::uint64_t> values, AsNumber as_number, Add add) {
    Totals out;
    bool any = false;
    for (const std::uint64_t bits : values) {
        const double number = as_number(bits);
        if (std::isnan(number)) continue;
        out.min = any ? std::min(out.min, number) : number;
        out.max = any ? std::max(out.max, number) : number;
        out.sum = add(out.sum, number);
        any = true;
    }
    return out;
}

template <typename AsNumber>
Totals totals_of(std::span<const std::uint64_t> values, AsNumber as_number) {
    const Totals plain =
        totals_with(values, as_number, [](double sum, double more) { return sum + more; });
    // What once was infinite stays infinite or becomes NaN: a sum that is finite never was.
    if (std::isfinite(plain.sum)) return plain;
    return totals_with(values, as_number, [](double sum, double more) {
        return std::clamp(sum + more, -kLargest, kLargest);
    });
}

Totals totals_of(const Column& column) {
    switch (column.type) {
        case ValueType::kBoolean:
        case ValueType::kInteger:
            if (const auto totals = small_totals_of(column.bits)) return *totals;
            return totals_of(column.bits, [](std::uint64_t bits) {
                return static_cast<double>(static_cast<std::int64_t>(bits));
            });
        case ValueType::kUnsigned:
            return totals_of(column.bits,
                             [](std::uint64_t bits) { return static_cast<double>(bits); });
        case ValueType::kDouble:
            return totals_of(column.bits,
                             [](std::uint64_t bits) { return std::bit_cast<double>(bits); });
        case ValueType::kString:
        case ValueType::kDocument:
            break;
    }
    return {};
}

Edge edge_of(const Column& column, std::size_t at, std::span<const std::int64_t> times) {
    Edge edge{.time = times[column.at[at]]};
    if (!is_text(column.type)) {
        edge.bits = column.bits[at];
    } else if (column.texts[at].size() <= kSummaryTextBytesMax) {
        edge.text = column.texts[at];
    }
    return edge;
}

// A length, one more than it is; 0 for a text that is left out.
void put_text(std::string& out, const std::optional<std::string>& text) {
    if (!text) return put_varint(out, 0);
    put_varint(out, text->size() + 1);
    out += *text;
}

std::optional<std::string> read_text(ByteReader& from) {
    const std::uint64_t length = from.varint();
    from.require(length <= kSummaryTextBytesMax + 1, "a text of a summary is too long");
    if (from.failed() || length == 0) return {};
    return std::string{from.take(length - 1)};
}

// The number of ones tells all but where they are.
void put_boolean(std::string& out, const ColumnSummary& summary) {
    put_varint(out, static_cast<std::uint64_t>(summary.sum));
    out += static_cast<char>(summary.first.bits | summary.last.bits << 1U);
}

void read_boolean(ByteReader& from, ColumnSummary& summary) {
    const std::uint64_t ones = from.varint();
    from.require(ones <= summary.count, "more values are true than there are");
    summary.min = ones == summary.count ? 1 : 0;
    summary.max = ones > 0 ? 1 : 0;
    summary.sum = static_cast<double>(ones);
    const std::uint8_t edges = from.byte();
    from.require(edges <= 3, "a boolean is neither true nor false");
    summary.first.bits = edges & 1U;
    summary.last.bits = edges >> 1U;
}

void put_bits(std::string& out, ValueType type, std::uint64_t bits) {
    if (type == ValueType::kDouble) return put_number(out, std::bit_cast<double>(bits));
    put_varint(out, type == ValueType::kInteger ? zigzag(bits) : bits);
}

std::uint64_t read_bits(ByteReader& from, ValueType type) {
    if (type == ValueType::kDouble) return std::bit_cast<std::uint64_t>(read_number(from));
    const std::uint64_t number = from.varint();
    return type == ValueType::kInteger ? unzigzag(number) : number;
}

}  // namespace

ColumnSummary summarise(const Column& column, std::span<const std::int64_t> times) {
    ColumnSummary out{.slot = column.slot,
                      .type = column.type,
                      .count = static_cast<std::uint32_t>(column.at.size()),
                      .first = edge_of(column, 0, times),
                      .last = edge_of(column, column.at.size() - 1, times)};
    const Totals totals = totals_of(column);
    out.min = totals.min;
    out.max = totals.max;
    out.sum = totals.sum;
    return out;
}

void put_values(std::string& out, const ColumnSummary& summary) {
    if (summary.type == ValueType::kBoolean) return put_boolean(out, summary);
    if (is_text(summary.type)) {
        put_text(out, summary.first.text);
        return put_text(out, summary.last.text);
    }
    put_number(out, summary.min);
    put_number(out, summary.max);
    put_number(out, summary.sum);
    put_bits(out, summary.type, summary.first.bits);
    put_bits(out, summary.type, summary.last.bits);
}

void read_values(ByteReader& from, ColumnSummary& summary) {
    if (summary.type == ValueType::kBoolean) return read_boolean(from, summary);
    if (is_text(summary.type)) {
        summary.first.text = read_text(from);
        summary.last.text = read_text(from);
        return;
    }
    summary.min = read_number(from);
    summary.max = read_number(from);
    from.require(summary.min <= summary.max, "the smallest value is above the largest");
    summary.sum = read_number(from);
    from.require(std::isfinite(summary.sum), "a sum is not finite");
    summary.first.bits = read_bits(from, summary.type);
    summary.last.bits = read_bits(from, summary.type);
}

}  // namespace tandem::store
