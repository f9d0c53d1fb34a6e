#include "auth/jwt.h"

#include "auth/key.h"
#include "auth/test_jwt.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <utility>

using namespace tandem;
using namespace tandem::auth;
using namespace tandem::auth::test;

namespace {

constexpr Signing kPss{.padding = RSA_PKCS1_PSS_PADDING};
const std::string kHash(32, 'c');  // Of a client certificate.

/// An issuer with three keys, and what it must not sign with. Made once: keys take time.
struct Issuer {
    SigningKey rsa = make_rsa();
    SigningKey ec = make_ec();
    SigningKey ed = make_ed25519();
    SigningKey stranger = make_rsa();
    SigningKey weak = make_rsa(1'024);
    SigningKey p384 = make_ec("P-384");
    std::vector<Jwk> keys;
    JwtPolicy policy{.issuer = "https://id.example",
                     .audiences = {"tandem", "https://hub.example"},
                     .algorithms = {JwsAlgorithm::kRs256, JwsAlgorithm::kPs256,
                                    JwsAlgorithm::kEs256, JwsAlgorithm::kEdDsa},
                     .scopes = {}};

    Issuer() {
        const Value::Array all{jwk_of(rsa, "rsa-1"), jwk_of(ec, "ec-1"), jwk_of(ed, "ed-1"),
                               jwk_of(weak, "weak-1"), jwk_of(p384, "p384-1")};
        auto set = parse_jwks(codec::to_json(Value::Object{{"keys", all}}));
        REQUIRE(set.has_value());
        keys = std::move(set->keys);
        REQUIRE(keys.size() == 3);  // The last two are of no use.
    }
};

const Issuer& issuer() {
    static const Issuer made;
    return made;
}

using Members = std::vector<std::pair<std::string, std::string>>;  // Values as JSON; "": left out.

std::string object(Members members, const Members& changes) {
    for (const auto& [name, value] : changes) {
        const auto found = std::ranges::find(members, name, &Members::value_type::first);
        if (found == members.end()) {
            members.emplace_back(name, value);
        } else {
            found->second = value;
        }
    }
    std::string out;
    for (const auto& [name, value] : members) {
        if (!value.empty()) out += (out.empty() ? "\"" : ",\"") + name + "\":" + value;
    }
    return "{" + out + "}";
}

std::string header(std::string_view alg, std::string_view kid, const Members& changes = {}) {
    return object({{"alg", "\"" + std::string{alg} + "\""},
                   {"typ", R"("at+jwt")"},
                   {"kid", "\"" + std::string{kid} + "\""}},
                  changes);
}

std::string claims(const Members& changes = {}) {
    return object({{"iss", R"("https://id.example")"},
                   {"sub", R"("alice")"},
                   {"aud", R"("tandem")"},
                   {"exp", seconds(600)},
                   {"iat", seconds(0)},
                   {"jti", R"("1")"}},
                  changes);
}

/// With the issuer's Ed25519 key: where it matters what a token says, not how it is signed.
std::string plain(const Members& changed_claims, const Members& changed_header = {}) {
    return token_of(issuer().ed, header("EdDSA", "ed-1", changed_header), claims(changed_claims));
}

std::string rs256(const Members& changes = {}) {
    return token_of(issuer().rsa, header("RS256", "rsa-1", changes), claims());
}

/// A token whose signature is given rather than made.
std::string forged(std::string_view alg, std::string_view kid, std::string_view signature) {
    return encoded_parts(header(alg, kid), claims()) + "." + codec::base64url_encode(signature);
}

/// One whose "signature" is a MAC under what everybody knows.
std::string mac_token(std::string_view secret) {
    const std::string text = encoded_parts(header("HS256", "rsa-1"), claims());
    return text + "." + codec::base64url_encode(keyed_digest(secret, text));
}

std::string with_bit_flipped(std::string token, std::size_t part) {
    std::size_t at = 0;
    for (; part > 0; --part)
        at = token.find('.', at) + 1;
    at += 9;
    token[at] = token[at] == 'A' ? 'B' : 'A';
    return token;
}

/// Another last character, for the same bytes: bits that belong to none.
std::string with_spare_bits(std::string token) {
    REQUIRE(token.size() > 1);
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    token.back() = kAlphabet[kAlphabet.find(token.back()) ^ 1U];
    return token;
}

std::string es256_signature() {
    return sign(issuer().ec, encoded_parts(header("ES256", "ec-1"), claims()));
}

std::expected<VerifiedJwt, JwtRefusal> verify(std::string_view token,
                                              const JwtPolicy& policy = issuer().policy,
                                              const Presented& presented = {.now = kNow}) {
    const auto jwt = read_jwt(token);
    if (!jwt) return std::unexpected(jwt.error());
    return verify_jwt(*jwt, policy, issuer().keys, presented);
}

struct Row {
    std::string_view what;
    std::string token;
    std::optional<JwtFault> fault;  ///< none: it is good
};

std::vector<Row> good_tokens() {
    const Issuer& by = issuer();
    return {
        {"RS256", rs256(), {}},
        {"PS256", token_of(by.rsa, header("PS256", "rsa-1"), claims(), kPss), {}},
        {"ES256", token_of(by.ec, header("ES256", "ec-1"), claims()), {}},
        {"EdDSA", plain({}), {}},
        {"the long form of the type", plain({}, {{"typ", R"("application/at+jwt")"}}), {}},
        {"a type in capitals", plain({}, {{"typ", R"("AT+JWT")"}}), {}},
        {"the hub among other audiences", plain({{"aud", R"(["a","https://hub.example"])"}}), {}},
        {"expired within the skew", plain({{"exp", seconds(-59)}}), {}},
        {"expired within the skew, to the fraction", plain({{"exp", seconds(-60) + ".25"}}), {}},
        {"begins within the skew", plain({{"nbf", seconds(60)}}), {}},
        {"issued ahead within the skew", plain({{"iat", seconds(60)}}), {}},
        {"without iat and jti", plain({{"iat", ""}, {"jti", ""}}), {}},
        {"a subject of 255 bytes", plain({{"sub", "\"" + std::string(255, 's') + "\""}}), {}},
        {"headers that are nobody's business",
         rs256({{"jku", R"("https://evil.example/keys")"},
                {"x5u", R"("https://evil.example/cert")"},
                {"x5c", R"(["AAAA"])"},
                {"jwk", codec::to_json(jwk_of(by.stranger, "rsa-1"))}}),
         {}},
    };
}

std::vector<Row> wrong_algorithms() {
    const Issuer& by = issuer();
    const auto alg = [](std::string_view text) { return Members{{"alg", std::string{text}}}; };
    return {
        {"alg none, no signature", forged("none", "rsa-1", ""), JwtFault::kAlgorithm},
        {"alg None", forged("None", "rsa-1", ""), JwtFault::kAlgorithm},
        {"alg nOnE with a signature", forged("nOnE", "rsa-1", "x"), JwtFault::kAlgorithm},
        {"HS256 with the public key in PEM", mac_token(pem_of(by.rsa)), JwtFault::kAlgorithm},
        {"HS256 with the modulus", mac_token(number_of(by.rsa, OSSL_PKEY_PARAM_RSA_N)),
         JwtFault::kAlgorithm},
        {"HS256 with nothing", mac_token(""), JwtFault::kAlgorithm},
        {"RS512", token_of(by.rsa, header("RS512", "rsa-1"), claims(), {.hash = EVP_sha512()}),
         JwtFault::kAlgorithm},
        {"an algorithm in small letters", forged("rs256", "rsa-1", "x"), JwtFault::kAlgorithm},
        {"alg missing", rs256(alg("")), JwtFault::kMalformed},
        {"alg a number", rs256(alg("256")), JwtFault::kMalformed},
        {"alg a list", rs256(alg(R"(["RS256"])")), JwtFault::kMalformed},
        {"crit", rs256({{"crit", R"(["exp"])"}}), JwtFault::kCritical},
        {"crit, empty", rs256({{"crit", "[]"}}), JwtFault::kCritical},
        {"crit with b64", rs256({{"crit", R"(["b64"])"}, {"b64", "false"}}), JwtFault::kCritical},
        {"the type of an ID token", rs256({{"typ", R"("JWT")"}}), JwtFault::kType},
        {"no type", rs256({{"typ", ""}}), JwtFault::kType},
        {"the type of a DPoP proof", rs256({{"typ", R"("dpop+jwt")"}}), JwtFault::kType},
        {"the type within another", rs256({{"typ", R"("x/at+jwt")"}}), JwtFault::kType},
        {"the type a number", rs256({{"typ", "1"}}), JwtFault::kMalformed},
    };
}

std::vector<Row> wrong_keys() {
    const Issuer& by = issuer();
    const auto kid = [](std::string_view text) { return Members{{"kid", std::string{text}}}; };
    return {
        {"a kid that is a path", rs256(kid(R"("../../dev/null")")), JwtFault::kUnknownKey},
        {"a kid that is SQL", rs256(kid(R"("x' OR '1'='1")")), JwtFault::kUnknownKey},
        {"a kid in capitals", rs256(kid(R"("RSA-1")")), JwtFault::kUnknownKey},
        {"a kid with a NUL behind", rs256(kid(R"("rsa-1\u0000")")), JwtFault::kUnknownKey},
        {"a kid that begins well", rs256(kid(R"("rsa-")")), JwtFault::kUnknownKey},
        {"an empty kid", rs256(kid(R"("")")), JwtFault::kUnknownKey},
        {"a kid that is a number", rs256(kid("1")), JwtFault::kMalformed},
        {"a kid that is a list", rs256(kid(R"(["rsa-1"])")), JwtFault::kMalformed},
        {"a kid of 257 bytes", rs256(kid("\"" + std::string(257, 'k') + "\"")),
         JwtFault::kMalformed},
        {"the kid of a key of another kind", token_of(by.rsa, header("RS256", "ec-1"), claims()),
         JwtFault::kUnknownKey},
        {"a stranger's key", token_of(by.stranger, header("RS256", "rsa-1"), claims()),
         JwtFault::kSignature},
        {"a stranger's key that the header brings",
         token_of(by.stranger,
                  header("RS256", "rsa-1", {{"jwk", codec::to_json(jwk_of(by.stranger, "a"))}}),
                  claims()),
         JwtFault::kSignature},
        {"a stranger's key at an address",
         token_of(by.stranger, header("RS256", "evil", {{"jku", R"("https://evil.example/keys")"}}),
                  claims()),
         JwtFault::kUnknownKey},
        {"a weak RSA key", token_of(by.weak, header("RS256", "weak-1"), claims()),
         JwtFault::kUnknownKey},
        {"another curve", token_of(by.p384, header("ES256", "p384-1"), claims()),
         JwtFault::kUnknownKey},
        {"another curve under the kid of P-256",
         token_of(by.p384, header("ES256", "ec-1"), claims()), JwtFault::kSignature},
    };
}

std::vector<Row> wrong_signatures() {
    const Issuer& by = issuer();
    const std::string ec_text = encoded_parts(header("ES256", "ec-1"), claims());
    const std::string ec = es256_signature();
    const std::string zero(32, '\0');
    const std::string order =  // of P-256
        "\xFF\xFF\xFF\xFF" + std::string(4, '\0') +
        "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xBC\xE6\xFA\xAD\xA7\x17\x9E\x84\xF3\xB9\xCA\xC2\xFC\x63"
        "\x25\x51";
    REQUIRE(order.size() == 32);
    const auto es256 = [](const std::string& signature) {
        return forged("ES256", "ec-1", signature);
    };
    const std::string ed = sign(by.ed, encoded_parts(header("EdDSA", "ed-1"), claims()));
    return {
        {"PKCS1 that says PSS", token_of(by.rsa, header("PS256", "rsa-1"), claims()),
         JwtFault::kSignature},
        {"PSS that says PKCS1", token_of(by.rsa, header("RS256", "rsa-1"), claims(), kPss),
         JwtFault::kSignature},
        {"PSS with a short salt",
         token_of(by.rsa, header("PS256", "rsa-1"), claims(),
                  {.padding = RSA_PKCS1_PSS_PADDING, .salt = 20}),
         JwtFault::kSignature},
        {"RSA with SHA-1",
         token_of(by.rsa, header("RS256", "rsa-1"), claims(), {.hash = EVP_sha1()}),
         JwtFault::kSignature},
        {"RSA, zeros", forged("RS256", "rsa-1", std::string(256, '\0')), JwtFault::kSignature},
        {"RSA, one byte too long",
         forged("RS256", "rsa-1",
                std::string(1, '\0') +
                    sign(by.rsa, encoded_parts(header("RS256", "rsa-1"), claims()))),
         JwtFault::kSignature},
        {"ES256 in DER", token_of(by.ec, header("ES256", "ec-1"), claims(), {.der = true}),
         JwtFault::kSignature},
        {"ES256, r and s zero", es256(zero + zero), JwtFault::kSignature},
        {"ES256, r zero", es256(zero + ec.substr(32)), JwtFault::kSignature},
        {"ES256, s zero", es256(ec.substr(0, 32) + zero), JwtFault::kSignature},
        {"ES256, r and s the order", es256(order + order), JwtFault::kSignature},
        {"ES256, r too long", es256(std::string(1, '\0') + ec), JwtFault::kSignature},
        {"ES256, s too long", es256(ec + std::string(1, '\0')), JwtFault::kSignature},
        {"ES256, both padded", es256(zero + ec.substr(0, 32) + zero + ec.substr(32)),
         JwtFault::kSignature},
        {"ES256, s cut", es256(ec.substr(0, 63)), JwtFault::kSignature},
        {"ES256, r and s swapped", es256(ec.substr(32) + ec.substr(0, 32)), JwtFault::kSignature},
        {"EdDSA, cut", forged("EdDSA", "ed-1", ed.substr(0, 63)), JwtFault::kSignature},
        {"EdDSA, one byte more", forged("EdDSA", "ed-1", ed + "x"), JwtFault::kSignature},
        {"EdDSA, zeros", forged("EdDSA", "ed-1", std::string(64, '\0')), JwtFault::kSignature},
        {"the signature of other claims",
         encoded_parts(header("EdDSA", "ed-1"), claims({{"sub", R"("root")"}})) + "." +
             codec::base64url_encode(ed),
         JwtFault::kSignature},
        {"no signature", forged("RS256", "rsa-1", ""), JwtFault::kSignature},
        {"a signature cut short", rs256().substr(0, rs256().size() - 2), JwtFault::kSignature},
        {"a bit of the signature", with_bit_flipped(rs256(), 2), JwtFault::kSignature},
        {"a bit of the claims", with_bit_flipped(rs256(), 1), JwtFault::kMalformed},
        {"a bit of the header", with_bit_flipped(rs256(), 0), JwtFault::kMalformed},
    };
}

std::vector<Row> wrong_forms() {
    const Issuer& by = issuer();
    const std::string good = rs256();
    const std::string head = header("RS256", "rsa-1");
    const auto signed_as = [&](std::string_view payload) {
        return token_of(by.rsa, head, payload);
    };
    const std::size_t first = good.find('.');
    const std::size_t last = good.rfind('.');
    return {
        {"nothing", "", JwtFault::kMalformed},
        {"points alone", "..", JwtFault::kMalformed},
        {"two parts", good.substr(0, last), JwtFault::kMalformed},
        {"four parts", good + ".", JwtFault::kMalformed},
        {"five parts, as of a JWE", good + ".AAAA.AAAA", JwtFault::kMalformed},
        {"without a header", good.substr(first), JwtFault::kMalformed},
        {"the claims cut short", good.substr(0, last - 8) + good.substr(last),
         JwtFault::kMalformed},
        {"padding", good + "=", JwtFault::kMalformed},
        {"spare bits in the signature", with_spare_bits(good), JwtFault::kMalformed},
        {"the alphabet of files", good.substr(0, last + 1) + "+" + good.substr(last + 2),
         JwtFault::kMalformed},
        {"a line end behind", good + "\n", JwtFault::kMalformed},
        {"a space in front", " " + good, JwtFault::kMalformed},
        {"more than 8 KiB", signed_as(claims({{"x", "\"" + std::string(5'760, 'x') + "\""}})),
         JwtFault::kTooLarge},
        {"a megabyte", std::string(1'000'000, 'A'), JwtFault::kTooLarge},
        {"a claim twice",
         signed_as(R"({"iss":"https://id.example","sub":"alice","sub":"root",)"
                   R"("aud":"tandem","exp":1800000600})"),
         JwtFault::kMalformed},
        {"a claim twice, once escaped",
         signed_as(R"({"iss":"https://id.example","sub":"alice","aud":"other",)"
                   R"("\u0061ud":"tandem","exp":1800000600})"),
         JwtFault::kMalformed},
        {"a header twice",
         token_of(by.rsa, R"({"alg":"none","typ":"at+jwt","kid":"rsa-1","alg":"RS256"})", claims()),
         JwtFault::kMalformed},
        {"claims that are a list", signed_as("[]"), JwtFault::kMalformed},
        {"claims that are no JSON", signed_as("{iss:1}"), JwtFault::kMalformed},
        {"claims and more", signed_as(claims() + "{}"), JwtFault::kMalformed},
        {"claims behind a byte order mark", signed_as("\xEF\xBB\xBF" + claims()),
         JwtFault::kMalformed},
        {"claims that are not UTF-8", signed_as("{\"sub\":\"\xFF\"}"), JwtFault::kMalformed},
        {"claims nested deeply", signed_as(std::string(2'000, '[')), JwtFault::kMalformed},
        {"a token within the token", signed_as(rs256()), JwtFault::kMalformed},
    };
}

std::vector<Row> wrong_claims() {
    return {
        {"another issuer", plain({{"iss", R"("https://evil.example")"}}), JwtFault::kIssuer},
        {"the issuer with a slash", plain({{"iss", R"("https://id.example/")"}}),
         JwtFault::kIssuer},
        {"no issuer", plain({{"iss", ""}}), JwtFault::kIssuer},
        {"a list of issuers", plain({{"iss", R"(["https://id.example"])"}}), JwtFault::kIssuer},
        {"another audience", plain({{"aud", R"("other")"}}), JwtFault::kAudience},
        {"an audience that begins well", plain({{"aud", R"("tandem-2")"}}), JwtFault::kAudience},
        {"no audience", plain({{"aud", ""}}), JwtFault::kAudience},
        {"an empty list of audiences", plain({{"aud", "[]"}}), JwtFault::kAudience},
        {"a number among the audiences", plain({{"aud", R"(["tandem",1])"}}), JwtFault::kAudience},
        {"an object of audiences", plain({{"aud", R"({"tandem":true})"}}), JwtFault::kAudience},
        {"no exp", plain({{"exp", ""}}), JwtFault::kClaim},
        {"expired a minute ago", plain({{"exp", seconds(-60)}}), JwtFault::kExpired},
        {"expired in 1970", plain({{"exp", "0"}}), JwtFault::kExpired},
        {"exp negative", plain({{"exp", "-1"}}), JwtFault::kExpired},
        {"exp a text", plain({{"exp", "\"" + seconds(600) + "\""}}), JwtFault::kClaim},
        {"exp null", plain({{"exp", "null"}}), JwtFault::kClaim},
        {"exp in milliseconds", plain({{"exp", seconds(600) + "000"}}), JwtFault::kClaim},
        {"exp beyond all time", plain({{"exp", "1e300"}}), JwtFault::kClaim},
        {"begins later", plain({{"nbf", seconds(61)}}), JwtFault::kNotYet},
        {"nbf a text", plain({{"nbf", R"("0")"}}), JwtFault::kClaim},
        {"issued in the future", plain({{"iat", seconds(61)}}), JwtFault::kNotYet},
        {"iat a boolean", plain({{"iat", "true"}}), JwtFault::kClaim},
        {"no subject", plain({{"sub", ""}}), JwtFault::kClaim},
        {"an empty subject", plain({{"sub", R"("")"}}), JwtFault::kClaim},
        {"a subject that is a number", plain({{"sub", "1"}}), JwtFault::kClaim},
        {"a subject with a line end", plain({{"sub", R"("alice\nroot")"}}), JwtFault::kClaim},
        {"a subject of 256 bytes", plain({{"sub", "\"" + std::string(256, 's') + "\""}}),
         JwtFault::kClaim},
        {"jti a number", plain({{"jti", "1"}}), JwtFault::kClaim},
        {"bound to a certificate",
         plain({{"cnf", R"({"x5t#S256":")" + codec::base64url_encode(kHash) + "\"}"}}),
         JwtFault::kConfirmation},
        {"bound to a key by DPoP", plain({{"cnf", R"({"jkt":"AA"})"}}), JwtFault::kConfirmation},
        {"bound to what is no hash", plain({{"cnf", R"({"x5t#S256":"AA"})"}}),
         JwtFault::kConfirmation},
    };
}

}  // namespace

TEST_CASE("T-58: hostile tokens are refused for what is wrong with them, good ones are not") {
    std::size_t right = 0;
    std::size_t all = 0;
    for (const auto& rows : {good_tokens(), wrong_algorithms(), wrong_keys(), wrong_signatures(),
                             wrong_forms(), wrong_claims()}) {
        for (const Row& row : rows) {
            CAPTURE(row.what);
            const auto verified = verify(row.token);
            const auto fault = verified ? std::nullopt : std::optional{verified.error().fault};
            const bool as_expected = fault == row.fault;
            CHECK_MESSAGE(as_expected, (verified ? "accepted" : verified.error().why));
            right += as_expected ? 1U : 0U;
            ++all;
        }
    }
    std::printf("{\"id\":\"T-58\",\"ok\":%s,\"tokens\":\"%zu/%zu\"}\n",
                right == all ? "true" : "false", right, all);
    CHECK(all >= 45);
}

TEST_CASE("no bit of a signed token can be changed") {
    const std::string good = plain({});
    REQUIRE(verify(good).has_value());
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            CAPTURE(at);
            CAPTURE(bit);
            std::string changed = good;
            changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ (1U << bit));
            CHECK_FALSE(verify(changed).has_value());
        }
    }
    for (std::size_t length = 0; length < good.size(); ++length) {
        CAPTURE(length);
        CHECK_FALSE(verify(good.substr(0, length)).has_value());
    }
}

TEST_CASE("a token may have 8 KiB and not a byte more") {
    const std::string text = encoded_parts(header("RS256", "rsa-1"), claims()) + ".";
    const auto of_size = [&](std::size_t size) {
        return read_jwt(text + std::string(size - text.size(), 'A'));
    };
    CHECK(of_size(kJwtBytesMax).has_value());
    const auto refused = of_size(kJwtBytesMax + 1);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().fault == JwtFault::kTooLarge);
}

TEST_CASE("an issuer signs with its own algorithms alone") {
    JwtPolicy policy = issuer().policy;
    policy.algorithms = {JwsAlgorithm::kEs256};
    const auto refused = verify(rs256(), policy);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().fault == JwtFault::kAlgorithm);
    CHECK(verify(token_of(issuer().ec, header("ES256", "ec-1"), claims()), policy).has_value());
    policy.algorithms.clear();
    CHECK_FALSE(
        verify(token_of(issuer().ec, header("ES256", "ec-1"), claims()), policy).has_value());
}

TEST_CASE("an issuer without the hub's audience, or without a name, is trusted with nothing") {
    JwtPolicy policy = issuer().policy;
    policy.audiences.clear();
    CHECK_FALSE(verify(plain({}), policy).has_value());
    policy = issuer().policy;
    policy.issuer.clear();
    CHECK_FALSE(verify(plain({}), policy).has_value());
    CHECK_FALSE(verify(plain({{"iss", ""}}), policy).has_value());
    CHECK_FALSE(verify(plain({{"iss", R"("")"}}), policy).has_value());
}

TEST_CASE("types are those of the policy; that tokens have none can be one of them") {
    JwtPolicy policy = issuer().policy;
    policy.types = {"", "jwt"};
    CHECK(verify(plain({}, {{"typ", ""}}), policy).has_value());
    CHECK(verify(plain({}, {{"typ", R"("JWT")"}}), policy).has_value());
    CHECK_FALSE(verify(plain({}), policy).has_value());
    // An empty text is not the same as none.
    CHECK_FALSE(verify(plain({}, {{"typ", R"("")"}}), policy).has_value());
}

TEST_CASE("a token that could be good for too long is refused where a longest life is set") {
    JwtPolicy policy = issuer().policy;
    policy.life_max = 5min;
    CHECK(verify(plain({{"exp", seconds(360)}}), policy).has_value());
    const auto refused = verify(plain({{"exp", seconds(361)}}), policy);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().fault == JwtFault::kTooLong);
}

TEST_CASE("the edges of a token's time are exact to the microsecond") {
    const std::string token = plain({{"nbf", seconds(0)}, {"iat", ""}, {"exp", seconds(100)}});
    const auto at = [&](Duration ahead) {
        return verify(token, issuer().policy, {.now = kNow + ahead}).has_value();
    };
    CHECK(at(-60s));
    CHECK_FALSE(at(-60s - 1us));
    CHECK(at(160s - 1us));
    CHECK_FALSE(at(160s));
}

TEST_CASE("what was verified says who, until when, and what they may") {
    JwtPolicy policy = issuer().policy;
    policy.scopes = {
        {.claim = {"scope"}, .word = "read", .scopes = {Scope::kTelemetryRead, Scope::kConfigRead}},
        {.claim = {"scope"}, .word = "", .scopes = {Scope::kCommandsSend, Scope::kDevicesRead}},
        {.claim = {"realm_access", "roles"}, .word = "boss", .scopes = {Scope::kUsersManage}},
    };
    const auto scopes = [&](std::string_view scope, std::string_view realm) {
        const auto verified = verify(
            plain({{"scope", std::string{scope}}, {"realm_access", std::string{realm}}}), policy);
        REQUIRE(verified.has_value());
        return verified->scopes;
    };
    CHECK(scopes(R"("read")", "") == Scopes{Scope::kTelemetryRead, Scope::kConfigRead});
    CHECK(scopes(R"("readers")", "") == Scopes{});
    CHECK(scopes(R"(" READ  rea d")", "") == Scopes{});
    CHECK(scopes(R"("x  commands:send ")", "") == Scopes{Scope::kCommandsSend});
    CHECK(scopes(R"("users:manage")", "") == Scopes{});  // Not one of those that names may give.
    CHECK(scopes(R"(["devices:read","commands:send"])", "") ==
          Scopes{Scope::kDevicesRead, Scope::kCommandsSend});
    CHECK(scopes(R"(["devices:read commands:send"])", "") == Scopes{});
    CHECK(scopes(R"(["boss"])", R"({"roles":["boss",1]})") == Scopes{Scope::kUsersManage});
    CHECK(scopes("7", R"({"roles":{"boss":true}})") == Scopes{});
    CHECK(scopes("null", R"("boss")") == Scopes{});

    const auto verified = verify(plain({{"exp", seconds(600) + ".5"}}));
    REQUIRE(verified.has_value());
    CHECK(verified->issuer == "https://id.example");
    CHECK(verified->subject == "alice");
    CHECK(verified->jti == "1");
    CHECK(verified->expires == kNow + 600s + 500ms);
    CHECK(verified->scopes == Scopes{});
}

TEST_CASE("a token that is bound to a certificate is good with that certificate alone") {
    const std::string token =
        plain({{"cnf", R"({"x5t#S256":")" + codec::base64url_encode(kHash) + "\"}"}});
    const auto with = [&](std::string_view certificate) {
        return verify(token, issuer().policy, {.now = kNow, .certificate = certificate});
    };
    const auto verified = with(kHash);
    REQUIRE(verified.has_value());
    CHECK(verified->certificate == kHash);
    CHECK(may_present(*verified, kHash));
    CHECK_FALSE(may_present(*verified, ""));
    CHECK_FALSE(with(std::string(32, 'd')).has_value());
    CHECK_FALSE(with("").has_value());
    // A certificate is no hindrance to a token that is bound to none.
    CHECK(verify(plain({}), issuer().policy, {.now = kNow, .certificate = kHash}).has_value());
}

TEST_CASE("the bearer is told that a token is not valid, and only of a good one that it expired") {
    struct Told {
        std::string token;
        std::string_view detail;
    };
    for (const Told& told :
         {Told{plain({{"exp", seconds(-60)}}), "the token has expired"},
          Told{with_bit_flipped(plain({{"exp", seconds(-60)}}), 2), "the token is not valid"},
          Told{plain({{"aud", R"("other")"}}), "the token is not valid"},
          Told{rs256({{"kid", R"("x")"}}), "the token is not valid"},
          Told{"", "the token is not valid"}}) {
        const auto refused = verify(told.token);
        REQUIRE_FALSE(refused.has_value());
        const Error error = error_of(refused.error());
        CHECK(error.code == ErrorCode::kUnauthenticated);
        CHECK(error.detail == told.detail);
    }
}

TEST_CASE("what the log is told cannot forge a line and is short") {
    const auto refused =
        verify(rs256({{"kid", "\"a\\n\\u001b[2J\\\" " + std::string(200, 'k') + "\""}}));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().why.starts_with("no RS256 key has the kid \"a??[2J? kkk"));
    CHECK(refused.error().why.size() < 100);
}
