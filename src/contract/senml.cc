#include "contract/senml.h"

#include "base/id.h"
#include "codec/time_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

namespace tandem::contract {
namespace {

using Item = TelemetryBody::Item;

constexpr std::int64_t kVersion = 10;  // Section 4.4.
// Device and series with the slash between them; names that are longer belong to neither.
constexpr std::size_t kNameBytes = 2 * 64 + 1;
constexpr std::size_t kUnitBytes = 32;         // As a series' declaration has it.
constexpr double kAbsoluteFrom = 268'435'456;  // 2^28 s: section 4.5.3.

// The labels of sections 4.1 and 4.2. The first six are base fields.
enum class Label : std::uint8_t {
    kBaseName,
    kBaseTime,
    kBaseUnit,
    kBaseValue,
    kBaseSum,
    kBaseVersion,
    kName,
    kUnit,
    kValue,
    kString,
    kBoolean,
    kData,
    kSum,
    kTime,
    kUpdateTime,
};
constexpr std::array<std::string_view, 15> kNames{"bn", "bt", "bu", "bv", "bs", "bver", "n", "u",
                                                  "v",  "vs", "vb", "vd", "s",  "t",    "ut"};

bool is_base(Label label) {
    return label <= Label::kBaseVersion;
}
bool is_text(Label label) {
    return label == Label::kBaseName || label == Label::kBaseUnit || label == Label::kName ||
           label == Label::kUnit || label == Label::kString || label == Label::kData;
}

// One record, and what the records before it have set. What is missing is null.
using Record = std::array<Value, kNames.size()>;
const Value& at(const Record& record, Label label) {
    return record[static_cast<std::size_t>(label)];
}
bool has(const Record& record, Label label) {
    return !at(record, label).is_null();
}
std::string_view text_at(const Record& record, Label label) {
    const auto* text = at(record, label).get<std::string>();
    return text == nullptr ? std::string_view{} : *text;
}

Result<void> read_scalar(Reader& reader, Label label, Value& out) {
    if (is_text(label)) {
        if (reader.token() != Token::kString) return wrong("text is expected");
    } else if (label == Label::kBoolean) {
        if (reader.token() != Token::kBool) return wrong("true or false is expected");
    } else if (reader.token() != Token::kInt && reader.token() != Token::kUint &&
               reader.token() != Token::kDouble) {
        return wrong("a number is expected");
    }
    auto value = read_value(reader);
    if (!value) return pass(value);
    out = std::move(*value);
    return {};
}

// Standing on a label. What is not known is skipped unless the sender says that it must not be:
// section 4.4.
Result<void> read_label(Reader& reader, Record& out) {
    const std::string name{reader.text()};
    if (auto token = reader.next(); !token) return pass(token);
    const auto* const known = std::ranges::find(kNames, name);
    if (known == kNames.end()) {
        if (auto skipped = read_value(reader); !skipped) return pass(skipped);
        if (!name.ends_with('_')) return {};
        return std::unexpected(
            within(name, wrong("this field must be understood, and is not").error()));
    }
    const auto index = static_cast<std::size_t>(known - kNames.begin());
    if (auto good = read_scalar(reader, static_cast<Label>(index), out[index]); !good) {
        return std::unexpected(within(name, std::move(good).error()));
    }
    return {};
}

Result<void> read_record(Reader& reader, Record& out) {
    if (reader.token() != Token::kObjectBegin) return wrong("a record is an object");
    while (true) {
        if (auto token = reader.next(); !token) return pass(token);
        if (reader.token() == Token::kObjectEnd) return {};
        if (auto good = read_label(reader, out); !good) return good;
    }
}

// Section 4.5.1: begins with a letter or digit, goes on with these.
bool is_senml_name(std::string_view name) {
    const auto good = [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == ':' || c == '.' || c == '/' || c == '_';
    };
    return !name.empty() && std::isalnum(static_cast<unsigned char>(name.front())) != 0 &&
           std::ranges::all_of(name, good);
}

// Whole numbers add up exactly where they can.
Value sum_of(const Value& base, const Value& value) {
    if (base.is_null()) return value;
    if (value.is_null()) return base;
    const auto* left = base.get<std::int64_t>();
    const auto* right = value.get<std::int64_t>();
    std::int64_t whole = 0;
    if (left != nullptr && right != nullptr && !__builtin_add_overflow(*left, *right, &whole)) {
        return whole;
    }
    return base.as_double() + value.as_double();
}

bool is_finite(const Value& value) {
    const auto* number = value.get<double>();
    return number == nullptr || std::isfinite(*number);
}

// What is wrong with one record.
std::shared_ptr<const Error> record_error(std::uint32_t index, Label label, std::string detail) {
    auto error = fail_field("/" + std::to_string(index) + "/" +
                                std::string{kNames[static_cast<std::size_t>(label)]},
                            std::move(detail))
                     .error();
    return std::make_shared<const Error>(std::move(error));
}

class Resolver {
public:
    Resolver(bool many, TelemetryBody& out) : many_{many}, out_{out} {}

    Result<void> add(Record record) {
        if (auto good = take_base(record); !good) return good;
        const bool measures =
            std::ranges::any_of(kRegular, [&](Label label) { return has(record, label); });
        if (measures) resolve(record);
        // A record costs time even where it measures nothing.
        if (++index_ > kReadingsMax) return too_many_readings();
        return check_readings(out_);
    }

private:
    static constexpr std::array kRegular{Label::kName,   Label::kUnit,    Label::kValue,
                                         Label::kString, Label::kBoolean, Label::kData,
                                         Label::kSum,    Label::kTime,    Label::kUpdateTime};
    static constexpr std::array kValues{Label::kValue, Label::kString, Label::kBoolean,
                                        Label::kData};

    Result<void> take_base(Record& record) {
        for (std::size_t at = 0; at < record.size(); ++at) {
            if (!is_base(static_cast<Label>(at)) || record[at].is_null()) continue;
            base_[at] = std::move(record[at]);
        }
        // Section 4.4: what is newer must not be used, what is older may.
        const Value& version = at(base_, Label::kBaseVersion);
        const auto* number = version.get<std::int64_t>();
        if (version.is_null() || (number != nullptr && *number > 0 && *number <= kVersion)) {
            return {};
        }
        return std::unexpected(
            within("bver", wrong("a version of SenML up to 10 is expected").error()));
    }

    void resolve(const Record& record) {
        Item item;
        item.index = index_;
        if (auto error = place(record, item)) return refuse(std::move(item), std::move(error));
        if (auto error = date(record, item)) return refuse(std::move(item), std::move(error));
        // Looked at before it is kept: there may be a hundred thousand records under one base unit.
        const std::string_view unit = has(record, Label::kUnit) ? text_at(record, Label::kUnit)
                                                                : text_at(base_, Label::kBaseUnit);
        if (unit.size() > kUnitBytes) {
            return refuse(std::move(item),
                          record_error(index_, Label::kUnit,
                                       "a unit of at most " + std::to_string(kUnitBytes) +
                                           " bytes is expected"));
        }
        item.unit = unit;
        measure(record, std::move(item));
    }

    void refuse(Item item, std::shared_ptr<const Error> error) {
        item.error = std::move(error);
        out_.items.push_back(std::move(item));
    }

    // Device and series: section 4.5.1.
    std::shared_ptr<const Error> place(const Record& record, Item& item) {
        const std::string_view base = text_at(base_, Label::kBaseName);
        const std::string_view own = text_at(record, Label::kName);
        if (base.size() + own.size() > kNameBytes) {
            return record_error(index_, Label::kName,
                                "base name and name have at most " + std::to_string(kNameBytes) +
                                    " bytes together");
        }
        std::string name{base};
        name += own;
        if (!is_senml_name(name)) {
            return record_error(index_, Label::kName,
                                "base name and name together begin with a letter or digit and go "
                                "on with A-Z a-z 0-9 - : . / _");
        }
        const std::size_t slash = name.rfind('/');
        if (slash == std::string::npos && many_) {
            return record_error(index_, Label::kName,
                                "the device's id, a slash and the series are expected");
        }
        if (slash != std::string::npos) item.device = name.substr(0, slash);
        series_ = slash == std::string::npos ? std::move(name) : name.substr(slash + 1);
        return nullptr;
    }

    // Section 4.5.3. A double of seconds is exact to the microsecond until the year 2100.
    std::shared_ptr<const Error> date(const Record& record, Item& item) {
        const double seconds =
            at(base_, Label::kBaseTime).as_double() + at(record, Label::kTime).as_double();
        if (seconds < kAbsoluteFrom) {
            // Relative times reach back to where absolute ones begin, and no further.
            if (!(seconds > -4e9)) {
                return record_error(index_, Label::kTime, "a time is expected, in seconds");
            }
            item.since_now = Duration{std::llround(seconds * 1e6)};
            return nullptr;
        }
        auto time = codec::instant_from_ms(seconds * 1'000);
        if (!time) {
            return record_error(index_, Label::kTime,
                                "seconds since 1970 are expected, up to the year 9999");
        }
        item.time = *time;
        return nullptr;
    }

    void measure(const Record& record, Item item) {
        const auto values =
            std::ranges::count_if(kValues, [&](Label label) { return has(record, label); });
        const bool summed = has(record, Label::kSum) || has(base_, Label::kBaseSum);
        if (auto error = value_error(record, values, summed)) {
            return refuse(std::move(item), std::move(error));
        }
        if (summed) {
            Item sum = item;
            sum.values.emplace_back(series_ + std::string{kSumSuffix},
                                    sum_of(at(base_, Label::kBaseSum), at(record, Label::kSum)));
            if (!sum.unit.empty()) sum.unit += "*s";
            add_item(std::move(sum), Label::kSum);
        }
        const bool numeric = has(record, Label::kValue) || values == 0;
        Value value =
            numeric ? sum_of(at(base_, Label::kBaseValue), at(record, Label::kValue))
                    : at(record, has(record, Label::kString) ? Label::kString : Label::kBoolean);
        if (value.is_null()) return;  // A sum alone.
        item.values.emplace_back(series_, std::move(value));
        add_item(std::move(item), Label::kValue);
    }

    // Sections 4.2 and 4.5.4.
    [[nodiscard]] std::shared_ptr<const Error> value_error(const Record& record,
                                                           std::ptrdiff_t values,
                                                           bool summed) const {
        if (has(record, Label::kData)) {
            auto error = fail(ErrorCode::kUnprocessable, "data values (vd) are not stored").error();
            error.fields.push_back({.pointer = "/" + std::to_string(index_) + "/vd",
                                    .detail = "v, vs or vb is expected"});
            return std::make_shared<const Error>(std::move(error));
        }
        if (values > 1) {
            return record_error(index_, Label::kValue, "one of v, vs and vb is expected");
        }
        if (values == 0 && !summed && !has(base_, Label::kBaseValue)) {
            return record_error(index_, Label::kValue, "v, vs, vb or s is expected");
        }
        return nullptr;
    }

    void add_item(Item item, Label label) {
        if (!is_finite(item.values.back().second)) {
            auto error = record_error(index_, label, "a finite number is expected");
            item.values.clear();
            return refuse(std::move(item), std::move(error));
        }
        out_.items.push_back(std::move(item));
    }

    bool many_;
    TelemetryBody& out_;
    Record base_{};
    std::string series_;
    std::uint32_t index_ = 0;
};

Result<void> write_value_of(Writer& writer, const SenmlRow& row, bool sum) {
    const Value& value = *row.value;
    if (const auto* text = value.get<std::string>()) {
        writer.key("vs");
        writer.text(*text);
    } else if (const auto* boolean = value.get<bool>()) {
        writer.key("vb");
        writer.boolean(*boolean);
    } else if (value.is_number()) {
        writer.key(sum ? "s" : "v");
        write_value(writer, value);
    } else {
        return fail(ErrorCode::kNotAcceptable, "the series `" + std::string{row.series} +
                                                   "` holds values that SenML cannot say; ask for "
                                                   "application/json");
    }
    return {};
}

Result<void> write_record(Writer& writer, const SenmlRow& row) {
    const double seconds = static_cast<double>(row.time.time_since_epoch().count()) / 1e6;
    if (seconds < kAbsoluteFrom) {
        return fail(ErrorCode::kNotAcceptable,
                    "there are readings from before July 1978, which SenML takes for relative; ask "
                    "for application/json");
    }
    std::string_view name = row.series;
    std::string_view unit = row.unit;
    const bool sum = name.ends_with(kSumSuffix) && row.value->is_number();
    if (sum) name.remove_suffix(kSumSuffix.size());
    if (sum && unit.ends_with("*s")) unit.remove_suffix(2);
    writer.key("n");
    writer.text(name);
    if (!unit.empty()) {
        writer.key("u");
        writer.text(unit);
    }
    if (auto good = write_value_of(writer, row, sum); !good) return good;
    const std::int64_t microseconds = row.time.time_since_epoch().count();
    writer.key("t");
    if (microseconds % 1'000'000 == 0) {
        writer.integer(microseconds / 1'000'000);
    } else {
        writer.number(seconds);
    }
    return {};
}

Result<void> write_device(Writer& writer, const SenmlDevice& device) {
    if (!is_senml_name(device.device)) {
        return fail(ErrorCode::kNotAcceptable,
                    "SenML's names begin with a letter or digit, and the device's id does not; ask "
                    "for application/json");
    }
    bool first = true;
    for (const SenmlRow& row : device.rows) {
        writer.begin_object();
        if (std::exchange(first, false)) {
            writer.key("bn");
            writer.text(std::string{device.device} + "/");
        }
        if (auto good = write_record(writer, row); !good) return good;
        writer.end_object();
    }
    return {};
}

}  // namespace

Result<void> read_senml(Reader& reader, bool many, TelemetryBody& out) {
    out.form = TelemetryBody::Form::kPack;
    Resolver resolver{many, out};
    return read_items(reader, {}, [&]() -> Result<void> {
        Record record;
        if (auto good = read_record(reader, record); !good) return good;
        return resolver.add(std::move(record));
    });
}

Result<void> write_senml(Writer& writer, std::span<const SenmlDevice> devices) {
    writer.begin_array();
    for (const SenmlDevice& each : devices) {
        if (auto good = write_device(writer, each); !good) return good;
    }
    writer.end_array();
    return {};
}

Result<void> write_senml(Writer& writer, std::string_view device, std::span<const SenmlRow> rows) {
    const SenmlDevice one{.device = device, .rows = {rows.begin(), rows.end()}};
    return write_senml(writer, std::span{&one, 1});
}

}  // namespace tandem::contract
