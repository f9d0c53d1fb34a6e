#include "auth/jwk.h"

#include "auth/test_jwt.h"

#include <doctest/doctest.h>
#include <openssl/err.h>

using namespace tandem;
using namespace tandem::auth;
using namespace tandem::auth::test;

namespace {

/// `value` with a member set.
Value with(Value value, std::string_view name, Value member) {
    value.set(name, std::move(member));
    return value;
}
Value without(Value value, std::string_view name) {
    REQUIRE(value.erase(name));
    return value;
}

std::string set_of(Value::Array keys) {
    return codec::to_json(Value::Object{{"keys", std::move(keys)}});
}

}  // namespace

TEST_CASE("the names of the algorithms are those of the registry, and there are no others") {
    for (const JwsAlgorithm each :
         {JwsAlgorithm::kRs256, JwsAlgorithm::kPs256, JwsAlgorithm::kEs256, JwsAlgorithm::kEdDsa}) {
        CHECK(jws_algorithm_named(name_of(each)) == each);
    }
    CHECK(name_of(JwsAlgorithm::kEs256) == "ES256");
    for (const std::string_view name : {"none", "None", "", "HS256", "rs256", "RS256 ", "RS384",
                                        "ES256K", "ES384", "EDDSA", "RSA-OAEP"}) {
        CAPTURE(name);
        CHECK_FALSE(jws_algorithm_named(name).has_value());
    }
}

TEST_CASE("the Ed25519 key of RFC 8037 verifies the signature of its appendix and no other") {
    const auto key = parse_jwk(Value::Object{
        {"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}});
    REQUIRE(key.has_value());
    const std::string text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    const auto signature = codec::base64url_decode(
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
    REQUIRE(signature.has_value());
    CHECK(key->key.verifies(JwsAlgorithm::kEdDsa, text, *signature));
    CHECK_FALSE(key->key.verifies(JwsAlgorithm::kEdDsa, text + "a", *signature));
    CHECK_FALSE(key->key.verifies(JwsAlgorithm::kRs256, text, *signature));
}

TEST_CASE("the P-256 key of RFC 7515 verifies the signature of its appendix A.3") {
    const auto key = parse_jwk(Value::Object{{"kty", "EC"},
                                             {"crv", "P-256"},
                                             {"x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"},
                                             {"y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}});
    REQUIRE(key.has_value());
    const std::string text =
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl"
        "LmNvbS9pc19yb290Ijp0cnVlfQ";
    const auto signature = codec::base64url_decode(
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
    REQUIRE(signature.has_value());
    CHECK(key->key.verifies(JwsAlgorithm::kEs256, text, *signature));
    CHECK_FALSE(key->key.verifies(JwsAlgorithm::kEs256, text + "a", *signature));
}

TEST_CASE("keys of every kind verify what their private half signs, by their algorithms alone") {
    struct Row {
        SigningKey key;
        JwsAlgorithm algorithm;
        Signing how;
    };
    const SigningKey rsa = make_rsa();
    for (const Row& row :
         {Row{rsa, JwsAlgorithm::kRs256, {}},
          Row{rsa, JwsAlgorithm::kPs256, {.padding = RSA_PKCS1_PSS_PADDING}},
          Row{make_rsa(3'072), JwsAlgorithm::kRs256, {}}, Row{make_ec(), JwsAlgorithm::kEs256, {}},
          Row{make_ed25519(), JwsAlgorithm::kEdDsa, {}}}) {
        CAPTURE(name_of(row.algorithm));
        const auto jwk = parse_jwk(jwk_of(row.key, "a"));
        REQUIRE(jwk.has_value());
        CHECK(jwk->kid == "a");
        const std::string signature = sign(row.key, "text", row.how);
        for (const JwsAlgorithm each : {JwsAlgorithm::kRs256, JwsAlgorithm::kPs256,
                                        JwsAlgorithm::kEs256, JwsAlgorithm::kEdDsa}) {
            CHECK(jwk->key.verifies(each, "text", signature) == (each == row.algorithm));
        }
    }
}

TEST_CASE("an RSA key may have 4,096 bits, and takes a signature of its own length alone") {
    const auto key =
        PublicKey::rsa("\x80" + std::string(511, '\x01'), std::string{"\x01\x00\x01", 3});
    REQUIRE(key.has_value());
    for (const std::size_t length : {0U, 256U, 511U, 512U, 513U})
        CHECK_FALSE(key->verifies(JwsAlgorithm::kRs256, "text", std::string(length, '\x01')));
}

TEST_CASE("a refused signature or key leaves no error behind for TLS to find") {
    const SigningKey key = make_ec();
    const auto jwk = parse_jwk(jwk_of(key, "a"));
    REQUIRE(jwk.has_value());
    ERR_clear_error();
    CHECK_FALSE(jwk->key.verifies(JwsAlgorithm::kEs256, "text", std::string(64, '\0')));
    CHECK_FALSE(PublicKey::p256(std::string(32, 'a'), std::string(32, 'b')).has_value());
    CHECK(ERR_peek_error() == 0);
}

TEST_CASE("a key of no use is refused, and the refusal says why") {
    const SigningKey rsa = make_rsa();
    const Value good = jwk_of(rsa, "a");
    const Value point = jwk_of(make_ec(), "a");
    const Value edwards = jwk_of(make_ed25519(), "a");
    REQUIRE(parse_jwk(good).has_value());
    REQUIRE(parse_jwk(point).has_value());
    REQUIRE(parse_jwk(edwards).has_value());
    const auto encoded = [](std::string_view bytes) { return codec::base64url_encode(bytes); };
    const std::string modulus = number_of(rsa, OSSL_PKEY_PARAM_RSA_N);
    std::string even = modulus;
    even.back() = static_cast<char>(static_cast<unsigned char>(even.back()) & 0xFEU);
    struct Row {
        Value jwk;
        std::string_view why;
    };
    for (const Row& row : {
             Row{"text", "not an object"},
             Row{Value::Object{}, "neither RSA nor P-256 nor Ed25519"},
             Row{Value::Object{{"kty", "oct"}, {"k", "c2VjcmV0"}}, "secret half"},
             Row{with(good, "d", "AQAB"), "secret half"},
             Row{with(point, "d", "AQAB"), "secret half"},
             Row{with(good, "use", "enc"), "not for verifying"},
             Row{with(good, "use", 1), "not for verifying"},
             Row{with(good, "key_ops", Value::Array{"sign"}), "not for verifying"},
             Row{with(good, "key_ops", "verify"), "not for verifying"},
             Row{with(good, "alg", "RS512"), "\"alg\""},
             Row{with(good, "alg", "ES256"), "\"alg\""},
             Row{with(good, "alg", "none"), "\"alg\""},
             Row{with(good, "kid", 7), "\"kid\""},
             Row{with(good, "kid", std::string(257, 'k')), "\"kid\""},
             Row{without(good, "n"), "\"n\" is missing"},
             Row{with(good, "n", encoded(modulus) + "=="), "\"n\" is not base64url"},
             Row{with(good, "n", encoded(std::string(1, '\0') + modulus)), "zero byte"},
             Row{with(good, "n", encoded(even)), "even RSA modulus"},
             Row{jwk_of(make_rsa(1'024), "a"), "1024 bits"},
             Row{with(good, "n", encoded("\x7F" + modulus.substr(1))), "2047 bits"},
             Row{with(good, "n", encoded("\x01" + std::string(512, '\x01'))), "4097 bits"},
             Row{with(good, "e", "AQ"), "exponent"},    // 1: every text is its own signature
             Row{with(good, "e", "Aw"), "exponent"},    // 3
             Row{with(good, "e", "AQAA"), "exponent"},  // 65,536
             Row{with(good, "e", encoded(std::string(5, '\x01'))), "exponent"},
             Row{jwk_of(make_ec("P-384"), "a"), "neither RSA"},
             Row{with(point, "crv", "secp256k1"), "neither RSA"},
             Row{with(point, "crv", "P-384"), "neither RSA"},
             Row{with(point, "y", encoded(std::string(32, 'y'))), "not a point"},
             Row{with(point, "x", encoded(std::string(31, 'x'))), "32 bytes"},
             Row{with(point, "x", encoded(std::string(33, 'x'))), "32 bytes"},
             Row{without(point, "y"), "\"y\" is missing"},
             Row{with(edwards, "crv", "X25519"), "neither RSA"},
             Row{with(edwards, "crv", "Ed448"), "neither RSA"},
             Row{with(edwards, "x", encoded(std::string(31, 'x'))), "32 bytes"},
             Row{with(edwards, "kty", "EC"), "neither RSA"},
         }) {
        CAPTURE(codec::to_json(row.jwk));
        const auto refused = parse_jwk(row.jwk);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == ErrorCode::kInvalidField);
        CHECK_MESSAGE(refused.error().detail.contains(row.why), refused.error().detail);
    }
}

TEST_CASE("a key set keeps what is of use and tells of the rest") {
    const Value good = jwk_of(make_rsa(), "a");
    const Value point = jwk_of(make_ec(), "a");  // Another kind: RFC 7517 lets it share the kid.
    const Value other = jwk_of(make_ec(), "a");  // The same kind: it does not.
    const Value unnamed = without(jwk_of(make_ed25519(), "x"), "kid");
    const auto set =
        parse_jwks(set_of({good, Value::Object{{"kty", "oct"}, {"k", "AA"}}, point, other, unnamed,
                           unnamed, with(good, "x5u", "https://elsewhere.example/cert")}));
    REQUIRE(set.has_value());
    CHECK(set->keys.size() == 4);
    REQUIRE(set->skipped.size() == 3);
    CHECK(set->skipped[0].contains("secret half"));
    CHECK(set->skipped[1].contains("same \"kid\""));
    const auto none = parse_jwks(R"({"keys":[],"other":true})");
    REQUIRE(none.has_value());
    CHECK(none->keys.empty());
}

TEST_CASE("what is no key set is refused as a whole") {
    const std::string good = set_of({jwk_of(make_ed25519(), "a")});
    CHECK(parse_jwks(good).has_value());
    CHECK(parse_jwks(good + std::string(kJwksBytesMax - good.size(), ' ')).has_value());
    CHECK_FALSE(parse_jwks(good + std::string(kJwksBytesMax - good.size() + 1, ' ')).has_value());
    for (const std::string_view text :
         {"", "{}", "[]", "null", R"({"keys":{}})", R"({"keys":[],"keys":[]})",
          R"({"keys":[{"kty":"RSA","kty":"EC"}]})", R"({"keys":[]}x)", "<html>"}) {
        CAPTURE(text);
        const auto refused = parse_jwks(text);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == ErrorCode::kMalformedBody);
    }
}

TEST_CASE("a key is found by its exact kid; without one only where there is no choice") {
    const auto set = parse_jwks(set_of({jwk_of(make_rsa(), "a"), jwk_of(make_ec(), "a"),
                                        with(jwk_of(make_rsa(), "b"), "alg", "PS256")}));
    REQUIRE(set.has_value());
    REQUIRE(set->keys.size() == 3);
    const auto at = [&](const Jwk* key) {
        return key == nullptr ? -1 : static_cast<int>(key - set->keys.data());
    };
    CHECK(at(find_key(set->keys, "a", JwsAlgorithm::kRs256)) == 0);
    CHECK(at(find_key(set->keys, "a", JwsAlgorithm::kPs256)) == 0);
    CHECK(at(find_key(set->keys, "a", JwsAlgorithm::kEs256)) == 1);
    CHECK(at(find_key(set->keys, "b", JwsAlgorithm::kPs256)) == 2);
    CHECK(at(find_key(set->keys, "b", JwsAlgorithm::kRs256)) == -1);
    CHECK(at(find_key(set->keys, "A", JwsAlgorithm::kRs256)) == -1);
    CHECK(at(find_key(set->keys, "", JwsAlgorithm::kRs256)) == -1);
    CHECK(at(find_key(set->keys, std::nullopt, JwsAlgorithm::kEs256)) == 1);
    CHECK(at(find_key(set->keys, std::nullopt, JwsAlgorithm::kRs256)) == 0);
    CHECK(at(find_key(set->keys, std::nullopt, JwsAlgorithm::kPs256)) == -1);  // two
    CHECK(at(find_key(set->keys, std::nullopt, JwsAlgorithm::kEdDsa)) == -1);  // none
}
