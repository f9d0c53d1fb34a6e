#include "contract/catalogue.h"

#include "contract/access.h"
#include "contract/advice.h"
#include "contract/app.h"
#include "contract/certificate.h"
#include "contract/command.h"
#include "contract/dashboard.h"
#include "contract/device.h"
#include "contract/grant.h"
#include "contract/limits.h"
#include "contract/oauth.h"
#include "contract/status.h"
#include "contract/stream.h"
#include "contract/telemetry.h"
#include "contract/tenant.h"
#include "contract/thing.h"
#include "contract/twin.h"
#include "contract/user.h"

#include <algorithm>
#include <array>

namespace tandem::contract {

std::span<const Operation* const> catalogue() {
    static const std::array<const Operation*, 85> all{
        &kMeGet,
        &kLimitsGet,
        &kLimitsCheck,
        &kDevicesList,
        &kDevicesCreate,
        &kDevicesGet,
        &kDevicesPut,
        &kDevicesPatch,
        &kDevicesDelete,
        &kTdGet,
        &kAdviceGet,
        &kAdviceList,
        &kTelemetryWrite,
        &kTelemetryRead,
        &kTelemetryQuery,
        &kTelemetryLatest,
        &kTelemetryDelete,
        &kTelemetryWriteMany,
        &kSeriesList,
        &kSeriesPut,
        &kSeriesGet,
        &kTwinGet,
        &kConfigGet,
        &kConfigPut,
        &kConfigPatch,
        &kConfigAck,
        &kStateGet,
        &kStatePut,
        &kStatePatch,
        &kCommandsSend,
        &kCommandsList,
        &kCommandsTake,
        &kCommandsRenew,
        &kCommandsGet,
        &kCommandsAck,
        &kCommandsProgress,
        &kCommandsFinish,
        &kCommandsCancel,
        &kCommandsSendMany,
        &kKeysCreate,
        &kKeysList,
        &kKeysRotate,
        &kKeysRevoke,
        &kCertificatesCreate,
        &kUsersCreate,
        &kUsersList,
        &kUsersGet,
        &kUsersPatch,
        &kUsersPassword,
        &kAppsCreate,
        &kAppsList,
        &kAppsGet,
        &kAppsPatch,
        &kAppsRotate,
        &kAppsRevoke,
        &kGrantsCreate,
        &kGrantsList,
        &kGrantsGet,
        &kGrantsPatch,
        &kGrantsDelete,
        &kClaimCodesCreate,
        &kClaimCodesList,
        &kClaimCodesDelete,
        &kConsentsList,
        &kConsentsDelete,
        &kDenialsCreate,
        &kDashboardsCreate,
        &kDashboardsList,
        &kDashboardsGet,
        &kDashboardsPut,
        &kDashboardsDelete,
        &kAppsDelete,
        &kUsersDelete,
        &kTenantsCreate,
        &kTenantsList,
        &kTenantsGet,
        &kTenantsDelete,
        &kTicketsCreate,
        &kStreamRead,
        &kStreamSubscribe,
        &kStreamCredit,
        &kStreamUnsubscribe,
        &kAuditList,
        &kHubStatus,
        &kAuth,
    };
    return all;
}

const Operation* find_operation(std::string_view name) {
    const auto all = catalogue();
    const auto found = std::ranges::find(all, name, &Operation::name);
    return found == all.end() ? nullptr : *found;
}

}  // namespace tandem::contract
