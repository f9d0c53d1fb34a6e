#include "door/router.h"

#include "contract/catalogue.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::door;

namespace {

std::string name_of_route(const Route& route) {
    return route.operation == nullptr ? "" : std::string{route.operation->name};
}

std::string text_of(const contract::Parameters& parameters) {
    std::string out;
    for (const auto& [name, value] : parameters)
        out += (out.empty() ? "" : " ") + name + "=" + value;
    return out;
}

}  // namespace

TEST_CASE("a method and a path lead to an operation") {
    struct Row {
        std::string_view method;
        std::string_view path;
        std::string_view operation;
        std::string_view parameters;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"GET", "/v1/me", "me.get", ""},
             {"GET", "/v1/devices", "devices.list", ""},
             {"HEAD", "/v1/devices", "devices.list", ""},
             {"POST", "/v1/devices", "devices.create", ""},
             {"GET", "/v1/devices/lamp-1", "devices.get", "device=lamp-1"},
             {"PUT", "/v1/devices/lamp-1", "devices.put", "device=lamp-1"},
             {"PATCH", "/v1/devices/lamp-1", "devices.patch", "device=lamp-1"},
             {"DELETE", "/v1/devices/lamp-1", "devices.delete", "device=lamp-1"},
             {"POST", "/v1/devices/lamp-1/telemetry", "telemetry.write", "device=lamp-1"},
             {"GET", "/v1/devices/lamp-1/series/power", "series.get", "device=lamp-1 series=power"},
             {"DELETE", "/v1/devices/a/commands/b", "commands.cancel", "device=a command=b"},
             {"POST", "/v1/devices/a/commands/b/ack", "commands.ack", "device=a command=b"},
             {"POST", "/v1/devices/a/commands/b/lease", "commands.renew", "device=a command=b"},
             {"POST", "/v1/commands", "commands.send_many", ""},
             {"POST", "/v1/devices/a/keys/k/rotate", "keys.rotate", "device=a key=k"},
             {"POST", "/v1/ws-tickets", "tickets.create", ""},
             {"GET", "/v1/devices/latest", "devices.get", "device=latest"},
             {"GET", "/v1/devices/devices/latest", "telemetry.latest", "device=devices"}}) {
        CAPTURE(row.method);
        CAPTURE(row.path);
        const auto route = find_route(row.method, row.path, false);
        REQUIRE(route.has_value());
        CHECK(name_of_route(*route) == row.operation);
        CHECK(text_of(route->path) == row.parameters);
    }
}

TEST_CASE("every operation of the REST door is reached by its own method and path") {
    for (const contract::Operation* each : contract::catalogue()) {
        if (each->path.empty()) continue;
        CAPTURE(each->name);
        const bool waiting = each->name == "commands.take";
        const auto route = find_route(name_of(each->method), each->path, waiting);
        REQUIRE(route.has_value());
        CHECK(route->operation == each);
    }
}

TEST_CASE("me stands for the calling device in a path") {
    struct Row {
        std::string_view method;
        std::string_view path;
        std::string_view operation;
    };
    for (const Row& row : {Row{"POST", "/v1/me/telemetry", "telemetry.write"},
                           Row{"GET", "/v1/me/config", "config.get"},
                           Row{"GET", "/v1/devices/me/config", "config.get"},
                           Row{"GET", "/v1/devices/me", "devices.get"}}) {
        CAPTURE(row.path);
        const auto route = find_route(row.method, row.path, false);
        REQUIRE(route.has_value());
        CHECK(name_of_route(*route) == row.operation);
        CHECK(text_of(route->path) == "device=me");
    }
    CHECK(name_of_route(*find_route("GET", "/v1/me", false)) == "me.get");
}

TEST_CASE("what concerns whoever calls is no device's") {
    const auto limits = find_route("GET", "/v1/me/limits", false);
    REQUIRE(limits.has_value());
    CHECK(name_of_route(*limits) == "limits.get");
    CHECK(limits->path.empty());
    CHECK(name_of_route(*find_route("POST", "/v1/me/limits/check", false)) == "limits.check");
}

TEST_CASE("to wait for commands is to take them") {
    const std::string path = "/v1/devices/lamp-1/commands";
    CHECK(name_of_route(*find_route("GET", path, false)) == "commands.list");
    CHECK(name_of_route(*find_route("GET", path, true)) == "commands.take");
    CHECK(name_of_route(*find_route("HEAD", path, true)) == "commands.take");
    CHECK(name_of_route(*find_route("POST", path, true)) == "commands.send");
    CHECK(name_of_route(*find_route("GET", "/v1/me/commands", true)) == "commands.take");
    CHECK(name_of_route(*find_route("GET", "/v1/devices", true)) == "devices.list");
}

TEST_CASE("a path without the method tells the methods that it has") {
    struct Row {
        std::string_view method;
        std::string_view path;
        std::string_view allow;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"POST", "/v1/me", "GET, HEAD, OPTIONS"},
             {"DELETE", "/v1/devices", "GET, HEAD, POST, OPTIONS"},
             {"POST", "/v1/devices/a", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"},
             {"PUT", "/v1/devices/a/commands", "POST, GET, HEAD, OPTIONS"},
             {"GET", "/v1/ws-tickets", "POST, OPTIONS"},
             {"get", "/v1/me", "GET, HEAD, OPTIONS"},
             {"BREW", "/v1/me", "GET, HEAD, OPTIONS"},
             {"OPTIONS", "/v1/me", "GET, HEAD, OPTIONS"}}) {
        CAPTURE(row.method);
        CAPTURE(row.path);
        const auto route = find_route(row.method, row.path, false);
        REQUIRE(route.has_value());
        CHECK(route->operation == nullptr);
        CHECK(route->allow == row.allow);
    }
}

TEST_CASE("percent-encoding is undone within a segment, never across") {
    const auto space = find_route("GET", "/v1/devices/a%20b", false);
    REQUIRE(space.has_value());
    CHECK(text_of(space->path) == "device=a b");
    // A slash that is encoded is part of the name, which the bounds of names then refuse.
    const auto slash = find_route("GET", "/v1/devices/a%2Ftelemetry", false);
    REQUIRE(slash.has_value());
    CHECK(name_of_route(*slash) == "devices.get");
    CHECK(text_of(slash->path) == "device=a/telemetry");
    CHECK(name_of_route(*find_route("GET", "/v1/%64evices", false)) == "devices.list");
}

TEST_CASE("other paths lead nowhere") {
    struct Row {
        std::string_view path;
        ErrorCode code;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"", ErrorCode::kNotFound, "no path"},
             {"/", ErrorCode::kNotFound, "the root"},
             {"*", ErrorCode::kNotFound, "no path"},
             {"/v1", ErrorCode::kNotFound, "too short"},
             {"/v2/devices", ErrorCode::kNotFound, "another version"},
             {"/v1/Devices", ErrorCode::kNotFound, "paths have a case"},
             {"/v1/devices/", ErrorCode::kNotFound, "an empty name"},
             {"/v1//devices", ErrorCode::kNotFound, "an empty segment"},
             {"/v1/devices//telemetry", ErrorCode::kNotFound, "an empty name in the middle"},
             {"/v1/devices/a/telemetry/", ErrorCode::kNotFound, "one segment too many"},
             {"/v1/me/", ErrorCode::kNotFound, "an empty segment"},
             {"/v1/me/nothing", ErrorCode::kNotFound, "nothing there"},
             {"/v1/streams", ErrorCode::kNotFound, "nothing of that name"},
             {"/v1/devices/%", ErrorCode::kBadRequest, "half an escape"},
             {"/v1/devices/%zz", ErrorCode::kBadRequest, "no digits"},
             {"/v1/devices/%00", ErrorCode::kBadRequest, "a NUL"},
             {"/v1/devices/%ff", ErrorCode::kBadRequest, "no UTF-8"}}) {
        CAPTURE(row.path);
        const auto route = find_route("GET", row.path, false);
        REQUIRE_FALSE(route.has_value());
        CHECK_MESSAGE(route.error().code == row.code, row.why);
    }
}

TEST_CASE("dots in a path are a name, not a way up") {
    const auto route = find_route("GET", "/v1/devices/..", false);
    REQUIRE(route.has_value());
    CHECK(name_of_route(*route) == "devices.get");
    CHECK(text_of(route->path) == "device=..");
}
