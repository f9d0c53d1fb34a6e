#include "client/exporter.h"

#include "codec/time_text.h"

#include <algorithm>

namespace tandem::client {
namespace {

// A page is one answer, and may be nothing but schemas: no more than the client takes.
constexpr std::int64_t kDevicesOfPage = 100;

Call about(std::string operation, const std::string& device) {
    return {.operation = std::move(operation), .path = Value::Object{{"device", device}}};
}

// Deleted since it was listed: there is nothing to be said of it.
bool has_gone(const Error& error) {
    return error.code == ErrorCode::kNotFound;
}

bool declares_retention(const Value& series) {
    const Value* retention = series.find("retention");
    return retention != nullptr && !retention->is_null();
}

}  // namespace

Task<Result<ExportCounts>> Exporter::run(Instant made) {
    header_ = plan_.csv ? csv_header() : header_line(made, asked());
    auto devices = plan_.devices.empty() ? listed_devices() : named_devices();
    auto done = co_await std::move(devices);
    if (!done) co_return pass(done);
    done = write(plan_.csv ? std::string{} : end_line(counts_));
    if (!done) co_return pass(done);
    co_return counts_;
}

Task<Result<void>> Exporter::named_devices() {
    for (const std::string& id : plan_.devices) {
        auto found = co_await hub_.call(about("devices.get", id));
        if (!found) co_return pass(found);
        if (auto done = co_await device(std::move(found->body)); !done) co_return done;
    }
    co_return Result<void>{};
}

Task<Result<void>> Exporter::listed_devices() {
    Value query = Value::Object{{"limit", kDevicesOfPage}};
    if (!plan_.type.empty()) query.set("type", plan_.type);
    if (!plan_.labels.get<Value::Object>()->empty()) query.set("labels", plan_.labels);
    while (true) {
        Call call{.operation = "devices.list", .query = query};
        auto page = co_await hub_.call(std::move(call));
        if (!page) co_return pass(page);
        for (const Value& each : items_at(page->body, "items")) {
            if (auto done = co_await device(each); !done) co_return done;
        }
        const std::string next = text_at(page->body, "next");
        if (next.empty()) co_return Result<void>{};
        query.set("cursor", next);
    }
}

Task<Result<void>> Exporter::device(Value device) {
    const std::string id = text_at(device, "id");
    std::vector<Value> declared;
    if (!plan_.csv) {
        ++counts_.devices;
        if (auto done = write(device_line(device)); !done) co_return done;
        if (auto done = co_await twin(id); !done) co_return done;
        auto listed = co_await series(id);
        if (!listed) co_return pass(listed);
        declared = *std::move(listed);
    }
    // What is declared is enforced from then on, and older readings need not fit. But a hub that
    // keeps less by itself refuses what is older before it knows that this series keeps more.
    if (auto done = write_series(id, declared, Retention::kDeclared); !done) co_return done;
    if (plan_.readings) {
        if (auto done = co_await readings(id); !done) co_return done;
    }
    if (auto done = write_series(id, declared, Retention::kNone); !done) co_return done;
    if (progress_) progress_(counts_);
    co_return Result<void>{};
}

Task<Result<void>> Exporter::twin(std::string id) {
    auto twin = co_await hub_.call(about("twin.get", id));
    if (!twin && has_gone(twin.error())) co_return Result<void>{};
    if (!twin) co_return pass(twin);
    const std::string line = twin_line(id, twin->body);
    if (line.empty()) co_return Result<void>{};
    ++counts_.twins;
    co_return write(line);
}

Task<Result<std::vector<Value>>> Exporter::series(std::string id) {
    auto page = co_await hub_.call(about("series.list", id));
    if (!page && has_gone(page.error())) co_return std::vector<Value>{};
    if (!page) co_return pass(page);
    const auto items = items_at(page->body, "items");
    co_return std::vector<Value>{items.begin(), items.end()};
}

Result<void> Exporter::write_series(const std::string& id,
                                    const std::vector<Value>& series,
                                    Retention which) {
    for (const Value& each : series) {
        if (declares_retention(each) != (which == Retention::kDeclared)) continue;
        ++counts_.series;
        if (auto done = write(series_line(id, each)); !done) return done;
    }
    return {};
}

Task<Result<void>> Exporter::readings(std::string id) {
    last_.reset();
    taken_ = {};
    while (true) {
        lines_ = Lines{kExportLineMax};
        any_ = false;
        const RestClient::Piece piece = [this, id](std::string_view bytes) { take(id, bytes); };
        auto reply = co_await hub_.call(history_of(id), piece);
        if (!taken_) co_return taken_;
        if (reply && !lines_.started()) co_return Result<void>{};
        if (reply) co_return fail(ErrorCode::kUnavailable, "a line of the history has no end");
        if (has_gone(reply.error())) co_return Result<void>{};
        // It broke off: what came before is written, and the rest is asked for.
        if (any_) hub_.reset();
        if (!co_await hub_.wait_after(reply.error())) co_return pass(reply);
    }
}

Call Exporter::history_of(const std::string& id) const {
    Call call = about("telemetry.read", id);
    call.headers = Value::Object{{"accept", "application/x-ndjson"}};
    const auto from = last_ ? std::optional{*last_ + Duration{1}} : plan_.from;
    call.query = Value::Object{};
    if (from) call.query.set("from", codec::rfc3339(*from));
    if (plan_.to) call.query.set("to", codec::rfc3339(*plan_.to));
    return call;
}

void Exporter::take(const std::string& id, std::string_view bytes) {
    if (!taken_) return;
    lines_.add(bytes);
    while (const auto line = lines_.next()) {
        taken_ = take_line(id, *line);
        if (!taken_) break;
    }
    if (taken_ && lines_.too_long()) {
        taken_ = fail(ErrorCode::kBodyTooLarge, "a line of the history is too long");
    }
    // Nobody wants the rest. Not from inside the connection.
    if (!taken_) executor_.post([&client = client_] { client.close(); });
}

Result<void> Exporter::take_line(const std::string& id, std::string_view line) {
    if (line.empty()) return {};
    std::string whole = "{\"" + id + "\":" + std::string{line} + "}";
    auto record = read_export_line(whole);
    if (!record) return pass(record);
    const auto* readings = std::get_if<ReadingsRecord>(&*record);
    if (readings == nullptr) return fail(ErrorCode::kUnprocessable, "a line is not of readings");
    if (plan_.csv) {
        whole.clear();
        append_csv(readings->readings, whole);
    } else {
        whole += '\n';
    }
    if (auto done = write(whole); !done) return done;
    for (const auto& item : readings->readings.items)
        last_ = std::max(last_, item.time);
    any_ = true;
    counts_.readings += static_cast<std::int64_t>(readings->count);
    constexpr std::int64_t told_after = 10'000;
    if (progress_ && counts_.readings % told_after < static_cast<std::int64_t>(readings->count)) {
        progress_(counts_);
    }
    return {};
}

Result<void> Exporter::write(const std::string& text) {
    if (!header_.empty()) {
        if (auto done = sink_(std::exchange(header_, {})); !done) return done;
    }
    if (text.empty()) return {};
    return sink_(text);
}

Value Exporter::asked() const {
    Value out = Value::Object{};
    if (!plan_.devices.empty()) {
        out.set("devices", Value::Array(plan_.devices.begin(), plan_.devices.end()));
    }
    if (!plan_.type.empty()) out.set("type", plan_.type);
    if (!plan_.labels.get<Value::Object>()->empty()) out.set("labels", plan_.labels);
    if (plan_.from) out.set("from", codec::rfc3339(*plan_.from));
    if (plan_.to) out.set("to", codec::rfc3339(*plan_.to));
    if (!plan_.readings) out.set("readings", false);
    return out;
}

}  // namespace tandem::client
