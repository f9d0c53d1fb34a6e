#include "contract/encoding.h"

#include "base/ascii.h"
#include "base/check.h"
#include "codec/cbor.h"
#include "codec/field_list.h"
#include "codec/json.h"
#include "codec/senml_labels.h"
#include "codec/senml_xml.h"
#include "codec/xml.h"
#include "codec/xml_problem.h"

#include <algorithm>

namespace tandem::contract {

namespace {

// `application/*`: all of one main type.
bool covers(std::string_view range, std::string_view media_type) {
    if (!range.ends_with("/*")) return false;
    range.remove_suffix(1);
    return equal_ignoring_case(range, media_type.substr(0, range.size()));
}

// 0: does not match. More exact ranges count before weaker ones, whatever their weight.
int exactness(std::string_view range, const EncodingRow& candidate) {
    if (equal_ignoring_case(range, candidate.media_type)) return 3;
    // Who reads the problems of an encoding reads the encoding.
    const bool general = candidate.encoding == candidate.syntax;
    if (general && equal_ignoring_case(range, problem_type(candidate.encoding))) return 3;
    if (covers(range, candidate.media_type)) return 2;
    return range == "*/*" ? 1 : 0;
}

bool is_among(const EncodingRow& candidate, const Among& among) {
    if (candidate.bodies != Bodies::kAny && candidate.bodies != among.bodies) return false;
    if (!among.syntax) return true;
    return candidate.syntax == *among.syntax && !is_file(candidate.encoding);
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
    using enum Encoding;
    using enum Bodies;
    static const std::vector<EncodingRow> rows{
        {kJson, "json", "application/json", kAny, kJson},
        {kCbor, "cbor", "application/cbor", kAny, kCbor},
        {kXml, "xml", "application/xml", kAny, kXml},
        {kSenmlJson, "senml+json", "application/senml+json", kReadings, kJson},
        {kSenmlCbor, "senml+cbor", "application/senml+cbor", kReadings, kCbor},
        {kSenmlXml, "senml+xml", "application/senml+xml", kReadings, kXml},
        {kCsv, "csv", "text/csv", kReadings, kJson},
        {kNdjson, "ndjson", "application/x-ndjson", kReadings, kJson},
        {kEventStream, "event-stream", "text/event-stream", kEvents, kJson},
    };
    return rows;
}

const EncodingRow& row(Encoding encoding) {
    return encodings().at(static_cast<std::size_t>(encoding));
}

bool is_file(Encoding encoding) {
    return encoding == Encoding::kCsv || encoding == Encoding::kNdjson ||
           encoding == Encoding::kEventStream;
}

bool is_senml(Encoding encoding) {
    return encoding == Encoding::kSenmlJson || encoding == Encoding::kSenmlCbor ||
           encoding == Encoding::kSenmlXml;
}

std::string_view problem_type(Encoding encoding) {
    switch (row(encoding).syntax) {
        case Encoding::kCbor:
            return "application/problem+cbor";
        case Encoding::kXml:
            return "application/problem+xml";
        default:
            return "application/problem+json";
    }
}

std::optional<Encoding> encoding_of(std::string_view media_type, const Among& among) {
    const std::string_view bare = trimmed(media_type.substr(0, media_type.find(';')));
    for (const EncodingRow& candidate : encodings()) {
        if (!is_among(candidate, among)) continue;
        if (equal_ignoring_case(bare, candidate.media_type)) return candidate.encoding;
    }
    return {};
}

std::optional<Encoding> choose_encoding(std::string_view accept, const Among& among) {
    if (trimmed(accept).empty()) return among.syntax.value_or(Encoding::kJson);
    std::optional<Encoding> best;
    int best_weight = 0;
    for (const EncodingRow& candidate : encodings()) {
        if (!is_among(candidate, among)) continue;
        const int weight = weight_of(candidate, accept);
        if (weight > best_weight) {
            best_weight = weight;
            best = candidate.encoding;
        }
    }
    return best;
}

std::string media_types(const Among& among) {
    std::string out;
    for (const EncodingRow& each : encodings()) {
        if (!is_among(each, among)) continue;
        if (!out.empty()) out += ", ";
        out += each.media_type;
    }
    return out;
}

Encoding looked_into(Encoding encoding, Bodies bodies, std::string_view body) {
    const bool pack =
        encoding == Encoding::kXml && bodies == Bodies::kReadings && codec::is_senml_xml(body);
    return pack ? Encoding::kSenmlXml : encoding;
}

ReaderLimits bulk_limits(std::size_t around) {
    return {.depth = ReaderLimits{}.depth + around,
            .object_keys = 100'000,
            .array_items = 1'000'000,
            .nodes = 10'000'000};
}

namespace {

// How deep CBOR nests: devices that speak it have little stack.
ReaderLimits shallow(ReaderLimits limits) {
    limits.depth = std::min(limits.depth, codec::kCborLimits.depth);
    return limits;
}

}  // namespace

std::unique_ptr<Reader> make_reader(Encoding encoding,
                                    std::string_view bytes,
                                    const ReaderLimits& limits) {
    using codec::kSenmlLabels;
    switch (encoding) {
        case Encoding::kXml:
            return std::make_unique<codec::XmlReader>(bytes, limits);
        case Encoding::kSenmlXml:
            return std::make_unique<codec::SenmlXmlReader>(bytes, limits);
        case Encoding::kSenmlCbor:
            return std::make_unique<codec::CborReader>(bytes, shallow(limits), kSenmlLabels);
        case Encoding::kCbor:
            return std::make_unique<codec::CborReader>(bytes, shallow(limits));
        default:
            check(row(encoding).syntax == Encoding::kJson && !is_file(encoding));
            return std::make_unique<codec::JsonReader>(bytes, limits);
    }
}

std::unique_ptr<Writer> make_writer(Encoding encoding) {
    switch (encoding) {
        case Encoding::kXml:
            return std::make_unique<codec::XmlWriter>();
        case Encoding::kSenmlXml:
            return std::make_unique<codec::SenmlXmlWriter>();
        case Encoding::kSenmlCbor:
            return std::make_unique<codec::CborWriter>(codec::kSenmlLabels);
        case Encoding::kSenmlJson:
            return std::make_unique<codec::JsonWriter>();
        default:
            return make_raw_writer(encoding);
    }
}

std::unique_ptr<RawReader> make_raw_reader(Encoding encoding,
                                           std::string_view bytes,
                                           const ReaderLimits& limits) {
    if (encoding == Encoding::kJson) return std::make_unique<codec::JsonReader>(bytes, limits);
    check(encoding == Encoding::kCbor);
    // The body of a message may be a pack, whose keys are numbers. Whether it may have such keys
    // shows when it is read as what it is.
    return std::make_unique<codec::CborReader>(bytes, shallow(limits), codec::kSenmlLabels);
}

std::unique_ptr<RawWriter> make_raw_writer(Encoding encoding) {
    if (encoding == Encoding::kJson) return std::make_unique<codec::JsonWriter>();
    check(encoding == Encoding::kCbor);
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
    const Encoding syntax = row(encoding).syntax;
    if (syntax == Encoding::kXml) {
        codec::XmlProblemWriter writer;
        write_problem(writer, error);
        return writer.take();
    }
    const auto writer = make_writer(syntax);
    write_problem(*writer, error);
    return writer->take();
}

}  // namespace tandem::contract
