#include "contract/encoding.h"

#include "base/check.h"
#include "codec/cbor.h"
#include "codec/field_list.h"
#include "codec/json.h"

#include <algorithm>

namespace tandem::contract {

using codec::same_without_case;

namespace {

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
    codec::FieldList ranges{accept};
    while (const auto range = ranges.next()) {
        const int exact = exactness(range->name, candidate);
        if (exact > best_exactness) {
            best_exactness = exact;
            weight = range->weight;
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
    const std::string_view bare = codec::trim_blanks(media_type.substr(0, media_type.find(';')));
    for (const EncodingRow& candidate : encodings()) {
        if (same_without_case(bare, candidate.media_type)) return candidate.encoding;
    }
    return {};
}

std::optional<Encoding> choose_encoding(std::string_view accept) {
    if (codec::trim_blanks(accept).empty()) return Encoding::kJson;
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
    if (encoding == Encoding::kJson) return std::make_unique<codec::JsonReader>(bytes, limits);
    ReaderLimits shallow = limits;
    shallow.depth = std::min<std::size_t>(limits.depth, 16);
    return std::make_unique<codec::CborReader>(bytes, shallow);
}

std::unique_ptr<Writer> make_writer(Encoding encoding) {
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
