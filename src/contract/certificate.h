#pragma once

#include "contract/access.h"

namespace tandem::contract {

// ---------------------------------------------------------------- messages

struct CertificateCreate {
    std::string device;
    std::string certificate;
};
inline const Shape& shape_of(const CertificateCreate*) {
    static const Shape made{
        .name = "CertificateCreate",
        .fields = {device_in_path(field<&CertificateCreate::device>({})),
                   field<&CertificateCreate::certificate>(
                       {.name = "certificate",
                        .required = true,
                        .min = 1,
                        .max = 16'384,
                        .says = "In PEM: the device's own, without those above it."})}};
    return made;
}

// ---------------------------------------------------------------- operations

inline const auto kCertificatesCreate = operation<CertificateCreate, KeyView>({
    .name = "certificates.create",
    .method = Method::kPost,
    .path = "/v1/devices/{device}/certificates",
    .scope = Scope::kKeysManage,
    .status = 201,
    .audited = true,
    .says = "Lets the device in with a TLS client certificate, beside its keys or instead of them. "
            "Its `id` is the SHA-256 of the certificate; `keys.list` has it and `keys.revoke` ends "
            "it.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kConflict, ErrorCode::kAlreadyExists},
    .example = R"({"path":{"device":"lamp-1"},"body":{"certificate":")"
               R"(-----BEGIN CERTIFICATE-----\n)"
               R"(MIIBZzCCAQygAwIBAgIBATAKBggqhkjOPQQDAjARMQ8wDQYDVQQDDAZsYW1wLTEw\n)"
               R"(IBcNMjYxMTI3MjM1NTQyWhgPMjEyNjExMDMyMzU1NDJaMBExDzANBgNVBAMMBmxh\n)"
               R"(bXAtMTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFABTjHoUM3Iy4y213d6w4rj\n)"
               R"(M3WiNsg8MLDkBJj4hWzPQ7Jga/5IoOogHeQ4PmwjZOOlQw9WjSTqkzYP1IfLZGCj\n)"
               R"(UzBRMB0GA1UdDgQWBBRQsHCsGO5O9clucTrz3vHM0z+b6jAfBgNVHSMEGDAWgBRQ\n)"
               R"(sHCsGO5O9clucTrz3vHM0z+b6jAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMC\n)"
               R"(A0kAMEYCIQDnpeTtxBSYa9LLxg6IdwUAHdEh6dAYy4w9mLtL3Vvv4AIhAISIlG2f\n)"
               R"(wQHoJS7ViTs85p4rEumJT3W0bs5RqTtT4AhS\n)"
               R"(-----END CERTIFICATE-----\n)"
               R"("}})",
    .answer = R"({"id":"a8e6f987213bdc78cc528e1a17a5927e6dbf585ae8d34e05067dfc2ebd122209",)"
              R"("created":1732386600000,"expires":4949423742000})",
});

}  // namespace tandem::contract
