// certificates.*: one handler per operation.
#include "contract/certificate.h"

#include "api/administration.h"
#include "api/bind.h"
#include "api/device_state.h"
#include "auth/certificate.h"
#include "auth/key.h"

#include <array>

namespace tandem::api {
namespace {

using contract::KeyView;

Result<void> check_room(const World& world, const DeviceRef& device) {
    const auto live = world.hub().credentials.of(PrincipalKind::kDevice, device.tenant,
                                                 device.id.text(), world.now());
    const std::size_t most = world.rules().keys;
    if (live.size() < most) return {};
    return fail(ErrorCode::kConflict, "the device has " + std::to_string(most) +
                                          " keys and certificates, as many as it may: revoke one");
}

// No text proves it: what is kept of a secret is that of one that nobody has.
Credential credential_of(const World& world,
                         const DeviceRef& device,
                         const auth::DeviceCertificate& certificate) {
    auth::Credentials& credentials = world.hub().credentials;
    return {.id = KeyId{certificate.fingerprint},
            .kind = PrincipalKind::kDevice,
            .tenant = device.tenant,
            .principal = device.id.text(),
            .scopes = device_scopes(),
            .digest = credentials.digest_of(auth::make_secret(world.hub().random)),
            .created = world.now(),
            .expires = certificate.ends};
}

// Alone: no two devices get one certificate.
Task<Result<Answer<KeyView>>> create(World world,
                                     Caller caller,
                                     contract::CertificateCreate request) {
    const DeviceRef device{.tenant = caller.actor.tenant, .id = DeviceId{request.device}};
    const auto certificate = auth::read_certificate(request.certificate);
    if (!certificate) co_return std::unexpected(certificate.error());
    if (certificate->ends <= world.now()) {
        co_return fail_field("/certificate", "the certificate has run out");
    }
    auto state = co_await world.devices().load(world, device);
    if (!state) co_return pass(state);
    auto turn = co_await take_turn(world, std::move(caller), *state);
    if (!turn) co_return pass(turn);
    if (world.hub().credentials.alive(certificate->fingerprint, Instant::min())) {
        co_return fail(ErrorCode::kAlreadyExists, "the certificate is a device's already");
    }
    if (auto room = check_room(world, device); !room) co_return pass(room);
    const Credential fresh = credential_of(world, device, *certificate);
    Transaction transaction;
    transaction.changes.emplace_back(PutCredential{.credential = fresh});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) co_return pass(stored);
    world.hub().credentials.put(fresh);
    co_return KeyView{
        .id = fresh.id.text(), .key = {}, .created = fresh.created, .expires = fresh.expires};
}

constexpr std::array kHandlers{bind<contract::kCertificatesCreate, &InTurn<&create>::run>()};

}  // namespace

std::span<const Bound> certificate_handlers() {
    return kHandlers;
}

}  // namespace tandem::api
