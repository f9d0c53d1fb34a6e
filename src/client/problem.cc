#include "client/problem.h"

#include "client/call.h"

#include <algorithm>
#include <cmath>

namespace tandem::client {
namespace {

ErrorCode code_of(std::string_view type, int status) {
    const std::string_view name = type.substr(type.rfind('/') + 1);
    const auto found = std::ranges::find(errors(), name, &ErrorRow::name);
    return found == errors().end() ? code_of_status(status) : found->code;
}

}  // namespace

ErrorCode code_of_status(int status) {
    const auto found = std::ranges::find(errors(), status, &ErrorRow::status);
    return found == errors().end() ? ErrorCode::kInternal : found->code;
}

Error read_problem(const Value& problem, int status) {
    Error error{.code = code_of(text_at(problem, "type"), status),
                .detail = text_at(problem, "detail"),
                .fields = {},
                .retry_after = {},
                .limit = text_at(problem, "limit"),
                .door_hint = text_at(problem, "door_hint")};
    const double wait_ms = number_at(problem, "retry_after_ms");
    if (wait_ms > 0 && wait_ms < 86'400'000) {
        error.retry_after = std::chrono::milliseconds{std::llround(wait_ms)};
    }
    for (const Value& each : items_at(problem, "errors")) {
        error.fields.push_back({text_at(each, "pointer"), text_at(each, "detail")});
    }
    return error;
}

std::string describe(const Error& error) {
    const ErrorRow& entry = row(error.code);
    std::string out{entry.name};
    out += ": ";
    out += error.detail.empty() ? std::string{entry.title} : error.detail;
    for (const FieldError& field : error.fields) {
        out += " (" + field.pointer;
        if (field.detail != error.detail) out += ": " + field.detail;
        out += ")";
    }
    if (!error.door_hint.empty()) out += " — " + error.door_hint;
    return out;
}

}  // namespace tandem::client
