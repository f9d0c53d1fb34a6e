#pragma once

#include "api/outside_state.h"
#include "auth/outside.h"
#include "base/clock.h"
#include "base/worker.h"

#include <atomic>
#include <string>

namespace tandem::node {

/// What an outside server answers, or why not: 64 KiB, 10 s, TLS verified, no redirects. Blocks.
struct Got {
    int status = 0;
    std::string body;
    std::string cache_control;
};
struct Asking {
    const Clock& clock;
    std::string ca_file;            ///< PEM; empty: the system's authorities
    const std::atomic<bool>& stop;  ///< gives up soon after it has become true
};
[[nodiscard]] Result<Got> get_outside(const Asking& asking, const std::string& url);

/// Fetches the keys of outside issuers, one after the other on a thread of its own: a server that
/// does not answer holds up nothing but that.
class KeyFetcher {
public:
    explicit KeyFetcher(const Clock& clock) : clock_{clock}, worker_{kWaitingMax} {}
    KeyFetcher(const KeyFetcher&) = delete;
    KeyFetcher& operator=(const KeyFetcher&) = delete;
    ~KeyFetcher() { stop_ = true; }

    /// What the hub asks with; it does not outlive this.
    [[nodiscard]] api::FetchKeys fetch();

private:
    static constexpr std::size_t kWaitingMax = 64;

    Task<Result<api::FetchedKeys>> run(Executor* executor, auth::OutsideIssuer issuer);

    const Clock& clock_;
    std::atomic<bool> stop_ = false;
    Worker worker_;  // Last: it uses the others.
};

}  // namespace tandem::node
