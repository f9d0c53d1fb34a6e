// Formats on the wire of the REST door: media types, content codings, answers in pieces.
#include "codec/compress.h"
#include "simulation/served_hub.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace tandem {
namespace {

using simulation::Answer;
using simulation::ask;
using simulation::many_readings;
using simulation::ServedHub;

std::string packed(codec::Coding coding, std::string_view bytes) {
    std::string out;
    codec::Deflater deflater{coding};
    deflater.append(bytes, out);
    deflater.finish(out);
    return out;
}

struct Sent {
    std::string method = "GET";
    std::string target = "/v1/devices/lamp-1/telemetry";
    net::Headers headers;
    std::string body;
};
Answer send(ServedHub& hub, Sent sent, bool known = true) {
    if (known) sent.headers.emplace_back("Authorization", "Bearer " + hub.admin.admin_key);
    return ask(hub, {.method = sent.method,
                     .target = sent.target,
                     .headers = std::move(sent.headers),
                     .body = std::move(sent.body)});
}

TEST_CASE("a body in a coding is what it is without") {
    ServedHub hub;
    static_cast<void>(hub.make_device("lamp-1"));
    for (const codec::Coding coding : {codec::Coding::kGzip, codec::Coding::kZstd}) {
        CAPTURE(codec::name_of(coding));
        const Answer answer =
            send(hub, {.method = "POST",
                       .headers = {{"Content-Encoding", std::string{codec::name_of(coding)}},
                                   {"Content-Type", "application/json"}},
                       .body = packed(coding, many_readings(500))});
        CHECK(answer.status == 200);
        CHECK(*answer.json().find("accepted") == Value{500});
    }
}

TEST_CASE("a body that inflates beyond the limit is refused, and nothing of it is stored") {
    ServedHub hub;
    static_cast<void>(hub.make_device("lamp-1"));
    const std::string zeros(2 * 1'024 * 1'024, ' ');
    const Answer answer = send(hub, {.method = "PUT",
                                     .target = "/v1/devices/lamp-1",
                                     .headers = {{"Content-Encoding", "gzip"}},
                                     .body = packed(codec::Coding::kGzip, zeros)});
    CHECK(answer.status == 413);
    CHECK(answer.problem() == "body-too-large");
}

TEST_CASE("nothing is inflated for strangers") {
    ServedHub hub;
    const Answer answer = send(
        hub,
        {.method = "POST", .headers = {{"Content-Encoding", "gzip"}}, .body = "not gzip at all"},
        false);
    CHECK(answer.status == 401);
}

TEST_CASE("a damaged body says at which byte") {
    ServedHub hub;
    static_cast<void>(hub.make_device("lamp-1"));
    const Answer answer = send(
        hub,
        {.method = "POST", .headers = {{"Content-Encoding", "gzip"}}, .body = "not gzip at all"});
    CHECK(answer.status == 400);
    CHECK(answer.problem() == "malformed-body");
    CHECK(answer.body.find("gzip, byte 0") != std::string::npos);
}

TEST_CASE(
    "an answer has a coding where the client takes one, it pays, and no tag names its bytes") {
    ServedHub hub;
    static_cast<void>(hub.make_device("lamp-1"));
    REQUIRE(send(hub, {.method = "POST", .body = many_readings(500)}).status == 200);
    const Answer plain = send(hub, {});
    CHECK(plain.field("content-encoding").empty());
    for (const std::string_view coding : {"gzip", "zstd"}) {
        CAPTURE(coding);
        const Answer coded = send(hub, {.headers = {{"Accept-Encoding", std::string{coding}}}});
        CHECK(coded.field("content-encoding") == coding);
        CHECK(coded.field("vary").find("Accept-Encoding") != std::string::npos);
        const auto inflated = codec::inflate(*codec::coding_named(coding), coded.body, 10'000'000);
        REQUIRE(inflated.has_value());
        CHECK(*inflated == plain.body);
    }
    CHECK(send(hub, {.target = "/v1/me", .headers = {{"Accept-Encoding", "gzip"}}})
              .field("content-encoding")
              .empty());
    const Answer tagged =
        send(hub, {.target = "/v1/devices/lamp-1", .headers = {{"Accept-Encoding", "gzip"}}});
    CHECK_FALSE(tagged.field("etag").empty());
    CHECK(tagged.field("content-encoding").empty());
}

TEST_CASE("history as lines has its type, no length, and all of it") {
    ServedHub hub;
    static_cast<void>(hub.make_device("lamp-1"));
    REQUIRE(send(hub, {.method = "POST", .body = many_readings(3'000)}).status == 200);
    for (const auto& [type, lines] : std::initializer_list<std::pair<std::string, int>>{
             {"text/csv", 3'001}, {"application/x-ndjson", 3'000}}) {
        CAPTURE(type);
        const Answer answer = send(hub, {.headers = {{"Accept", type}}});
        CHECK(answer.status == 200);
        CHECK(answer.field("content-type") == type);
        CHECK(answer.field("content-length").empty());
        CHECK(std::ranges::count(answer.body, '\n') == lines);
        const Answer coded =
            send(hub, {.headers = {{"Accept", type}, {"Accept-Encoding", "gzip"}}});
        CHECK(coded.field("content-encoding") == "gzip");
        const auto inflated = codec::inflate(codec::Coding::kGzip, coded.body, 10'000'000);
        REQUIRE(inflated.has_value());
        CHECK(*inflated == answer.body);
    }
}

TEST_CASE("history as a pack names device and series, and where the next page is") {
    ServedHub hub;
    static_cast<void>(hub.make_device("lamp-1"));
    REQUIRE(send(hub, {.method = "POST", .body = many_readings(3)}).status == 200);
    const Answer pack = send(hub, {.target = "/v1/devices/lamp-1/telemetry?limit=2",
                                   .headers = {{"Accept", "application/senml+json"}}});
    CHECK(pack.field("content-type") == "application/senml+json");
    CHECK(pack.body == R"([{"bn":"lamp-1/","n":"power","v":0,"t":1600000000},)"
                       R"({"n":"power","v":1,"t":1600000000.001}])");
    CHECK(pack.field("link").find("rel=\"next\"") != std::string::npos);
}

TEST_CASE("who sends a pack and names its type for the answer too is answered in its syntax") {
    ServedHub hub;
    static_cast<void>(hub.make_device("lamp-1"));
    const Answer answer = send(hub, {.method = "POST",
                                     .headers = {{"Content-Type", "application/senml+json"},
                                                 {"Accept", "application/senml+json"}},
                                     .body = R"([{"n":"power","v":1}])"});
    CHECK(answer.status == 200);
    CHECK(answer.field("content-type") == "application/json");
    CHECK(
        send(hub, {.method = "POST", .headers = {{"Accept", "text/html"}}, .body = "{}"}).status ==
        406);
}

TEST_CASE("XML of SenML may come under the general name of XML") {
    ServedHub hub;
    static_cast<void>(hub.make_device("lamp-1"));
    const Answer answer = send(
        hub,
        {.method = "POST",
         .headers = {{"Content-Type", "application/xml"}},
         .body = R"(<sensml xmlns="urn:ietf:params:xml:ns:senml"><senml n="p" v="1"/></sensml>)"});
    CHECK(answer.status == 200);
    const Answer foreign =
        send(hub, {.method = "POST",
                   .headers = {{"Content-Type", "application/xml"}, {"Accept", "application/xml"}},
                   .body = "<reading><power>1</power></reading>"});
    CHECK(foreign.status == 422);
    CHECK(foreign.field("content-type") == "application/problem+xml");
    CHECK(foreign.body.find("<type>/problems/unprocessable</type>") != std::string::npos);
}

TEST_CASE("a socket takes and gives packs of its own syntax, and nothing else") {
    ServedHub hub;
    const std::string key = hub.make_device("lamp-1");
    simulation::Socket socket{hub, simulation::bearer(key)};
    REQUIRE(socket.open());
    const Value written =
        socket.request(R"({"id":1,"op":"telemetry.write","path":{"device":"me"},)"
                       R"("headers":{"content-type":"application/senml+json"},)"
                       R"("body":[{"bn":"lamp-1/","n":"power","u":"W","v":8,"t":1600000000}]})");
    CHECK(*written.find("status") == Value{200});
    const Value pack = socket.request(R"({"id":2,"op":"telemetry.latest","path":{"device":"me"},)"
                                      R"("headers":{"accept":"application/senml+json"}})");
    CHECK(codec::to_json(*pack.find("body")) ==
          R"([{"bn":"lamp-1/","n":"power","u":"W","v":8,"t":1600000000}])");
    CHECK(*pack.find("headers")->find("content-type") == Value{"application/senml+json"});
    for (const std::string_view type :
         {"application/senml+cbor", "application/xml", "text/csv", "application/x-ndjson"}) {
        CAPTURE(type);
        const std::string headers = R"("headers":{"content-type":")" + std::string{type} + "\"}";
        const Value refused =
            socket.request(R"({"id":3,"op":"telemetry.write","path":{"device":"me"},)" + headers +
                           R"(,"body":{"power":1}})");
        CHECK(*refused.find("status") == Value{415});
        const std::string accept = R"("headers":{"accept":")" + std::string{type} + "\"}";
        const Value none = socket.request(
            R"({"id":4,"op":"telemetry.read","path":{"device":"me"},)" + accept + "}");
        CHECK(*none.find("status") == Value{406});
    }
}

}  // namespace
}  // namespace tandem
