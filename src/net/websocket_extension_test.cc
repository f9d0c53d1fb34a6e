#include "net/websocket_extension.h"

#include <doctest/doctest.h>

namespace tandem::net {
namespace {

constexpr std::string_view kBoth =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/// The answer to an offer: "none", or "refused" for one that is malformed.
std::string answer_to(const std::string& offer) {
    const auto extensions = read_extensions({{"sec-websocket-extensions", offer}});
    if (!extensions) return "refused";
    const auto terms = accept_deflate(*extensions);
    return terms ? terms->answer : "none";
}

}  // namespace

TEST_CASE("permessage-deflate is answered without takeover, windows as offered") {
    const std::string both{kBoth};
    CHECK(answer_to("permessage-deflate") == both);
    CHECK(answer_to("permessage-deflate; client_max_window_bits") == both);
    CHECK(answer_to("permessage-deflate; server_no_context_takeover;client_no_context_takeover") ==
          both);
    for (int bits = 9; bits <= 15; ++bits) {
        const std::string parameter = "; server_max_window_bits=" + std::to_string(bits);
        CHECK(answer_to("permessage-deflate" + parameter) == both + parameter);
    }
    for (int bits = 8; bits <= 15; ++bits) {
        const std::string parameter = "; client_max_window_bits=" + std::to_string(bits);
        CHECK(answer_to("permessage-deflate" + parameter) == both + parameter);
    }
    CHECK(answer_to("permessage-deflate; server_max_window_bits=\"10\"") ==
          both + "; server_max_window_bits=10");
}

TEST_CASE("our offer may be agreed on or passed over, and every other answer ends the connection") {
    const auto told = [](const std::string& answer, bool offered) -> std::string {
        Headers headers;
        if (!answer.empty()) headers.emplace_back("sec-websocket-extensions", answer);
        const auto agreed = deflate_agreed(headers, offered);
        if (!agreed) return "ends";
        return *agreed ? "compresses" : "plain";
    };
    const std::string both{kDeflateOffer};
    CHECK(both == kBoth);
    CHECK(told("", true) == "plain");
    CHECK(told("", false) == "plain");
    CHECK(told(both, true) == "compresses");
    CHECK(told("permessage-deflate; server_no_context_takeover", true) == "compresses");
    CHECK(told(both + "; server_max_window_bits=8", true) == "compresses");

    CHECK(told(both, false) == "ends");
    for (const char* more :
         {"; server_max_window_bits=16", "; server_max_window_bits", "; client_max_window_bits=10",
          "; server_no_context_takeover", "; unknown", ", permessage-deflate", ", other", ";"}) {
        CAPTURE(more);
        CHECK(told(both + more, true) == "ends");
    }
    CHECK(told("permessage-deflate", true) == "ends");  // It would keep its window.
    CHECK(told("permessage-deflate; server_no_context_takeover=1", true) == "ends");
    CHECK(told("other; server_no_context_takeover", true) == "ends");
}

TEST_CASE("an offer that cannot be taken is passed over") {
    CHECK(answer_to("") == "none");
    CHECK(answer_to("x-webkit-deflate-frame, constructor, __proto__; hasOwnProperty") == "none");
    for (const std::string parameter :
         {"server_max_window_bits=8", "server_max_window_bits=7", "server_max_window_bits=16",
          "server_max_window_bits=010", "server_max_window_bits=x", "server_max_window_bits",
          "client_max_window_bits=7", "client_max_window_bits=16", "unknown", "unknown=1",
          "server_no_context_takeover=1", "client_no_context_takeover=0",
          "server_no_context_takeover; server_no_context_takeover",
          "client_max_window_bits=9; client_max_window_bits=10"}) {
        CAPTURE(parameter);
        CHECK(answer_to("permessage-deflate; " + parameter) == "none");
        CHECK(answer_to("permessage-deflate; " + parameter + ", permessage-deflate") == kBoth);
    }
}

TEST_CASE("an offer with more parameters than there are is passed over, and not one by one") {
    std::string offer = "permessage-deflate";
    for (int count = 0; count < 5'000; ++count)
        offer += ";x";
    CHECK(answer_to(offer) == "none");
    CHECK(answer_to(offer + ", permessage-deflate") == kBoth);
    CHECK(answer_to(offer + ";;") == "refused");
}

TEST_CASE("a list that is malformed is refused") {
    for (const std::string offer :
         {"permessage-deflate;", "; a", "a b", "a; =1", "a; b=", "a; b=\"", "a; b=\"c d\"",
          "a; b=\"c", "a; b=\"\"", "a; b=\"c\\", "a=b", "\"a\"", "a;;b", "@"}) {
        CAPTURE(offer);
        CHECK(answer_to(offer) == "refused");
    }
    CHECK(answer_to(" , ,a ,, b;c=d , ") == "none");
}

}  // namespace tandem::net
