#include "door/envelope.h"

#include "codec/cbor.h"
#include "codec/json.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::door;
using contract::Encoding;

namespace {

std::vector<Envelope> frame(std::string_view json) {
    auto read = read_frame(Encoding::kJson, json);
    REQUIRE_MESSAGE(read.has_value(), json);
    return *read;
}

Envelope one(std::string_view json) {
    auto all = frame(json);
    REQUIRE(all.size() == 1);
    return all[0];
}

std::string text_of(const contract::Parameters& parameters) {
    std::string out;
    for (const auto& [name, value] : parameters)
        out += (out.empty() ? "" : " ") + name + "=" + value;
    return out;
}

std::string cbor_of(std::string_view json) {
    const auto value = codec::parse_json(json);
    REQUIRE(value.has_value());
    const auto writer = contract::make_writer(Encoding::kCbor);
    write_value(*writer, *value);
    return writer->take();
}

}  // namespace

TEST_CASE("a message names an operation, its parameters and its body") {
    const Envelope envelope =
        one(R"({"id":7,"op":"config.put","path":{"device":"lamp-1"},"query":{"a":1,"b":true},)"
            R"("headers":{"If-Match":"\"3\"","X":-1.5},"body":{"on": [1, 2]}})");
    CHECK_FALSE(envelope.error.has_value());
    CHECK(envelope.id == 7);
    CHECK(envelope.op == "config.put");
    CHECK(text_of(envelope.input.path) == "device=lamp-1");
    CHECK(text_of(envelope.input.query) == "a=1 b=true");
    CHECK(text_of(envelope.input.headers) == "if-match=\"3\" x=-1.5");
    CHECK(envelope.input.body.encoding == Encoding::kJson);
    CHECK(envelope.input.body.bytes == R"({"on": [1, 2]})");
}

TEST_CASE("the members may come in any order, and all may be missing") {
    const Envelope turned = one(R"({"body":1,"path":{},"op":"me.get","id":1})");
    CHECK(turned.id == 1);
    CHECK(turned.op == "me.get");
    CHECK(turned.input.body.bytes == "1");
    const Envelope empty = one("{}");
    CHECK_FALSE(empty.error.has_value());
    CHECK_FALSE(empty.id.has_value());
    CHECK(empty.op.empty());
    CHECK(empty.input.body.bytes.empty());
}

TEST_CASE("a message may ask to be acknowledged with others") {
    const Envelope alone = one(R"({"id":7,"op":"telemetry.write"})");
    CHECK_FALSE(alone.batched);
    const Envelope batched = one(R"({"op":"telemetry.write","ack":"batch"})");
    CHECK_FALSE(batched.error.has_value());
    CHECK(batched.batched);
    for (const char* wrong : {"\"each\"", "true", "null", "1", "[\"batch\"]"}) {
        CAPTURE(wrong);
        const Envelope envelope =
            one(R"({"id":7,"op":"telemetry.write","ack":)" + std::string{wrong} + "}");
        REQUIRE(envelope.error.has_value());
        CHECK(envelope.id == 7);
        CHECK(envelope.error->fields.front().pointer == "/ack");
    }
}

TEST_CASE("lists and maps in parameters are written as a URL has them") {
    const Envelope envelope =
        one(R"({"query":{"series":["a","b"],"none":[],"labels":{"site":"h 3","n":1},)"
            R"("mixed":["a",1,2.5,false,18446744073709551615]}})");
    REQUIRE_FALSE(envelope.error.has_value());
    CHECK(text_of(envelope.input.query) ==
          "series=a,b none= labels=site=h 3,n=1 mixed=a,1,2.5,false,18446744073709551615");
}

TEST_CASE("a message that is legible but wrong is told of under its id") {
    struct Row {
        std::string_view message;
        std::string_view pointer;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {R"({"id":7,"op":1})", "/op", "the operation is text"},
             {R"({"op":null,"id":7})", "/op", "the id comes later"},
             {R"({"id":7,"path":"lamp-1"})", "/path", "path is an object"},
             {R"({"id":7,"query":[]})", "/query", "query is an object"},
             {R"({"id":7,"headers":null})", "/headers", "headers is an object"},
             {R"({"id":7,"path":{"device":null}})", "/path/device", "null is no parameter"},
             {R"({"id":7,"query":{"a":[[1]]}})", "/query/a", "a list in a list"},
             {R"({"id":7,"query":{"a":{"b":{}}}})", "/query/a", "an object in an object"},
             {R"({"id":7,"query":{"a":[null]}})", "/query/a", "null in a list"},
             {R"({"id":7,"nonsense":1})", "/nonsense", "no such member"},
             {R"({"nonsense":{"deep":[1,2,{"x":3}]},"id":7,"op":"me.get"})", "/nonsense",
              "what is not known is skipped whole"}}) {
        CAPTURE(row.message);
        const Envelope envelope = one(row.message);
        REQUIRE_MESSAGE(envelope.error.has_value(), row.why);
        CHECK(envelope.error->code == ErrorCode::kInvalidField);
        REQUIRE(envelope.error->fields.size() == 1);
        CHECK(envelope.error->fields[0].pointer == row.pointer);
        CHECK(envelope.id == 7);
    }
}

TEST_CASE("an id is a whole number of 64 bits") {
    CHECK(one(R"({"id":-9223372036854775808})").id == INT64_MIN);
    CHECK(one(R"({"id":9223372036854775807})").id == INT64_MAX);
    for (const std::string_view id : {"1.0", "\"1\"", "null", "9223372036854775808", "[1]"}) {
        CAPTURE(id);
        const Envelope envelope = one(R"({"id":)" + std::string{id} + R"(,"op":"me.get"})");
        REQUIRE(envelope.error.has_value());
        CHECK(envelope.error->fields.at(0).pointer == "/id");
        CHECK_FALSE(envelope.id.has_value());
    }
}

TEST_CASE("one wrong message in a list does not spoil the others") {
    const auto all = frame(R"([{"id":1,"op":"me.get"},{"id":2,"op":5},{"id":3,"bad":{"x":[1]}},)"
                           R"({"id":4,"op":"devices.list","query":{"limit":1}}])");
    REQUIRE(all.size() == 4);
    CHECK(all[0].op == "me.get");
    CHECK_FALSE(all[0].error.has_value());
    CHECK(all[1].id == 2);
    CHECK(all[1].error.has_value());
    CHECK(all[2].id == 3);
    CHECK(all[2].error.has_value());
    CHECK(all[3].op == "devices.list");
    CHECK_FALSE(all[3].error.has_value());
    CHECK(text_of(all[3].input.query) == "limit=1");
}

TEST_CASE("a frame that cannot be read has no effect at all") {
    struct Row {
        std::string_view frame;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"", "nothing"},
             {"{", "cut short"},
             {R"({"id":1,"op":"me.get"} x)", "something trails"},
             {R"([{"id":1,"op":"me.get"},{"id":2)", "cut short in the second"},
             {R"({"id":1,"id":2})", "a member twice"},
             {R"({"id":1,"body":{"a":1,"a":2}})", "a member of the body twice"},
             {R"({"id":1,"query":{"a":1,"a":2}})", "a parameter twice"},
             {"1", "a number"},
             {"null", "null"},
             {R"("me.get")", "text"},
             {R"([1])", "a list of numbers"},
             {R"([[{"id":1}]])", "a list in a list"},
             {"{\"op\":\"\xff\"}", "no UTF-8"}}) {
        CAPTURE(row.frame);
        const auto read = read_frame(Encoding::kJson, row.frame);
        REQUIRE_MESSAGE(!read.has_value(), row.why);
        CHECK(read.error().code == ErrorCode::kMalformedBody);
    }
}

TEST_CASE("a list has at most 1,000 messages, and may be empty") {
    CHECK(frame("[]").empty());
    std::string all = "[{}";
    for (int count = 1; count < 1'000; ++count)
        all += ",{}";
    CHECK(frame(all + "]").size() == 1'000);
    CHECK_FALSE(read_frame(Encoding::kJson, all + ",{}]").has_value());
}

TEST_CASE("CBOR frames say the same") {
    const std::string bytes =
        cbor_of(R"([{"id":1,"op":"config.put","path":{"device":"lamp-1"},"query":{"a":[1,2.5]},)"
                R"("body":{"on":true}},{"id":2,"op":[]}])");
    const auto read = read_frame(Encoding::kCbor, bytes);
    REQUIRE(read.has_value());
    REQUIRE(read->size() == 2);
    CHECK((*read)[0].op == "config.put");
    CHECK(text_of((*read)[0].input.query) == "a=1,2.5");
    CHECK((*read)[0].input.body.encoding == Encoding::kCbor);
    CHECK((*read)[0].input.body.bytes == cbor_of(R"({"on":true})"));
    CHECK((*read)[1].error->fields.at(0).pointer == "/op");
    CHECK_FALSE(read_frame(Encoding::kCbor, bytes + "x").has_value());
    CHECK_FALSE(read_frame(Encoding::kCbor, bytes.substr(1)).has_value());
}

TEST_CASE("a reply tells what it is about") {
    const auto reply_to = [](const Envelope& about, const api::Reply& reply) {
        return write_reply(Encoding::kJson, about, reply);
    };
    const api::Reply made{
        .status = 201, .headers = {{"etag", "\"1\""}, {"location", "/a"}}, .body = R"({"a":1})"};
    CHECK(reply_to({.id = 7, .op = "devices.create"}, made) ==
          R"({"id":7,"status":201,"headers":{"etag":"\"1\"","location":"/a"},"body":{"a":1}})");
    CHECK(reply_to({.id = 0}, {.status = 204}) == R"({"id":0,"status":204})");
    const api::Reply problem{.status = 404, .body = R"({"title":"x"})", .problem = true};
    CHECK(reply_to({.id = -1}, problem) == R"({"id":-1,"status":404,"problem":{"title":"x"}})");
    // Without an id the operation is named; without both there is nothing to name.
    CHECK(reply_to({.op = "telemetry.write"}, problem) ==
          R"({"op":"telemetry.write","status":404,"problem":{"title":"x"}})");
    CHECK(reply_to({}, problem) == R"({"status":404,"problem":{"title":"x"}})");
}

TEST_CASE("a reply in CBOR carries the body as it is") {
    const api::Reply reply{
        .status = 200, .body = cbor_of(R"({"a":[1,2]})"), .encoding = Encoding::kCbor};
    const auto told = codec::parse_cbor(write_reply(Encoding::kCbor, {.id = 1}, reply));
    REQUIRE(told.has_value());
    CHECK(*told == *codec::parse_json(R"({"id":1,"status":200,"body":{"a":[1,2]}})"));
}

TEST_CASE("the body of a CBOR message may be a pack of SenML, whose keys are numbers") {
    codec::CborWriter writer;
    writer.begin_object();
    writer.key("id");
    writer.integer(7);
    writer.key("op");
    writer.text("telemetry.write");
    writer.key("body");
    const std::string whole = "\x81\xA2" + std::string{'\0'} + "\x61\x61\x02\x01";
    writer.raw(whole);  // [{0: "a", 2: 1}]
    writer.end_object();
    const auto read = read_frame(Encoding::kCbor, writer.take());
    REQUIRE(read.has_value());
    REQUIRE(read->size() == 1);
    CHECK_FALSE((*read)[0].error.has_value());
    CHECK((*read)[0].input.body.bytes == whole);
}

TEST_CASE("a reply that is not what the socket speaks says what it is") {
    const Envelope about = one(R"({"id":1,"op":"telemetry.latest"})");
    const api::Reply reply{.status = 200, .body = "[]", .encoding = Encoding::kSenmlJson};
    CHECK(write_reply(Encoding::kJson, about, reply) ==
          R"({"id":1,"status":200,"headers":{"content-type":"application/senml+json"},"body":[]})");
}
