#pragma once

#include "api/outside_state.h"
#include "auth/outside.h"
#include "base/clock.h"
#include "base/worker.h"

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tandem::node {

/// What an outside server answers, or why not: 64 KiB, TLS verified, no redirects, and no later
/// than `until`. Blocks.
struct Got {
    int status = 0;
    std::string body;
    std::string cache_control;
};
struct Asking {
    const Clock& clock;
    std::string ca_file;  ///< PEM; empty: the system's authorities
    Monotonic until;
    const std::atomic<bool>& stop;  ///< gives up soon after it has become true
};
[[nodiscard]] Result<Got> get_outside(const Asking& asking, const std::string& url);
/// The same for a form that is sent there.
[[nodiscard]] Result<Got> post_outside(const Asking& asking, const auth::CodeRequest& request);

/// Whether what an issuer's server is known by, a file in PEM, is in safe hands and holds
/// certificates; "" is the system's. Fails with kStorageFailed.
[[nodiscard]] Result<void> check_authorities(const std::string& ca_file);

/// Asks outside issuers: for their keys, and for what codes are worth. Each on threads of its own,
/// so that a server that does not answer holds up nothing but itself.
class IssuerClient {
public:
    IssuerClient(const Clock& clock, const std::vector<auth::OutsideIssuer>& issuers);
    IssuerClient(const IssuerClient&) = delete;
    IssuerClient& operator=(const IssuerClient&) = delete;
    ~IssuerClient() { stop_ = true; }

    /// What the hub asks with; they do not outlive this.
    [[nodiscard]] api::FetchKeys fetch();
    [[nodiscard]] api::RedeemCode redeem();

private:
    static constexpr std::size_t kWaitingMax = 64;  // For each thread.
    struct Threads {
        Worker keys{1};                 // One fetch at a time: JwksCache sees to that.
        std::unique_ptr<Worker> codes;  // Where people log in.
    };

    Task<Result<api::FetchedKeys>> fetch_keys(Executor* executor, auth::OutsideIssuer issuer);
    Task<Result<std::string>> redeem_code(Executor* executor,
                                          auth::OutsideIssuer issuer,
                                          auth::CodeRequest request);

    const Clock& clock_;
    std::atomic<bool> stop_ = false;
    std::map<std::string, std::unique_ptr<Threads>> threads_;  // Last: they use the others.
};

}  // namespace tandem::node
