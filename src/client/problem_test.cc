#include "client/problem.h"

#include <doctest/doctest.h>

namespace tandem::client {

TEST_CASE("problem details become the error that they were") {
    SUBCASE("by the name at the end of the type, with fields, limit, hint and time to wait") {
        const Value problem = Value::Object{
            {"type", "/problems/rate-limited"},
            {"status", 429},
            {"detail", "slower"},
            {"retry_after_ms", 1'500},
            {"limit", "readings_per_second"},
            {"door_hint", "use a socket"},
            {"errors", Value::Array{Value::Object{{"pointer", "/t"}, {"detail", "a number"}}}}};
        const Error error = read_problem(problem, 429);
        CHECK(error.code == ErrorCode::kRateLimited);
        CHECK(error.detail == "slower");
        CHECK(error.retry_after == Duration{1'500ms});
        CHECK(error.limit == "readings_per_second");
        CHECK(error.door_hint == "use a socket");
        CHECK(error.fields == std::vector<FieldError>{{.pointer = "/t", .detail = "a number"}});
    }

    SUBCASE("by the status where a newer hub uses a name that this client does not know") {
        const Value problem = Value::Object{{"type", "/problems/brand-new"}};
        CHECK(read_problem(problem, 404).code == ErrorCode::kNotFound);
        CHECK(read_problem(Value{}, 503).code == ErrorCode::kUnavailable);
        CHECK(read_problem(Value{}, 418).code == ErrorCode::kInternal);
    }

    SUBCASE("a time to wait that makes no sense is no time to wait") {
        for (const double wait_ms : {-1.0, 0.0, 1e12}) {
            const Value problem = Value::Object{{"retry_after_ms", wait_ms}};
            CHECK(!read_problem(problem, 429).retry_after);
        }
    }
}

TEST_CASE("an error reads as one line, each field once") {
    Error error = fail_field("/ttl", "7 days at most").error();
    CHECK(describe(error) == "invalid-field: 7 days at most (/ttl)");
    error.fields.front().detail = "604800000 at most";
    error.door_hint = "ask later";
    CHECK(describe(error) == "invalid-field: 7 days at most (/ttl: 604800000 at most) — ask later");
    CHECK(describe(fail(ErrorCode::kNotFound).error()) == "not-found: There is no such thing.");
}

}  // namespace tandem::client
