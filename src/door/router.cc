#include "door/router.h"

#include "codec/percent.h"
#include "contract/catalogue.h"

#include <algorithm>

namespace tandem::door {
namespace {

using Segments = std::vector<std::string>;

// An operation of the REST door with its path taken apart.
struct Entry {
    const contract::Operation* operation = nullptr;
    Segments segments;
};

Segments split(std::string_view path) {
    Segments out;
    while (!path.empty()) {
        path.remove_prefix(1);  // the slash
        const std::size_t slash = path.find('/');
        out.emplace_back(path.substr(0, slash));
        path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash);
    }
    return out;
}

const std::vector<Entry>& entries() {
    static const auto made = [] {
        std::vector<Entry> all;
        for (const contract::Operation* operation : contract::catalogue()) {
            if (!operation->path.empty()) all.push_back({operation, split(operation->path)});
        }
        return all;
    }();
    return made;
}

bool is_parameter(std::string_view segment) {
    return segment.starts_with('{');
}

bool matches(const Segments& pattern, const Segments& path) {
    return std::ranges::equal(pattern, path, [](const std::string& want, const std::string& have) {
        return is_parameter(want) ? !have.empty() : want == have;
    });
}

contract::Parameters parameters(const Segments& pattern, const Segments& path) {
    contract::Parameters out;
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        if (!is_parameter(pattern[at])) continue;
        out.emplace_back(pattern[at].substr(1, pattern[at].size() - 2), path[at]);
    }
    return out;
}

void add_allowed(std::string& allow, std::string_view method) {
    if (allow.find(method) != std::string::npos) return;
    if (!allow.empty()) allow += ", ";
    allow += method;
    if (method == "GET") allow += ", HEAD";
}

// With `Prefer: wait` the polling operation of two on one path, without it the other.
bool wanted(const contract::Operation& operation, std::string_view method, bool waiting) {
    if (name_of(operation.method) != method) return false;
    if (operation.path != "/v1/devices/{device}/commands") return true;
    if (operation.method != contract::Method::kGet) return true;
    return (operation.name == "commands.take") == waiting;
}

constexpr std::string_view kMe = "/v1/me/";

// What concerns whoever calls is at paths of its own; the others are a device's.
bool is_of_any_caller(std::string_view path) {
    static const auto paths = [] {
        std::vector<std::string_view> made;
        for (const Entry& entry : entries()) {
            if (entry.operation->path.starts_with(kMe)) made.push_back(entry.operation->path);
        }
        return made;
    }();
    return std::ranges::find(paths, path) != paths.end();
}

}  // namespace

Result<Route> find_route(std::string_view method, std::string_view path, bool waiting) {
    std::string rewritten;
    if (path.starts_with(kMe) && !is_of_any_caller(path)) {
        rewritten = "/v1/devices/me/" + std::string{path.substr(kMe.size())};
        path = rewritten;
    }
    Segments segments = split(path);
    for (std::string& segment : segments) {
        auto decoded = codec::percent_decode(segment);
        if (!decoded) return pass(decoded);
        segment = std::move(*decoded);
    }
    const std::string_view as = method == "HEAD" ? "GET" : method;
    Route route;
    for (const Entry& entry : entries()) {
        if (!matches(entry.segments, segments)) continue;
        add_allowed(route.allow, name_of(entry.operation->method));
        if (route.operation != nullptr || !wanted(*entry.operation, as, waiting)) continue;
        route.operation = entry.operation;
        route.path = parameters(entry.segments, segments);
    }
    if (route.allow.empty()) return fail(ErrorCode::kNotFound, "there is nothing at this path");
    route.allow += ", OPTIONS";
    return route;
}

}  // namespace tandem::door
