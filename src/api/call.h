#pragma once

#include "auth/budget.h"
#include "base/task.h"
#include "contract/operation.h"
#include "domain/access.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tandem::api {

class Subscriber;
class World;

/// A body that is made piece by piece while it is sent.
class BodySource {
public:
    BodySource() = default;
    BodySource(const BodySource&) = delete;
    BodySource& operator=(const BodySource&) = delete;
    virtual ~BodySource() = default;

    /// The next piece; empty: there are no more. `world` is of the loop that it is called on. A
    /// failure ends the body in the middle.
    virtual Task<Result<std::string>> next(World world) = 0;
    /// Nobody takes any more of it: next() need not wait. On the loop that it is called on.
    virtual void stop() {}
};

/// How a caller proves who it is.
struct Proof {
    std::string bearer;          ///< a key
    std::string cookie;          ///< a browser session
    std::string certificate;     ///< SHA-256 of a verified TLS client certificate, hexadecimal
    std::optional<Actor> actor;  ///< found before, on this socket; asked again whether it lives
    /// The operating system vouches for the caller: the administrative socket.
    bool local = false;
    /// The key of `actor` counts for so long after its time, unless it was revoked: sockets.
    Duration grace{0};
};

/// A request on its way in: made by a door, the same for every door.
struct Call {
    const contract::Operation* operation = nullptr;
    contract::Input input;
    contract::Encoding accept = contract::Encoding::kJson;
    Proof proof;
    Door door = Door::kRest;
    std::string address;
    std::string origin;  ///< of the page that calls, checked by the door; empty without one
    std::string base;    ///< the hub as the caller reached it: `https://hub.example:8443`
    std::string idempotency_key;
    std::shared_ptr<Subscriber> subscriber;  ///< the socket that it came by, if any
    /// Becomes true when nobody waits for the answer any more. Any thread.
    std::shared_ptr<std::atomic<bool>> gone;
};

/// A request that may be repeated, by its Idempotency-Key: under which names its answer is kept.
struct Once {
    TenantId tenant;
    std::string principal;  ///< with its kind
    std::string key;
    std::string fingerprint;
    contract::Encoding accept = contract::Encoding::kJson;
};

/// Who calls, as handlers see it.
struct Caller {
    Actor actor;
    Door door = Door::kRest;
    std::string address;
    std::string origin;
    contract::Encoding accept = contract::Encoding::kJson;  ///< what the answer will be in
    std::string base;                                       ///< see Call::base
    std::shared_ptr<Subscriber> subscriber;
    std::shared_ptr<std::atomic<bool>> gone;
    std::string certificate;           ///< see Proof::certificate
    bool local = false;                ///< see Proof::local
    Duration grace{0};                 ///< see Proof::grace
    Scope action = Scope::kSelfRead;   ///< what it was let in for: see ask_again()
    std::shared_ptr<const Once> once;  ///< none without an Idempotency-Key
    [[nodiscard]] bool has_gone() const { return gone != nullptr && gone->load(); }
    /// To ask again, after a wait, whether the credential lives.
    [[nodiscard]] Proof proof() const {
        return {.bearer = {}, .cookie = {}, .actor = actor, .local = local, .grace = grace};
    }
};

/// An answer on its way out.
struct Reply {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
    std::string body;                                          ///< in `encoding`; empty: none
    contract::Encoding encoding = contract::Encoding::kJson;
    bool problem = false;
    std::shared_ptr<BodySource> source;  ///< instead of `body`; REST only
    std::shared_ptr<void> holds;         ///< let go when the reply has left
    std::optional<std::string> next;     ///< the cursor of the next page
    std::optional<auth::BudgetLeft> budget;
    std::optional<DeviceRef> caller;  ///< the device that has asked, where it was one
};

/// What an answer says beside its body.
struct AnswerHead {
    int status = 0;                       ///< 0: the operation's
    std::optional<std::int64_t> version;  ///< becomes the entity tag
    std::string location;
    std::string preference_applied;
    std::optional<auth::BudgetLeft> budget = {};  ///< of what the handler has spent itself
    std::shared_ptr<BodySource> source;           ///< what is sent instead of the body
    std::shared_ptr<void> holds;                  ///< let go when the answer has left: WaitingRoom
    bool is_long = false;                         ///< to write it takes long: not on the loop
};

/// What a handler gives back.
template <typename T>
struct Answer : AnswerHead {
    // A body alone is the usual answer.
    Answer(T value) : body{std::move(value)} {}  // NOLINT(google-explicit-constructor): see above

    T body;
};

/// A problem as a reply.
[[nodiscard]] Reply problem_reply(const Error& error, contract::Encoding encoding);

}  // namespace tandem::api
