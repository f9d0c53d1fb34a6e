#include "client/readings_sender.h"

#include "base/id.h"
#include "client/problem.h"
#include "contract/telemetry_file.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <set>

namespace tandem::client {
namespace {

using BatchPtr = std::shared_ptr<const ReadingsBatch>;

// The hub names so many refusals of a body; beyond, they are counted by what was not accepted.
constexpr std::size_t kNamedMax = 100;

struct LinePointer {
    std::uint64_t line = 0;
    std::string field;
};

// `#line/17/power`; nothing for a pointer to anything else.
std::optional<LinePointer> line_pointer(std::string_view pointer) {
    constexpr std::string_view prefix = "#line/";
    if (!pointer.starts_with(prefix)) return {};
    pointer.remove_prefix(prefix.size());
    LinePointer out;
    const auto [end, error] =
        std::from_chars(pointer.data(), pointer.data() + pointer.size(), out.line);
    if (error != std::errc{} || out.line == 0) return {};
    out.field = pointer.substr(static_cast<std::size_t>(end - pointer.data()));
    return out;
}

// So many readings of a body are good, and so many are wrong, as far as it can be seen without a
// hub.
struct Seen {
    std::int64_t good = 0;
    std::int64_t wrong = 0;
};

Seen seen_in(const contract::TelemetryBody& body) {
    Seen out;
    for (const auto& item : body.items) {
        out.good += static_cast<std::int64_t>(item.values.size());
        if (item.error != nullptr) ++out.wrong;
    }
    return out;
}

Refusal refusal_of(const ReadingsBatch& batch, std::uint64_t line, const Error& error) {
    Refusal out{.line = batch.line_in_file(line).value_or(1), .field = {}, .detail = error.detail};
    if (error.fields.empty()) return out;
    const FieldError& field = error.fields.front();
    if (const auto pointer = line_pointer(field.pointer)) out.field = pointer->field;
    if (!field.detail.empty()) out.detail = field.detail;
    return out;
}

// What the hub says of each reading that it did not take, when it took others.
std::vector<Refusal> named_in(const ReadingsBatch& batch, const Value& answer) {
    std::vector<Refusal> out;
    for (const Value& each : items_at(answer, "refused")) {
        const Value* problem = each.find("problem");
        const Error error = read_problem(problem == nullptr ? Value{} : *problem, 400);
        out.push_back(
            refusal_of(batch, static_cast<std::uint64_t>(number_at(each, "line")), error));
    }
    return out;
}

bool says_missing(const Value& answer) {
    return std::ranges::any_of(items_at(answer, "refused"), [](const Value& each) {
        const Value* problem = each.find("problem");
        return problem != nullptr && read_problem(*problem, 400).code == ErrorCode::kNotFound;
    });
}

// The same when it took none: then the answer is a problem whose fields are lines.
std::optional<std::vector<Refusal>> named_in(const ReadingsBatch& batch, const Error& error) {
    std::vector<Refusal> out;
    for (const FieldError& field : error.fields) {
        const auto pointer = line_pointer(field.pointer);
        const auto line = pointer ? batch.line_in_file(pointer->line) : std::nullopt;
        if (!line) return {};
        out.push_back({.line = *line, .field = pointer->field, .detail = field.detail});
    }
    if (out.empty()) return {};
    return out;
}

Result<contract::TelemetryBody> items_in(const ReadingsBatch& batch) {
    return contract::read_many({.encoding = batch.encoding(), .bytes = batch.body()});
}

std::set<std::string> devices_in(const ReadingsBatch& batch) {
    std::set<std::string> out;
    const auto body = items_in(batch);
    if (!body) return out;
    for (const auto& item : body->items) {
        if (item.error == nullptr && is_name(item.device)) out.insert(item.device);
    }
    return out;
}

}  // namespace

bool is_of_content(const Error& error) {
    switch (error.code) {
        case ErrorCode::kMalformedBody:
        case ErrorCode::kInvalidField:
        case ErrorCode::kBadRequest:
        case ErrorCode::kNotFound:
        case ErrorCode::kAlreadyExists:
        case ErrorCode::kConflict:
        case ErrorCode::kPreconditionFailed:
        case ErrorCode::kBodyTooLarge:
        case ErrorCode::kUnprocessable:
            return true;
        default:
            return false;
    }
}

bool was_overtaken(const Error& error) {
    return error.code == ErrorCode::kPreconditionFailed || error.code == ErrorCode::kAlreadyExists;
}

Result<void> ReadingsSender::check_head(const ReadingsBatch& empty) {
    if (auto read = items_in(empty); !read) return pass(read);
    return {};
}

Task<Result<void>> ReadingsSender::send(ReadingsBatch batch) {
    std::deque<BatchPtr> left{std::make_shared<const ReadingsBatch>(std::move(batch))};
    while (!left.empty()) {
        const BatchPtr next = left.front();
        left.pop_front();
        if (next->empty()) continue;
        auto account = co_await post_all(next);
        if (account) {
            close(*account);
            continue;
        }
        const Error& error = account.error();
        if (error.code != ErrorCode::kBodyTooLarge) co_return pass(account);
        readings_max_ = std::max<std::size_t>(1, std::min(readings_max_, next->readings() / 2));
        if (next->records() == 1) {
            close({.refused = static_cast<std::int64_t>(next->readings()),
                   .named = {{.line = next->first_line(), .field = {}, .detail = error.detail}}});
            continue;
        }
        auto [first, second] = next->halves();
        left.push_front(std::make_shared<const ReadingsBatch>(std::move(second)));
        left.push_front(std::make_shared<const ReadingsBatch>(std::move(first)));
    }
    co_return Result<void>{};
}

// Posts it, and once more when it has made devices that were missing.
Task<Result<ReadingsSender::Account>> ReadingsSender::post_all(BatchPtr batch) {
    auto account = co_await post(batch);
    if (!account || !account->devices_missing || !how_.make_devices) co_return account;
    auto made = co_await make_missing(batch);
    if (!made) co_return pass(made);
    if (*made) account = co_await post(batch);
    co_return account;
}

// What can be said without the hub.
Result<ReadingsSender::Account> ReadingsSender::look_at(const ReadingsBatch& batch) {
    auto body = items_in(batch);
    if (!body) return pass(body);
    const Seen seen = seen_in(*body);
    Account account{.accepted = seen.good, .refused = seen.wrong};
    for (const auto& item : body->items) {
        if (item.error != nullptr && account.named.size() < kNamedMax)
            account.named.push_back(refusal_of(batch, item.line, *item.error));
    }
    return account;
}

Task<Result<ReadingsSender::Account>> ReadingsSender::post(BatchPtr batch) {
    if (how_.dry_run) co_return look_at(*batch);
    Call call{.operation = "telemetry.write_many"};
    call.headers = Value::Object{{"content-type", contract::row(batch->encoding()).media_type}};
    call.bytes = batch->body();
    auto reply = co_await hub_.call(std::move(call));
    Account account;
    if (reply) {
        account.accepted = static_cast<std::int64_t>(number_at(reply->body, "accepted"));
        account.named = named_in(*batch, reply->body);
        account.devices_missing = says_missing(reply->body) || account.named.size() >= kNamedMax;
    } else {
        auto named = named_in(*batch, reply.error());
        if (!named || !is_of_content(reply.error())) co_return pass(reply);
        account.named = std::move(*named);
        account.devices_missing = true;
    }
    if (account.named.empty()) co_return account;
    // Not all are named, and a row of CSV is one refusal whatever it holds.
    const auto body = items_in(*batch);
    const Seen seen = body ? seen_in(*body) : Seen{};
    account.refused = std::max(static_cast<std::int64_t>(account.named.size()),
                               seen.good + seen.wrong - account.accepted);
    account.devices_missing = account.devices_missing && seen.good > account.accepted;
    co_return account;
}

// CSV has no lines of devices: those that it names and that are missing are made. Whether the batch
// is worth another try: one that somebody else has made meanwhile is as good.
Task<Result<bool>> ReadingsSender::make_missing(BatchPtr batch) {
    bool any = false;
    for (const std::string& id : devices_in(*batch)) {
        const Value path = Value::Object{{"device", id}};
        Call get{.operation = "devices.get", .path = path};
        auto found = co_await hub_.call(std::move(get));
        any = any || found.has_value();
        if (found) continue;
        if (found.error().code != ErrorCode::kNotFound) co_return pass(found);
        Call call{.operation = "devices.put", .path = path};
        call.headers = Value::Object{{"if-none-match", "*"}};
        call.body = Value::Object{};
        auto made = co_await hub_.call(std::move(call));
        if (made) ++devices_made_;
        // It is there: somebody was faster, or the answer to the first try was lost.
        const bool there = made || was_overtaken(made.error());
        if (!there && !is_of_content(made.error())) co_return pass(made);
        any = any || there;
    }
    co_return any;
}

void ReadingsSender::close(const Account& account) {
    accepted_ += account.accepted;
    refused_ += account.refused;
    for (const Refusal& each : account.named)
        refused_told_(each);
}

}  // namespace tandem::client
