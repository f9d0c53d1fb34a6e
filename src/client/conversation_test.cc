#include "client/conversation.h"

#include "client/test_hub.h"

#include <doctest/doctest.h>

namespace tandem::client {
namespace {

Task<Conversation::Answer> answer_of(Completion<Conversation::Answer> answer) {
    co_return co_await answer;
}

}  // namespace

TEST_CASE("the messages of a socket") {
    Conversation talk{contract::Encoding::kJson};
    auto first =
        talk.ask({.operation = "devices.get", .path = Value::Object{{"device", "lamp-1"}}});
    auto second = talk.ask({.operation = "me.get"});
    const auto one = begin(answer_of(first.answer));
    const auto two = begin(answer_of(second.answer));

    SUBCASE("a request has a number of its own and no empty members") {
        CHECK(first.message == R"({"op":"devices.get","path":{"device":"lamp-1"},"id":1})");
        CHECK(second.message == R"({"op":"me.get","id":2})");
    }

    SUBCASE("a message that nobody shall answer has no number") {
        CHECK(talk.tell({.operation = "telemetry.write", .body = Value::Object{{"a", 1}}}) ==
              R"({"op":"telemetry.write","body":{"a":1}})");
        CHECK(talk.waiting() == 2);
    }

    SUBCASE("each reply finds its request, in any order") {
        REQUIRE(talk.hear(R"({"id":2,"status":200,"body":{"kind":"app"}})"));
        CHECK(!one->has_value());
        REQUIRE(two->has_value());
        CHECK(text_at((**two)->body, "kind") == "app");
        REQUIRE(talk.hear(R"({"id":1,"status":200,"headers":{"etag":"\"3\""}})"));
        REQUIRE(one->has_value());
        CHECK(text_at((**one)->headers, "etag") == "\"3\"");
        CHECK(talk.waiting() == 0);
    }

    SUBCASE("a refusal is the error that it names") {
        REQUIRE(talk.hear(
            R"({"id":1,"status":404,"problem":{"type":"/problems/not-found","detail":"none"}})"));
        REQUIRE(one->has_value());
        CHECK((*one)->error().code == ErrorCode::kNotFound);
        CHECK((*one)->error().detail == "none");
    }

    SUBCASE("what comes unasked is given on, out of a list too") {
        const auto rest =
            talk.hear(R"([{"id":1,"status":200},{"sub":1,"cur":"K","ev":[]},{"cmd":{"id":"c"}}])");
        REQUIRE(rest);
        CHECK(rest->size() == 2);
        CHECK(rest->front().find("ev") != nullptr);
        CHECK(one->has_value());
    }

    SUBCASE("a reply after its caller has lost patience is nobody's") {
        talk.give_up(1, fail(ErrorCode::kRequestTimeout).error());
        CHECK((*one)->error().code == ErrorCode::kRequestTimeout);
        const auto rest = talk.hear(R"({"id":1,"status":200})");
        REQUIRE(rest);
        CHECK(rest->empty());
    }

    SUBCASE("when the socket ends, everybody who waits is told") {
        talk.give_up_all(fail(ErrorCode::kUnavailable).error());
        CHECK((*one)->error().code == ErrorCode::kUnavailable);
        CHECK((*two)->error().code == ErrorCode::kUnavailable);
    }

    SUBCASE("bytes that are no message are refused and answer nobody") {
        const auto rest = talk.hear(R"({"id":1,)");
        REQUIRE(!rest);
        CHECK(rest.error().code == ErrorCode::kMalformedBody);
        CHECK(talk.waiting() == 2);
    }

    talk.give_up_all(fail(ErrorCode::kUnavailable).error());  // Nobody is left waiting.
}

TEST_CASE("readings that are told may ask to be acknowledged together") {
    const Conversation talk{contract::Encoding::kJson};
    Call call{.operation = "telemetry.write", .path = Value::Object{{"device", "me"}}};
    call.ack = "batch";
    call.body = Value::Object{{"temperature", 21.5}};
    CHECK(talk.tell(call) == R"({"op":"telemetry.write","path":{"device":"me"},"ack":"batch",)"
                             R"("body":{"temperature":21.5}})");
}

}  // namespace tandem::client
