#include "domain/ports.h"

#include <utility>

namespace tandem {

template <ChangeKind Kind>
Change::Change(Kind kind) : AnyChange{std::in_place_type<Kind>, std::move(kind)} {}

Change::Change(const Change& other) = default;
Change::Change(Change&& other) noexcept = default;
Change& Change::operator=(const Change& other) = default;
Change& Change::operator=(Change&& other) noexcept = default;
Change::~Change() = default;

template Change::Change(PutDevice kind);
template Change::Change(DeleteDevice kind);
template Change::Change(PutTwin kind);
template Change::Change(PutCommand kind);
template Change::Change(PutSeries kind);
template Change::Change(PutPresence kind);
template Change::Change(PutCredential kind);
template Change::Change(DeleteCredential kind);
template Change::Change(PutUser kind);
template Change::Change(DeleteUser kind);
template Change::Change(PutApp kind);
template Change::Change(DeleteApp kind);
template Change::Change(PutGrant kind);
template Change::Change(DeleteGrant kind);
template Change::Change(PutDashboard kind);
template Change::Change(DeleteDashboard kind);
template Change::Change(PutTenant kind);
template Change::Change(DeleteTenant kind);
template Change::Change(AppendAudit kind);
template Change::Change(PutReply kind);
template Change::Change(PutRecord<AccessToken> kind);
template Change::Change(PutRecord<AuthorizationCode> kind);
template Change::Change(PutRecord<RefreshFamily> kind);
template Change::Change(PutRecord<DeviceGrant> kind);
template Change::Change(PutRecord<UsedAssertion> kind);
template Change::Change(PutRecord<ClaimCode> kind);
template Change::Change(PutRecord<DeniedToken> kind);
template Change::Change(DeleteAccessToken kind);
template Change::Change(EndFamily kind);
template Change::Change(EndDelegated kind);
template Change::Change(DeleteClaimCode kind);

}  // namespace tandem
