#pragma once

#include "base/random.h"
#include "client/backoff.h"
#include "client/rest_client.h"

namespace tandem::client {

/// Asks a hub for as long as it is worth it: waits when the hub says when to come back, and comes
/// back when a connection is lost. For work that may be done twice.
class PatientClient {
public:
    /// All outlive it.
    PatientClient(Executor& executor, Random& random, RestClient& client)
        : random_{random}, client_{client}, pause_{executor} {}

    /// Fails with what the hub refuses for good; with kUnavailable or kRequestTimeout when it was
    /// not there for half a minute, or never; with kRateLimited or kUnavailable when it has put off
    /// one request for ten minutes. The one does not count for the other.
    Task<Result<Reply>> call(Call call);
    /// The same for an answer that is taken in pieces. It is asked again only as long as none has
    /// come: what to ask then, the caller knows.
    Task<Result<Reply>> call(Call call, RestClient::Piece piece);

    /// A wait as before another try at what failed with `why`. False: no other try is worth it.
    Task<bool> wait_after(Error why);
    /// Something has come about: patience is as fresh as in the beginning.
    void reset();

private:
    void found_there();

    Random& random_;
    RestClient& client_;
    Pause pause_;
    Backoff backoff_{200ms, 5s};
    // Waited since something has come about, as the hub said; and since it was there.
    Duration put_off_{0};
    Duration gone_{0};
    bool reached_ = false;
};

}  // namespace tandem::client
