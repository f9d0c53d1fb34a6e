#pragma once

#include "client/url.h"
#include "measure/path.h"

namespace tandem::measure {

/// Opens two TLS connections to `url`, the second with the first one's session, and says what it
/// saw, also of a certificate that is not trusted: nothing but a request for /healthz is sent.
/// `ca_file` may be empty: the system's authorities. Waits, 10 s for each connection at most. Fails
/// with kUnavailable when there is no TLS.
[[nodiscard]] Result<TlsFinding> look_at_tls(const client::HubUrl& url, const std::string& ca_file);

}  // namespace tandem::measure
