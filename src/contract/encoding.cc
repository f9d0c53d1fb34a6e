#include "contract/encoding.h"

#include "base/check.h"
#include "codec/cbor.h"
#include "codec/json.h"

#include <algorithm>
#include <cctype>

namespace tandem::contract {
namespace {

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

bool same_without_case(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, [](unsigned char a, unsigned char b) {
        return std::tolower(a) == std::tolower(b);
    });
}

// One element of an Accept field: a media range with its weight in thousandths.
struct Range {
    std::string_view media;
    int weight = 1'000;
};

int read_weight(std::string_view text) {
    if (text.starts_with("1")) return 1'000;
    if (!text.starts_with("0.")) return 0;
    int weight = 0;
    int unit = 100;
    for (const char c : text.substr(2, 3)) {
        if (c < '0' || c > '9') break;
        weight += (c - '0') * unit;
        unit /= 10;
    }
    return weight;
}

Range read_range(std::string_view text) {
    Range range{.media = trim(text.substr(0, text.find(';')))};
    for (std::size_t at = text.find(';'); at != std::string_view::npos;
         at = text.find(';', at + 1)) {
        const std::string_view parameter = trim(text.substr(at + 1));
        if (parameter.starts_with("q=") || parameter.starts_with("Q=")) {
            range.weight = read_weight(parameter.substr(2));
        }
    }
    return range;
}

// 0: does not match. More exact ranges count before weaker ones, whatever their weight.
int exactness(std::string_view range, const EncodingRow& candidate) {
    if (same_without_case(range, candidate.media_type) ||
        same_without_case(range, candidate.problem_type)) {
        return 3;
    }
    if (same_without_case(range, "application/*")) return 2;
    return range == "*/*" ? 1 : 0;
}

int weight_of(const EncodingRow& candidate, std::string_view accept) {
    int best_exactness = 0;
    int weight = 0;
    while (!accept.empty()) {
        const std::size_t comma = accept.find(',');
        const Range range = read_range(accept.substr(0, comma));
        accept = comma == std::string_view::npos ? std::string_view{} : accept.substr(comma + 1);
        const int exact = exactness(range.media, candidate);
        if (exact > best_exactness) {
            best_exactness = exact;
            weight = range.weight;
        }
    }
    return weight;
}

}  // namespace

const std::vector<EncodingRow>& encodings() {
    static const std::vector<EncodingRow> rows{
        {Encoding::kJson, "json", "application/json", "application/problem+json"},
        {Encoding::kCbor, "cbor", "application/cbor", "application/problem+cbor"},
    };
    return rows;
}

const EncodingRow& row(Encoding encoding) {
    return encodings().at(static_cast<std::size_t>(encoding));
}

std::optional<Encoding> encoding_of(std::string_view media_type) {
    const std::string_view bare = trim(media_type.substr(0, media_type.find(';')));
    for (const EncodingRow& candidate : encodings()) {
        if (same_without_case(bare, candidate.media_type)) return candidate.encoding;
    }
    return {};
}

std::optional<Encoding> choose_encoding(std::string_view accept) {
    if (trim(accept).empty()) return Encoding::kJson;
    std::optional<Encoding> best;
    int best_weight = 0;
    for (const EncodingRow& candidate : encodings()) {
        const int weight = weight_of(candidate, accept);
        if (weight > best_weight) {
            best_weight = weight;
            best = candidate.encoding;
        }
    }
    return best;
}

ReaderLimits bulk_limits() {
    return {.object_keys = 100'000, .array_items = 1'000'000, .nodes = 10'000'000};
}

std::unique_ptr<Reader> make_reader(Encoding encoding,
                                    std::string_view bytes,
                                    const ReaderLimits& limits) {
    return make_raw_reader(encoding, bytes, limits);
}

std::unique_ptr<Writer> make_writer(Encoding encoding) {
    return make_raw_writer(encoding);
}

std::unique_ptr<RawReader> make_raw_reader(Encoding encoding,
                                           std::string_view bytes,
                                           const ReaderLimits& limits) {
    if (encoding == Encoding::kJson) return std::make_unique<codec::JsonReader>(bytes, limits);
    ReaderLimits shallow = limits;
    shallow.depth = std::min<std::size_t>(limits.depth, 16);
    return std::make_unique<codec::CborReader>(bytes, shallow);
}

std::unique_ptr<RawWriter> make_raw_writer(Encoding encoding) {
    if (encoding == Encoding::kJson) return std::make_unique<codec::JsonWriter>();
    return std::make_unique<codec::CborWriter>();
}

void write_problem(Writer& writer, const Error& error) {
    const ErrorRow& entry = tandem::row(error.code);
    writer.begin_object();
    writer.key("type");
    writer.text("/problems/" + std::string{entry.name});
    writer.key("title");
    writer.text(entry.title);
    writer.key("status");
    writer.integer(entry.status);
    if (!error.detail.empty()) {
        writer.key("detail");
        writer.text(error.detail);
    }
    writer.key("retryable");
    writer.boolean(entry.retryable);
    if (error.retry_after) {
        writer.key("retry_after_ms");
        writer.integer((*error.retry_after + 999us) / 1ms);  // Rounded up: long enough.
    }
    if (!error.limit.empty()) {
        writer.key("limit");
        writer.text(error.limit);
    }
    if (!error.door_hint.empty()) {
        writer.key("door_hint");
        writer.text(error.door_hint);
    }
    if (!error.fields.empty()) {
        writer.key("errors");
        writer.begin_array();
        for (const FieldError& field : error.fields) {
            writer.begin_object();
            writer.key("pointer");
            writer.text(field.pointer);
            writer.key("detail");
            writer.text(field.detail);
            writer.end_object();
        }
        writer.end_array();
    }
    writer.end_object();
}

std::string write_problem(Encoding encoding, const Error& error) {
    const auto writer = make_writer(encoding);
    write_problem(*writer, error);
    return writer->take();
}

}  // namespace tandem::contract
