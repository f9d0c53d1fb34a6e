// Names that mean more than themselves elsewhere: patterns, paths, ends of texts, letters that look
// like others. A name is one, or is refused; whoever has it is that device and no other. T-52.
#include "codec/percent.h"
#include "scenario/access_fixture.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>

namespace tandem::simulation {
namespace {

using namespace std::string_view_literals;

// All of them beside a device `lamp-1` that has a neighbour `lamp-2`.
constexpr std::array kHostile{
    // Patterns, of MQTT, shells, SQL, regular expressions and templates.
    "+"sv, "#"sv, "*"sv, "?"sv, "lamp-*"sv, "lamp-+"sv, "lamp-?"sv, "lamp-#"sv, "%"sv, "lamp-%"sv,
    "lamp-_"sv, "_"sv, ".*"sv, "lamp-."sv, "lamp-[12]"sv, "lamp-{1,2}"sv, "^lamp"sv, "${id}"sv,
    "%u"sv, "%c"sv, "{device}"sv, "$share/a/lamp-1"sv, "$SYS"sv, "~"sv, "!"sv, "lamp-1|lamp-2"sv,
    // Paths and queries.
    "."sv, ".."sv, "lamp-1/"sv, "lamp-1/../lamp-2"sv, "lamp-1%2f..%2flamp-2"sv, "./lamp-1"sv,
    "lamp-1/latest"sv, "lamp-1?x"sv, "lamp-1#x"sv, "lamp-1;x"sv, "lamp-1,lamp-2"sv, "\\lamp-1"sv,
    // Words with a meaning.
    "me"sv, "ME"sv, "null"sv, "true"sv, "0"sv, "-1"sv, "__proto__"sv, "constructor"sv, "all"sv,
    // Almost a name that there is.
    ""sv, " lamp-1"sv, "lamp-1 "sv, "LAMP-1"sv, "lamp-1."sv, "lamp-1\0"sv, "lamp-1\n"sv,
    "lamp-1\r\nx: y"sv,
    "lamp\xe2\x80\x90"
    "1"sv,
    "l\xd0\xb0mp-1"sv, "lamp-\xef\xbc\x91"sv, "lamp-1\xe2\x80\x8b"sv, "lamp-1\xff"sv,
    // Too long, and as long as may be.
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"sv,
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"sv,
    // In another notation.
    "device:lamp-1"sv, "urn:lamp-1"sv, "home:lamp-1"sv, "main/lamp-1"sv, "lamp-1' OR '1'='1"sv,
    "lamp-1\"}"sv, "<lamp-1>"sv};

// What id.h says, in other words.
bool is_name(std::string_view text) {
    constexpr std::string_view marks = "._:-";
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.contains(c);
    });
}

std::string body_with(std::string_view id) {
    return codec::to_json(Value::Object{{"id", std::string{id}}});
}

std::string path_of(std::string_view id, std::string_view rest) {
    return "/v1/devices/" + codec::percent_encode(id) + std::string{rest};
}

/// The devices whose readings an actor with `key` is given, of all that are listed.
Names read_by(Estate& estate, const std::string& key, const Names& all) {
    Names out;
    for (const std::string& id : all) {
        const Answer answer = estate.call(key, "GET", path_of(id, "/latest"));
        if (answer.status == 200) out.insert(id);
    }
    return out;
}

}  // namespace

TEST_CASE("a hostile name makes a device of that very name, or none") {
    Estate estate;
    Names made;
    int refused = 0;
    for (const std::string_view id : kHostile) {
        CAPTURE(std::string{id});
        const Answer answer = estate.call(estate.boss, "POST", "/v1/devices", body_with(id));
        const bool good = is_name(id) && id != "me";
        REQUIRE_MESSAGE(answer.status == (good ? 201 : 400), answer.body);
        if (good) {
            CHECK(*answer.json().find("id") == Value{std::string{id}});
            made.insert(std::string{id});
        } else {
            ++refused;
            CHECK(!answer.problem().empty());
        }
    }
    CHECK(names_in(estate.done("GET", "/v1/devices?limit=1000")) == made);
    MESSAGE("hostile_ids ", kHostile.size(), " refused ", refused, " devices ", made.size());
}

TEST_CASE("whoever has a hostile name is that device and no other") {
    Estate estate;
    Names all{"lamp-1", "lamp-2"};
    for (const std::string_view id : kHostile) {
        if (is_name(id) && id != "me") all.insert(std::string{id});
    }
    std::map<std::string, std::string> keys;
    for (const std::string& id : all) {
        keys[id] = estate.hub.make_device(id);
        estate.write(codec::percent_encode(id), R"({"power":1})");
    }
    for (const auto& [id, key] : keys) {
        CAPTURE(id);
        CHECK(read_by(estate, key, all) == Names{id});
        // Nor by a name in another spelling, nor by one that is a pattern.
        for (const std::string_view other : kHostile) {
            if (other == id || other == "me") continue;
            CAPTURE(std::string{other});
            const Answer answer = estate.call(key, "GET", path_of(other, "/latest"));
            CHECK_MESSAGE(answer.status >= 400, answer.body);
            CHECK(answer.status < 500);
        }
        Socket socket{estate.hub, bearer(key)};
        for (const std::string_view other : kHostile) {
            if (other == id || other == "me") continue;
            const Value message =
                Value::Object{{"id", 1},
                              {"op", "telemetry.latest"},
                              {"path", Value::Object{{"device", std::string{other}}}}};
            socket.send(codec::to_json(message));
        }
        for (const Value& reply : socket.messages()) {
            if (const Value* status = reply.find("status")) CHECK(*status != Value{200});
        }
    }
}

TEST_CASE("a grant of a hostile name gives that device and no other") {
    Estate estate;
    Names all{"lamp-1", "lamp-2"};
    for (const std::string_view id : kHostile) {
        if (is_name(id) && id != "me") all.insert(std::string{id});
    }
    for (const std::string& id : all)
        static_cast<void>(estate.hub.make_device(id));
    int number = 0;
    for (const std::string_view id : kHostile) {
        if (id == "*") continue;  // Which is every device, and says so.
        CAPTURE(std::string{id});
        const std::string app = "app-" + std::to_string(++number);
        const std::string key = estate.make_app(app);
        const Value grant = Value::Object{{"app", app},
                                          {"scopes", Value::Array{Value{"telemetry:read"}}},
                                          {"devices", Value::Array{Value{std::string{id}}}}};
        const Answer given = estate.call(estate.boss, "POST", "/v1/grants", codec::to_json(grant));
        const Names may = read_by(estate, key, all);
        if (given.status == 201) {
            CHECK(may == (all.contains(std::string{id}) ? Names{std::string{id}} : Names{}));
        } else {
            CHECK_MESSAGE(given.status == 400, given.body);
            CHECK(may.empty());
        }
    }
}

TEST_CASE("a hostile name of a series is that series and no other") {
    Estate estate;
    const std::string key = estate.hub.make_device("lamp-1");
    Names made;
    for (const std::string_view name : kHostile) {
        CAPTURE(std::string{name});
        const Answer answer = estate.call(key, "POST", "/v1/me/telemetry",
                                          codec::to_json(Value::Object{{std::string{name}, 1}}));
        if (is_name(name)) {
            CHECK_MESSAGE(answer.status == 200, answer.body);
            made.insert(std::string{name});
        } else {
            CHECK_MESSAGE(answer.status >= 400, answer.body);
            CHECK(answer.status < 500);
        }
    }
    const Answer latest = estate.call(key, "GET", "/v1/me/latest");
    Names has;
    for (const auto& [name, value] : *latest.json().find("series")->get<Value::Object>())
        has.insert(name);
    CHECK(has == made);
    // Of a grant of some series, only a `*` at the end is a pattern.
    const std::string app = estate.make_app("reader");
    estate.grant(R"("app":"reader","scopes":["telemetry:read"],"devices":["lamp-1"],)"
                 R"("series":["lamp-."])");
    const Answer some = estate.call(app, "GET", "/v1/devices/lamp-1/latest");
    Names seen;
    for (const auto& [name, value] : *some.json().find("series")->get<Value::Object>())
        seen.insert(name);
    CHECK(seen == Names{"lamp-."});
}

}  // namespace tandem::simulation
