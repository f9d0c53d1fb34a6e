#include "door/answer.h"

#include "auth/key.h"
#include "codec/json.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::door;
using contract::Encoding;

namespace {

net::HttpRequest request(std::string method, std::string target, net::Headers headers = {}) {
    return {
        .method = std::move(method), .target = std::move(target), .headers = std::move(headers)};
}

std::string field(const net::HttpResponse& answer, std::string_view name) {
    const std::string* found = net::find_header(answer.headers, name);
    return found == nullptr ? "" : *found;
}

Result<api::Proof> proof_of(std::string method, net::Headers headers, bool tls = false) {
    const DoorSettings settings;
    return read_proof(request(std::move(method), "/v1/me", std::move(headers)), {.tls = tls},
                      settings);
}

}  // namespace

TEST_CASE("a URL with a key or a token in it is refused") {
    SeededRandom random{1};
    const std::string key = auth::make_key(PrincipalKind::kDevice, random);
    const std::string app = auth::make_key(PrincipalKind::kApp, random);
    struct Row {
        std::string target;
        bool refused;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"/v1/me?token=x", true, "a name of a secret"},
             {"/v1/me?access_token=x", true, "a name of a secret"},
             {"/v1/me?a=1&Authorization=Bearer", true, "in any case, anywhere"},
             {"/v1/me?api_key=", true, "without a value too"},
             {"/v1/me?apikey", true, "without a value too"},
             {"/v1/me?password=x", true, "a name of a secret"},
             {"/v1/me?client_secret=x", true, "a name of a secret"},
             {"/v1/me?refresh_token=x", true, "a name of a secret"},
             {"/v1/me?jwt=x", true, "a name of a secret"},
             {"/v1/stream?ticket=x", true, "a name of a secret"},
             {"/oauth/token?client_assertion=x", true, "a name of a secret"},
             {"/v1/me?%74oken=x", true, "encoded"},
             {"/v1/me?x=" + key, true, "a key under any name"},
             {"/v1/me?x=tak_short", true, "what begins like a key"},
             {"/v1/me?x=%74dk_y", true, "encoded"},
             {"/v1/devices/" + key, true, "a key in the path"},
             {"/" + app + "/v1", true, "a key in the path"},
             {"/v1/devices?limit=10", false, "no secret"},
             {"/v1/devices?tokens=x", false, "a longer name"},
             {"/v1/devices?search=my_tdk_lamp", false, "a text with the letters in it"},
             {"/v1/devices/tdk_lamp", false, "a device may be called so"},
             {"/v1/devices/a/keys/ABCDEFGHIJKLMNOP", false, "the id of a key is no secret"},
             {"/v1/me", false, "no query"}}) {
        CAPTURE(row.target);
        const auto good = refuse_secrets(request("GET", row.target));
        CHECK_MESSAGE(good.has_value() != row.refused, row.why);
        if (!good) CHECK(good.error().code == ErrorCode::kSecretInUrl);
    }
    const auto undecodable = refuse_secrets(request("GET", "/v1/me?a=%"));
    REQUIRE_FALSE(undecodable.has_value());
    CHECK(undecodable.error().code == ErrorCode::kBadRequest);
}

TEST_CASE("the refusal of a secret in a URL does not repeat it") {
    const auto refused = refuse_secrets(request("GET", "/v1/me?token=geheim"));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().detail.find("geheim") == std::string::npos);
}

TEST_CASE("a bearer key is read from Authorization") {
    CHECK(proof_of("GET", {{"authorization", "Bearer tdk_x"}})->bearer == "tdk_x");
    CHECK(proof_of("GET", {{"authorization", "bearer  tdk_x"}})->bearer == "tdk_x");
    CHECK(proof_of("POST", {{"authorization", "BEARER tdk_x"}})->bearer == "tdk_x");
    const auto none = proof_of("GET", {});
    REQUIRE(none.has_value());
    CHECK(none->bearer.empty());
    CHECK(none->cookie.empty());
    CHECK_FALSE(none->local);
    for (const char* wrong : {"Basic YWRtaW46eA==", "tdk_x", "Bearer", "Bearertdk_x", ""}) {
        CAPTURE(wrong);
        const auto proof = proof_of("GET", {{"authorization", wrong}});
        REQUIRE_FALSE(proof.has_value());
        CHECK(proof.error().code == ErrorCode::kUnauthenticated);
    }
}

TEST_CASE("a session's cookie is found among others, by its whole name") {
    struct Row {
        std::string_view cookies;
        bool tls;
        std::string_view value;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"tandem-session=a", false, "a", "alone"},
             {"x=1; tandem-session=a; y=2", false, "a", "among others"},
             {"x=1;tandem-session=a", false, "a", "without a space"},
             {"tandem-session=a=b", false, "a=b", "a value with an equals sign"},
             {"tandem-session=", false, "", "empty"},
             {"xtandem-session=a", false, "", "a longer name"},
             {"tandem-session2=a", false, "", "a longer name"},
             {"Tandem-Session=a", false, "", "names of cookies have a case"},
             {"tandem-session", false, "", "no value"},
             {"__Host-tandem-session=a", true, "a", "with TLS, the name that TLS protects"},
             {"tandem-session=a", true, "", "with TLS, not the name that anybody may set"},
             {"__Host-tandem-session=a", false, "", "the other way round"}}) {
        CAPTURE(row.cookies);
        const auto proof = proof_of("GET", {{"cookie", std::string{row.cookies}}}, row.tls);
        REQUIRE(proof.has_value());
        CHECK_MESSAGE(proof->cookie == row.value, row.why);
    }
    const auto two = proof_of("GET", {{"cookie", "a=1"}, {"cookie", "tandem-session=b"}});
    CHECK(two->cookie == "");  // Joined by a comma, RFC 9110: not how cookies are sent.
}

TEST_CASE("a key counts before a cookie") {
    const auto proof =
        proof_of("POST", {{"cookie", "tandem-session=a"}, {"authorization", "Bearer tdk_x"}});
    REQUIRE(proof.has_value());
    CHECK(proof->bearer == "tdk_x");
    CHECK(proof->cookie.empty());
}

TEST_CASE("a cookie changes something only from a page that says where it is from") {
    struct Row {
        std::string_view method;
        bool origin;
        bool good;
    };
    for (const Row& row :
         {Row{"GET", false, true}, Row{"HEAD", false, true}, Row{"OPTIONS", false, true},
          Row{"POST", false, false}, Row{"PUT", false, false}, Row{"PATCH", false, false},
          Row{"DELETE", false, false}, Row{"POST", true, true}, Row{"DELETE", true, true}}) {
        CAPTURE(row.method);
        CAPTURE(row.origin);
        net::Headers headers{{"cookie", "tandem-session=a"}};
        if (row.origin) headers.emplace_back("origin", "http://hub");
        const auto proof = proof_of(std::string{row.method}, std::move(headers));
        CHECK(proof.has_value() == row.good);
        if (!proof) CHECK(proof.error().code == ErrorCode::kOriginRefused);
    }
    CHECK(proof_of("POST", {}).has_value());  // Without a cookie there is nothing to misuse.
}

TEST_CASE("on the administrative socket the caller is the owner, whatever is sent") {
    DoorSettings settings;
    settings.local = true;
    settings.owner = {.kind = PrincipalKind::kUser, .id = "admin"};
    const auto proof =
        read_proof(request("POST", "/", {{"authorization", "Bearer tdk_x"}}), {}, settings);
    REQUIRE(proof.has_value());
    CHECK(proof->local);
    CHECK(proof->bearer.empty());
    CHECK(proof->actor->id == "admin");
}

TEST_CASE("an answer says what its body is and who may keep it") {
    const auto json = reply_answer({.status = 200, .body = "{}"}, "/v1/me");
    CHECK(json.status == 200);
    CHECK(json.body == "{}");
    CHECK(field(json, "content-type") == "application/json");
    CHECK(field(json, "cache-control") == "no-store");
    CHECK(field(json, "x-content-type-options") == "nosniff");
    CHECK(field(json, "vary") == "Accept, Accept-Encoding, Authorization, Cookie, Origin");
    const auto cbor =
        reply_answer({.status = 200, .body = "\xa0", .encoding = Encoding::kCbor}, "/v1/me");
    CHECK(field(cbor, "content-type") == "application/cbor");
    CHECK(field(reply_answer({.status = 204}, "/v1/me"), "content-type") == "");
}

TEST_CASE("the next page is linked with everything else that was asked for") {
    struct Row {
        std::string_view target;
        std::string_view link;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"/v1/devices", "</v1/devices?cursor=a%2Fb>; rel=\"next\""},
             {"/v1/devices?limit=2", "</v1/devices?limit=2&cursor=a%2Fb>; rel=\"next\""},
             {"/v1/devices?cursor=old&limit=2", "</v1/devices?limit=2&cursor=a%2Fb>; rel=\"next\""},
             {"/v1/devices?limit=2&cursor=old", "</v1/devices?limit=2&cursor=a%2Fb>; rel=\"next\""},
             {"/v1/devices?cursors=1&&x=%20",
              "</v1/devices?cursors=1&x=%20&cursor=a%2Fb>; rel=\"next\""},
             {"/v1/devices?", "</v1/devices?cursor=a%2Fb>; rel=\"next\""}}) {
        CAPTURE(row.target);
        const auto answer = reply_answer({.body = "{}", .next = "a/b"}, row.target);
        CHECK(field(answer, "link") == row.link);
    }
    CHECK(field(reply_answer({.body = "{}"}, "/v1/devices"), "link") == "");
}

TEST_CASE("what is left of the budget is told") {
    const auto answer =
        reply_answer({.budget = auth::BudgetLeft{.remaining = 199,
                                                 .reset_seconds = 1,
                                                 .rate = {.per_second = 50, .burst = 200}}},
                     "/");
    CHECK(field(answer, "ratelimit-policy") == "\"requests\";q=200;w=4");
    CHECK(field(answer, "ratelimit") == "\"requests\";r=199;t=1");
    const auto readings =
        reply_answer({.budget = auth::BudgetLeft{.budget = auth::Budget::kReadings,
                                                 .remaining = 0,
                                                 .reset_seconds = 5,
                                                 .rate = {.per_second = 2'000, .burst = 1'000}}},
                     "/");
    CHECK(field(readings, "ratelimit-policy") == "\"readings\";q=1000;qu=\"readings\";w=1");
    CHECK(field(readings, "ratelimit") == "\"readings\";r=0;t=5");
    CHECK(field(reply_answer({}, "/"), "ratelimit") == "");
}

TEST_CASE("a problem has the fields that its status asks for") {
    for (const ErrorRow& row : errors()) {
        CAPTURE(row.name);
        const auto answer = problem_answer({.code = row.code}, Encoding::kJson);
        CHECK(answer.status == row.status);
        CHECK(field(answer, "content-type") == "application/problem+json");
        CHECK((field(answer, "www-authenticate") == "Bearer realm=\"tandem\"") ==
              (row.status == 401));
        CHECK((field(answer, "upgrade") == "websocket") == (row.status == 426));
        CHECK((field(answer, "sec-websocket-version") == "13") == (row.status == 426));
        CHECK(codec::parse_json(answer.body)->find("status")->as_double() == row.status);
    }
    const auto cbor = problem_answer({.code = ErrorCode::kNotFound}, Encoding::kCbor);
    CHECK(field(cbor, "content-type") == "application/problem+cbor");
}

TEST_CASE("when to come back is told in whole seconds, never too early") {
    struct Row {
        Duration after;
        std::string_view seconds;
    };
    for (const Row& row : {Row{0s, "1"}, Row{1ms, "1"}, Row{1s, "1"}, Row{1'001ms, "2"},
                           Row{1s + 1us, "2"}, Row{60s, "60"}}) {
        CAPTURE(row.after.count());
        const auto answer = problem_answer(
            {.code = ErrorCode::kRateLimited, .retry_after = row.after}, Encoding::kJson);
        CHECK(field(answer, "retry-after") == row.seconds);
    }
    CHECK(field(problem_answer({.code = ErrorCode::kRateLimited}, Encoding::kJson),
                "retry-after") == "");
}

TEST_CASE("a method that a path does not have is refused with those it has") {
    const auto known = method_refused("DELETE", "GET, HEAD, OPTIONS", Encoding::kJson);
    CHECK(known.status == 405);
    CHECK(field(known, "allow") == "GET, HEAD, OPTIONS");
    for (const char* method : {"BREW", "get", "PROPFIND", ""}) {
        CAPTURE(method);
        const auto unknown = method_refused(method, "GET, HEAD, OPTIONS", Encoding::kJson);
        CHECK(unknown.status == 501);
        CHECK(field(unknown, "allow") == "");
    }
}

TEST_CASE("problems are told in what the caller accepts, else in JSON") {
    CHECK(problem_encoding(request("GET", "/")) == Encoding::kJson);
    CHECK(problem_encoding(request("GET", "/", {{"accept", "application/cbor"}})) ==
          Encoding::kCbor);
    CHECK(problem_encoding(request("GET", "/", {{"accept", "text/html"}})) == Encoding::kJson);
}

TEST_CASE("a field that is sent in pieces is joined by commas") {
    const auto sent =
        request("GET", "/", {{"accept", "a"}, {"x", "1"}, {"accept", "b"}, {"accept", "c"}});
    CHECK(joined_header(sent, "accept") == "a, b, c");
    CHECK(joined_header(sent, "y") == "");
}
