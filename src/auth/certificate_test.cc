#include "auth/certificate.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::auth;

namespace {

// openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=lamp-1 -days 36500
const std::string kPem =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBZzCCAQygAwIBAgIBATAKBggqhkjOPQQDAjARMQ8wDQYDVQQDDAZsYW1wLTEw\n"
    "IBcNMjYxMTI3MjM1NTQyWhgPMjEyNjExMDMyMzU1NDJaMBExDzANBgNVBAMMBmxh\n"
    "bXAtMTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFABTjHoUM3Iy4y213d6w4rj\n"
    "M3WiNsg8MLDkBJj4hWzPQ7Jga/5IoOogHeQ4PmwjZOOlQw9WjSTqkzYP1IfLZGCj\n"
    "UzBRMB0GA1UdDgQWBBRQsHCsGO5O9clucTrz3vHM0z+b6jAfBgNVHSMEGDAWgBRQ\n"
    "sHCsGO5O9clucTrz3vHM0z+b6jAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMC\n"
    "A0kAMEYCIQDnpeTtxBSYa9LLxg6IdwUAHdEh6dAYy4w9mLtL3Vvv4AIhAISIlG2f\n"
    "wQHoJS7ViTs85p4rEumJT3W0bs5RqTtT4AhS\n"
    "-----END CERTIFICATE-----\n";

}  // namespace

TEST_CASE("of a certificate its SHA-256 and its end are kept, as openssl x509 tells them") {
    const auto read = read_certificate(kPem);
    REQUIRE(read);
    CHECK(read->fingerprint == "a8e6f987213bdc78cc528e1a17a5927e6dbf585ae8d34e05067dfc2ebd122209");
    CHECK(read->ends == Instant{std::chrono::seconds{4'949'423'742}});
    // What openssl prints around it does not disturb.
    const auto with_words = read_certificate("subject=CN = lamp-1\n\n" + kPem + "\n");
    REQUIRE(with_words);
    CHECK(with_words->fingerprint == read->fingerprint);
}

TEST_CASE("a fingerprint in hexadecimal is its 32 bytes, and what is none is nothing") {
    const std::string whole(64, 'f');
    CHECK(fingerprint_bytes(whole) == std::string(32, '\xFF'));
    CHECK(fingerprint_bytes("0a" + whole.substr(2)) == '\x0A' + std::string(31, '\xFF'));
    for (const std::string& wrong :
         {std::string{}, whole.substr(1), whole.substr(2), whole + "ff", "zz" + whole.substr(2),
          "f " + whole.substr(2), "-1" + whole.substr(2)}) {
        CHECK(fingerprint_bytes(wrong).empty());
    }
}

TEST_CASE("what is not one certificate is none") {
    std::string changed = kPem;
    changed.replace(changed.find("MIIBZ"), 5, "AAAAA");
    struct Row {
        std::string text;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"", "nothing"},
             {"hello", "words"},
             {kPem + kPem, "two"},
             {kPem.substr(0, 300), "the beginning of one"},
             {changed, "no DER"},
             {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "a key"}}) {
        CAPTURE(row.why);
        const auto read = read_certificate(row.text);
        REQUIRE_FALSE(read);
        CHECK(read.error().code == ErrorCode::kInvalidField);
    }
}
