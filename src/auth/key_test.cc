#include "auth/key.h"

#include "codec/base64.h"

#include <doctest/doctest.h>

#include <set>

using namespace tandem;
using namespace tandem::auth;

namespace {

std::string hex(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (const char each : bytes) {
        const auto byte = static_cast<unsigned char>(each);
        out += kDigits[byte >> 4U];
        out += kDigits[byte & 15U];
    }
    return out;
}

}  // namespace

TEST_CASE("a key is read as it was made") {
    SeededRandom random{1};
    struct Row {
        PrincipalKind kind;
        std::string_view prefix;
    };
    for (const Row& row : {Row{PrincipalKind::kDevice, "tdk_"}, Row{PrincipalKind::kApp, "tak_"}}) {
        const std::string text = make_key(row.kind, random);
        CAPTURE(text);
        CHECK(text.starts_with(row.prefix));
        CHECK(text.size() == 71);
        const auto key = read_key(text);
        REQUIRE(key.has_value());
        CHECK(key->id.text() == text.substr(4, 16));
        CHECK(is_name(key->id.text()));
        CHECK(key->id.text().find('_') == std::string::npos);
        CHECK(key->secret == text.substr(21, 43));
        const auto raw = codec::base64url_decode(key->secret);
        REQUIRE(raw.has_value());
        CHECK(raw->size() == 32);  // 256 bits
    }
}

TEST_CASE("no two keys share an id or a secret") {
    SeededRandom random{2};
    std::set<std::string> seen;
    for (int count = 0; count < 500; ++count) {
        const auto key = read_key(make_key(PrincipalKind::kDevice, random));
        REQUIRE(key.has_value());
        CHECK(seen.insert(key->id.text()).second);
        CHECK(seen.insert(key->secret).second);
    }
}

TEST_CASE("a key with any one character changed is no key") {
    SeededRandom random{3};
    const std::string good = make_key(PrincipalKind::kDevice, random);
    REQUIRE(read_key(good).has_value());
    for (std::size_t at = 0; at < good.size(); ++at) {
        CAPTURE(at);
        std::string changed = good;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        CHECK_FALSE(read_key(changed).has_value());
    }
}

TEST_CASE("two characters in each other's place are no key") {
    SeededRandom random{4};
    const std::string good = make_key(PrincipalKind::kApp, random);
    for (std::size_t at = 0; at + 1 < good.size(); ++at) {
        if (good[at] == good[at + 1]) continue;
        CAPTURE(at);
        std::string changed = good;
        std::swap(changed[at], changed[at + 1]);
        CHECK_FALSE(read_key(changed).has_value());
    }
}

TEST_CASE("what is not as long as a key, or of another kind, is no key") {
    SeededRandom random{5};
    const std::string good = make_key(PrincipalKind::kDevice, random);
    struct Row {
        std::string text;
        std::string_view why;
    };
    const Row rows[] = {{"", "nothing"},
                        {"tdk_", "the beginning alone"},
                        {good.substr(0, good.size() - 1), "one too short"},
                        {good + "A", "one too long"},
                        {good + "\n", "a line end"},
                        {" " + good.substr(1), "a space in front"},
                        {"Bearer " + good, "with its scheme"},
                        {"TDK_" + good.substr(4), "another case"},
                        {"tak_" + good.substr(4), "the CRC is of the other kind"},
                        {"xyz_" + good.substr(4), "an unknown kind"},
                        {std::string(good.size(), '_'), "underscores"},
                        {std::string(good.size(), '\0'), "zeros"}};
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK_MESSAGE(!read_key(row.text).has_value(), row.why);
    }
}

TEST_CASE("digests are HMAC-SHA-256 and SHA-256") {
    // RFC 4231, test case 2.
    CHECK(hex(keyed_digest("Jefe", "what do ya want for nothing?")) ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    // FIPS 180-4, "abc".
    CHECK(hex(digest("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(digest("").size() == 32);
    CHECK(keyed_digest("", "").size() == 32);
    CHECK(keyed_digest("one", "secret") != keyed_digest("two", "secret"));
}

TEST_CASE("digests are the same only when every byte is") {
    CHECK(same_digest("", ""));
    CHECK(same_digest("abc", "abc"));
    CHECK_FALSE(same_digest("abc", "abd"));
    CHECK_FALSE(same_digest("abc", "bbc"));
    CHECK_FALSE(same_digest("abc", "ab"));
    CHECK_FALSE(same_digest("", "a"));
    CHECK(same_digest(std::string_view{"a\0b", 3}, std::string_view{"a\0b", 3}));
    CHECK_FALSE(same_digest(std::string_view{"a\0b", 3}, std::string_view{"a\0c", 3}));
}

TEST_CASE("a bearer is read under its own mark alone, as it was made") {
    SeededRandom random{6};
    const Key made = make_bearer(random);
    const std::string text = bearer_text("trt_", made);
    CHECK(text.starts_with("trt_"));
    CHECK(text.size() == 71);
    const auto read = read_bearer("trt_", text);
    REQUIRE(read.has_value());
    CHECK(read->id == made.id);
    CHECK(read->secret == made.secret);
    CHECK_FALSE(read_bearer("tat_", text).has_value());
    CHECK_FALSE(read_key(text).has_value());
    CHECK_FALSE(read_bearer("tat_", "tat_" + text.substr(4)).has_value());  // another CRC
}

TEST_CASE("a secret proves itself against its own digest alone, and against none never") {
    const std::string stored = keyed_digest("pepper", "secret");
    CHECK(proves("pepper", "secret", &stored));
    CHECK_FALSE(proves("pepper", "secreu", &stored));
    CHECK_FALSE(proves("peppes", "secret", &stored));
    CHECK_FALSE(proves("pepper", "secret", nullptr));
    const std::string cut = stored.substr(1);
    CHECK_FALSE(proves("pepper", "secret", &cut));
}
