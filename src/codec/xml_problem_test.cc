#include "codec/xml_problem.h"

#include "codec/xml_events.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::codec;

namespace {

std::string problem(const Value& value) {
    XmlProblemWriter writer;
    write_value(writer, value);
    return writer.take();
}

constexpr std::string_view kStart =
    R"(<?xml version="1.0" encoding="UTF-8"?><problem xmlns="urn:ietf:rfc:7807">)";

}  // namespace

TEST_CASE("a problem is written as appendix B of RFC 9457 has it") {
    using Array = Value::Array;
    using Object = Value::Object;

    SUBCASE("members are elements, items of a list are called i") {
        CHECK(problem(Object{{"type", "/problems/invalid-field"},
                             {"status", 400},
                             {"retryable", false},
                             {"ratio", 0.5},
                             {"none", nullptr},
                             {"errors", Array{Object{{"pointer", "/a"}, {"detail", "x"}}, "y"}},
                             {"empty", Array{}}}) ==
              std::string{kStart} +
                  "<type>/problems/invalid-field</type><status>400</status>"
                  "<retryable>false</retryable><ratio>0.5</ratio><none></none>"
                  "<errors><i><pointer>/a</pointer><detail>x</detail></i><i>y</i></errors>"
                  "<empty></empty></problem>");
        CHECK(problem(Object{}) == std::string{kStart} + "</problem>");
        CHECK(problem(Object{{"a", Value{~std::uint64_t{0}}}}) ==
              std::string{kStart} + "<a>18446744073709551615</a></problem>");
    }

    SUBCASE("the example of the appendix") {
        CHECK(problem(Object{{"type", "https://example.com/probs/out-of-credit"},
                             {"title", "You do not have enough credit."},
                             {"detail", "Your current balance is 30, but that costs 50."},
                             {"instance", "https://example.net/account/12345/msgs/abc"},
                             {"balance", 30},
                             {"accounts", Array{"https://example.net/account/12345",
                                                "https://example.net/account/67890"}}}) ==
              std::string{kStart} +
                  "<type>https://example.com/probs/out-of-credit</type>"
                  "<title>You do not have enough credit.</title>"
                  "<detail>Your current balance is 30, but that costs 50.</detail>"
                  "<instance>https://example.net/account/12345/msgs/abc</instance>"
                  "<balance>30</balance>"
                  "<accounts><i>https://example.net/account/12345</i>"
                  "<i>https://example.net/account/67890</i></accounts></problem>");
    }

    SUBCASE("any text makes a document that is well-formed") {
        std::string all;
        for (int c = 0; c < 128; ++c)
            all += static_cast<char>(c);
        all += "]]>\u00e9\uFFFE\uFFFF\U0010FFFF";
        const std::string text = problem(Object{{"detail", all}});
        XmlEvents events{text};
        std::string read;
        while (true) {
            auto event = events.next();
            REQUIRE(event);
            if ((*event)->kind == XmlEvent::Kind::kDone) break;
            read += (*event)->text;
        }
        CHECK(read.starts_with("\uFFFD\uFFFD"));
        CHECK(read.contains("\uFFFD\t\n\uFFFD\uFFFD\r\uFFFD"));
        CHECK(read.ends_with("~\x7F]]>\u00e9\uFFFD\uFFFD\U0010FFFF"));
    }

    SUBCASE("after taking, the writer is as new") {
        XmlProblemWriter writer;
        for (int times = 0; times < 2; ++times) {
            writer.begin_object();
            writer.end_object();
            CHECK(writer.take() == std::string{kStart} + "</problem>");
        }
    }
}

TEST_CASE("a client reads the problem that a hub wrote") {
    const Value told =
        Value::Object{{"type", "/problems/rate-limited"},
                      {"status", 429},
                      {"detail", "slower <please> & \u20ac"},
                      {"retry_after_ms", 1'500},
                      {"errors", Value::Array{Value::Object{{"pointer", "/a"}, {"detail", "429"}},
                                              Value::Object{{"pointer", ""}, {"detail", "x"}}}}};
    const auto read = parse_xml_problem(problem(told));
    REQUIRE(read.has_value());
    CHECK(*read == told);
    for (const std::string_view foreign :
         {"<problem/>", "<problem xmlns='urn:other'/>", "<map xmlns='urn:ietf:rfc:7807:x'/>"}) {
        REQUIRE_FALSE(parse_xml_problem(foreign).has_value());
        CHECK(parse_xml_problem(foreign).error().code == ErrorCode::kUnprocessable);
    }
    CHECK(parse_xml_problem("<problem").error().code == ErrorCode::kMalformedBody);
}
