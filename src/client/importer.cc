#include "client/importer.h"

#include "base/checked.h"
#include "client/problem.h"
#include "codec/csv.h"
#include "contract/precondition.h"

#include <algorithm>
#include <array>

namespace tandem::client {
namespace {

constexpr std::size_t kBodyBytes = std::size_t{1'024} * 1'024;
// Lines that are not sent stand empty in a body, up to so many.
constexpr std::uint64_t kGapMax = 10'000;
// A record of CSV that is longer has a quote that is never closed.
constexpr std::size_t kRecordMax = std::size_t{1'024} * 1'024;
constexpr std::string_view kMark = "\xEF\xBB\xBF";

std::unexpected<Error> no_export(const std::string& why) {
    return fail(ErrorCode::kUnprocessable,
                "this is no export: " + why +
                    R"(; its first line is {"kind":"export","version":1,…}, or, of CSV, )"
                    "time,device,series,value");
}

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

// `CSV, line 7, cell 2: …` without what is told of the line anyway, and of another beginning.
std::string without_place(const std::string& detail) {
    const std::size_t colon = detail.find(": ");
    return colon == std::string::npos ? detail : detail.substr(colon + 2);
}

// As CsvReader passes over them.
std::string_view without_empty_lines(std::string_view text) {
    while (text.starts_with('\n') || text.starts_with("\r\n"))
        text.remove_prefix(text.front() == '\n' ? 1 : 2);
    return text;
}

std::int64_t version_of(const Value& thing) {
    return static_cast<std::int64_t>(number_at(thing, "version"));
}

}  // namespace

ImportReport Importer::report() const {
    ImportReport out = report_;
    if (sender_) {
        out.taken.readings += sender_->accepted();
        out.taken.devices += sender_->devices_made();
        out.refused += sender_->refused();
    }
    return out;
}

// The first byte that is no blank says what it is.
Task<Result<void>> Importer::run() {
    std::string begin;
    while (begin.size() < kMark.size() || is_blank(begin)) {
        auto piece = source_();
        if (!piece) co_return pass(piece);
        if (piece->empty()) break;
        begin += *piece;
        if (begin.size() > kRecordMax) break;
    }
    if (begin.starts_with(kMark)) begin.erase(0, kMark.size());
    const std::size_t first = begin.find_first_not_of(" \t\r\n");
    if (first == std::string::npos) co_return no_export("it is empty");
    if (begin[first] == '{') {
        lines_.add(begin);
        batch_.emplace(contract::Encoding::kNdjson, std::string{});
        sender_.emplace(hub_, ReadingsSender::How{.dry_run = plan_.dry_run}, refused_);
        co_return co_await run_lines();
    }
    rows_ = std::move(begin);
    sender_.emplace(hub_, ReadingsSender::How{.make_devices = true, .dry_run = plan_.dry_run},
                    refused_);
    separator_ = codec::sniff_separator(rows_.substr(0, rows_.find('\n')));
    co_return co_await run_rows();
}

// False: the source has ended.
Result<bool> Importer::more() {
    auto piece = source_();
    if (!piece) return pass(piece);
    if (piece->empty()) {
        lines_.end();
        return false;
    }
    lines_.add(*piece);
    return true;
}

// ---------------------------------------------------------------- lines of JSON

Task<Result<void>> Importer::run_lines() {
    bool source_ended = false;
    while (!over_) {
        const auto line = lines_.next();
        if (line) {
            ++line_;
            if (auto done = co_await take_line(*line); !done) co_return done;
            continue;
        }
        if (lines_.too_long()) {
            ++line_;
            refuse({}, "a line may have " + std::to_string(kExportLineMax) + " bytes");
            break;
        }
        if (source_ended) break;
        auto got = more();
        if (!got) co_return pass(got);
        source_ended = !*got;
    }
    if (auto done = co_await flush(); !done) co_return done;
    co_return end_lines();
}

Result<void> Importer::end_lines() {
    if (!begun_) return no_export("it is empty");
    if (!ended_ && !over_) report_.whole = false;
    return {};
}

Result<void> Importer::take_header(const Result<ExportRecord>& record) {
    if (!record) return no_export("line 1: " + describe(record.error()));
    if (!std::holds_alternative<HeaderRecord>(*record)) return no_export("it has no header");
    begun_ = true;
    return {};
}

Task<Result<void>> Importer::take_line(std::string_view line) {
    if (is_blank(line)) co_return Result<void>{};
    auto record = read_export_line(line);
    if (!begun_) co_return take_header(record);
    if (!record) {
        refuse(record.error());
    } else if (ended_) {
        refuse({}, "nothing is expected after the end");
    } else if (auto* device = std::get_if<DeviceRecord>(&*record)) {
        ++seen_.devices;
        co_return co_await take(std::move(*device));
    } else if (auto* twin = std::get_if<TwinRecord>(&*record)) {
        ++seen_.twins;
        co_return co_await take(std::move(*twin));
    } else if (auto* series = std::get_if<SeriesRecord>(&*record)) {
        ++seen_.series;
        co_return co_await take(std::move(*series));
    } else if (const auto* readings = std::get_if<ReadingsRecord>(&*record)) {
        seen_.readings += static_cast<std::int64_t>(readings->count);
        if (readings->count > 0) co_return co_await take_readings(readings->count, line, line_);
    } else if (const auto* end = std::get_if<EndRecord>(&*record)) {
        take_end(end->counts);
    } else {
        refuse("/kind", "an export has one header, on its first line");
    }
    co_return Result<void>{};
}

// What is refused was there, so a file may be whole and not be taken as a whole.
void Importer::take_end(const ExportCounts& counts) {
    ended_ = true;
    if (counts != seen_) report_.whole = false;
}

// Whoever writes at the same time may write the same: what is there is looked at twice.
Task<Result<void>> Importer::take(DeviceRecord record) {
    auto outcome = co_await settle_device(record, false);
    if (outcome && *outcome == Outcome::kChanged) outcome = co_await settle_device(record, true);
    if (!outcome) co_return pass(outcome);
    if (*outcome == Outcome::kTaken) ++report_.taken.devices;
    if (progress_) progress_(report());
    co_return Result<void>{};
}

Task<Result<Importer::Outcome>> Importer::settle_device(DeviceRecord record, bool last) {
    const Value path = Value::Object{{"device", record.id}};
    Call get{.operation = "devices.get", .path = path};
    auto found = co_await hub_.call(std::move(get));
    if (!found && found.error().code != ErrorCode::kNotFound) co_return pass(found);
    Value present;
    if (found) present = device_fields_of(found->body);
    Place place{.operation = "devices.put",
                .path = path,
                .body = std::move(record.fields),
                .version = found ? version_of(found->body) : 0,
                .field = {},
                .last = last};
    co_return co_await settle(std::move(place), std::move(present));
}

Task<Result<void>> Importer::take(TwinRecord record) {
    auto twin = co_await twin_of(record.device);
    if (!twin) co_return pass(twin);
    // The device of a dry run was not made.
    if (twin->is_null() && !plan_.dry_run) {
        refuse("/device", "there is no such device");
        co_return Result<void>{};
    }
    bool taken = true;
    const std::array<Value*, 2> sides{&record.config, &record.state};
    for (Value* side : sides) {
        if (side->is_null() || over_) continue;
        const std::string name = side == &record.config ? "config" : "state";
        Place place{.operation = name + ".put",
                    .path = Value::Object{{"device", record.device}},
                    .body = std::move(*side),
                    .version = 0,
                    .field = "/" + name};
        auto outcome = co_await settle_side(std::move(place), *twin);
        if (!outcome) co_return pass(outcome);
        taken = taken && *outcome == Outcome::kTaken;
    }
    if (taken) ++report_.taken.twins;
    co_return Result<void>{};
}

Task<Result<Importer::Outcome>> Importer::settle_side(Place place, Value twin) {
    auto outcome = co_await settle_document(place, std::move(twin));
    if (!outcome || *outcome != Outcome::kChanged) co_return outcome;
    auto now = co_await twin_of(text_at(place.path, "device"));
    if (!now) co_return pass(now);
    place.last = true;
    co_return co_await settle_document(std::move(place), std::move(*now));
}

// Null: there is no such device.
Task<Result<Value>> Importer::twin_of(std::string device) {
    const Value path = Value::Object{{"device", std::move(device)}};
    Call get{.operation = "twin.get", .path = path};
    auto twin = co_await hub_.call(std::move(get));
    if (twin) co_return std::move(twin->body);
    if (twin.error().code == ErrorCode::kNotFound) co_return Value{};
    co_return pass(twin);
}

// The document is the one that the field names.
Task<Result<Importer::Outcome>> Importer::settle_document(Place place, Value twin) {
    const Value* document = twin.find(place.field.substr(1));
    place.version = document == nullptr ? 0 : version_of(*document);
    const Value* value = place.version == 0 ? nullptr : document->find("value");
    Value present;
    if (value != nullptr) present = *value;
    co_return co_await settle(std::move(place), std::move(present));
}

Task<Result<void>> Importer::take(SeriesRecord record) {
    // Readings of another type are older than the declaration.
    if (text_at(record.fields, "type") != "any") {
        if (auto done = co_await flush(); !done) co_return done;
    }
    const Value path = Value::Object{{"device", record.device}, {"series", record.name}};
    Call get{.operation = "series.get", .path = path};
    auto found = co_await hub_.call(std::move(get));
    if (!found && found.error().code != ErrorCode::kNotFound) co_return pass(found);
    Value present;
    if (found) present = series_fields_of(found->body);
    Place place{.operation = "series.put",
                .path = path,
                .body = std::move(record.fields),
                .version = 0,
                .field = {}};
    auto outcome = co_await settle(std::move(place), std::move(present));
    if (!outcome) co_return pass(outcome);
    if (*outcome == Outcome::kTaken) ++report_.taken.series;
    co_return Result<void>{};
}

Task<Result<void>> Importer::take_readings(std::size_t count,
                                           std::string_view text,
                                           std::uint64_t line) {
    ReadingsBatch& batch = checked(batch_);
    const bool full = batch.readings() + count > checked(sender_).readings_max() ||
                      batch.bytes() + text.size() > kBodyBytes || batch.gap_before(line) > kGapMax;
    if (full) {
        if (auto done = co_await flush(); !done) co_return done;
    }
    batch.add(text, line, count);
    co_return Result<void>{};
}

// ---------------------------------------------------------------- rows of CSV

Task<Result<void>> Importer::run_rows() {
    bool last = false;
    while (true) {
        auto done = co_await take_rows(last);
        if (!done) co_return pass(done);
        if (last || !*done) break;
        auto piece = source_();
        if (!piece) co_return pass(piece);
        last = piece->empty();
        rows_ += *piece;
    }
    co_return co_await flush();
}

// Takes the records that are whole off rows_. False: reading cannot go on.
Task<Result<bool>> Importer::take_rows(bool last) {
    std::size_t taken = 0;
    while (true) {
        const std::string_view rest = std::string_view{rows_}.substr(taken);
        codec::CsvReader reader{rest, separator_};
        const codec::CsvRecord* record = reader.next();
        if (record == nullptr) break;
        // At the end of what is there, the record may go on.
        const std::size_t length = reader.position();
        if (length == rest.size() && !last) break;
        const std::string_view text = rest.substr(0, length);
        const std::uint64_t line = line_ + record->line;
        line_ += static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
        taken += length;
        if (!batch_) {
            if (auto begun = begin_rows(text); !begun) co_return pass(begun);
            continue;
        }
        if (record->error) {
            refuse(line, {}, without_place(record->error->detail));
            continue;
        }
        auto done = co_await take_readings(1, without_empty_lines(text), line);
        if (!done) co_return pass(done);
    }
    rows_.erase(0, taken);
    co_return may_go_on();
}

Result<void> Importer::begin_rows(std::string_view head) {
    batch_.emplace(contract::Encoding::kCsv, std::string{head});
    auto good = ReadingsSender::check_head(checked(batch_));
    if (!good) return no_export(describe(good.error()));
    return {};
}

bool Importer::may_go_on() {
    if (rows_.size() <= kRecordMax) return true;
    ++line_;
    refuse({}, "a quote is never closed, or a record has more than 1 MiB; the rest is not read");
    return false;
}

// ---------------------------------------------------------------- what both need

// Compares what the file says with what the hub has (null: nothing), and sees to it.
Task<Result<Importer::Outcome>> Importer::settle(Place place, Value present) {
    if (present == place.body) co_return Outcome::kTaken;
    if (!present.is_null()) {
        if (plan_.on_conflict == OnConflict::kFail) {
            over_ = true;
            refuse(place.field, "the hub has it otherwise: --on-conflict skip or replace");
            co_return Outcome::kRefused;
        }
        if (plan_.on_conflict == OnConflict::kSkip) {
            ++report_.skipped;
            co_return Outcome::kSkipped;
        }
    }
    if (plan_.dry_run) co_return Outcome::kTaken;
    co_return co_await write(std::move(place));
}

Task<Result<Importer::Outcome>> Importer::write(Place place) {
    Call call{.operation = place.operation, .path = std::move(place.path)};
    call.body = std::move(place.body);
    // Nobody's change of the meantime is overwritten. A series has no version.
    if (place.operation == "devices.put" && place.version == 0) {
        call.headers = Value::Object{{"if-none-match", "*"}};
    } else if (place.operation != "series.put") {
        call.headers = Value::Object{{"if-match", contract::entity_tag(place.version)}};
    }
    auto written = co_await hub_.call(std::move(call));
    if (written) co_return Outcome::kTaken;
    if (!is_of_content(written.error())) co_return pass(written);
    if (was_overtaken(written.error()) && !place.last) co_return Outcome::kChanged;
    Error error = std::move(written).error();
    for (FieldError& field : error.fields)
        field.pointer = place.field + field.pointer;
    refuse(error);
    co_return Outcome::kRefused;
}

Task<Result<void>> Importer::flush() {
    if (!batch_ || batch_->empty()) co_return Result<void>{};
    ReadingsBatch batch = checked(batch_);
    checked(batch_).clear();
    auto sent = co_await checked(sender_).send(std::move(batch));
    if (progress_) progress_(report());
    co_return sent;
}

void Importer::refuse(std::uint64_t line, std::string field, std::string detail) {
    ++report_.refused;
    refused_({.line = line, .field = std::move(field), .detail = std::move(detail)});
}

void Importer::refuse(std::string field, std::string detail) {
    refuse(line_, std::move(field), std::move(detail));
}

void Importer::refuse(const Error& error) {
    if (error.fields.empty()) return refuse({}, error.detail);
    refuse(error.fields.front().pointer, error.fields.front().detail);
}

}  // namespace tandem::client
