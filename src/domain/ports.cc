#include "domain/ports.h"

#include "base/checked.h"

#include <algorithm>

namespace tandem {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool contains_without_case(std::string_view text, std::string_view part) {
    const auto same = [](char a, char b) { return lower(a) == lower(b); };
    return !std::ranges::search(text, part, same).empty() || part.empty();
}

}  // namespace

std::unexpected<Error> query_too_long() {
    auto error =
        fail(ErrorCode::kUnprocessable,
             "this takes longer than a query may; ask for a shorter span of time, for "
             "fewer series, or for text/csv or application/x-ndjson, which come in pieces");
    error.error().limit = "telemetry.query_time";
    return error;
}

std::unexpected<Error> bucket_too_large() {
    auto error = fail(ErrorCode::kUnprocessable,
                      "a bucket has too many numbers for percentiles; ask for shorter steps");
    error.error().limit = "telemetry.bucket_numbers";
    return error;
}

bool matches(const DeviceQuery& query, const Device& device) {
    if (!query.type.empty() && query.type != device.type) return false;
    if (!has_all(device.labels, query.labels)) return false;
    if (query.viewer) {
        const Viewer& viewer = checked(query.viewer);
        const auto may = authorize(viewer.actor, viewer.scope, resource_of(device), {});
        if (!may) return false;
    }
    return contains_without_case(device.ref.id.text(), query.search) ||
           contains_without_case(device.name, query.search);
}

}  // namespace tandem
