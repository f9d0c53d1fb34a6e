#pragma once

#include "contract/operation.h"
#include "door/door.h"
#include "net/http_connection.h"

#include <memory>

namespace tandem::door {

/// Answers what is about browser sessions (contract/session.h); false when the path is another.
/// Host and Origin have been checked. One loop.
[[nodiscard]] bool serve_sign_in(const Doorway& doorway,
                                 const std::shared_ptr<net::Exchange>& exchange);

// What those share who are asked before anybody is logged in.

/// Reads the body. Fails with kUnsupportedMediaType, and as contract::read_request() does.
[[nodiscard]] Result<void> read_body(const net::Exchange& exchange,
                                     const contract::Operation& operation,
                                     void* to);
/// Leaves a line of the audit; without an actor it is of `anonymous`.
void leave_audit(const Doorway& doorway,
                 const net::Exchange& exchange,
                 const contract::Operation& operation,
                 const std::optional<Actor>& actor,
                 std::string result,
                 const std::string& resource = {});
/// Answers with a problem, which is counted and audited where those are.
void refuse(const Doorway& doorway,
            const std::shared_ptr<net::Exchange>& exchange,
            const contract::Operation& operation,
            const Error& error,
            const std::string& resource = {});

/// Begins a session of somebody who has proved who they are, with its audit line, whose resource is
/// `from`: the Set-Cookie field of the answer.
[[nodiscard]] std::string begin_session_of(const Doorway& doorway,
                                           const net::Exchange& exchange,
                                           const Actor& who,
                                           const std::string& from);
/// Audits and counts a login that was refused.
void note_refused_login(const Doorway& doorway,
                        const net::Exchange& exchange,
                        const Error& error,
                        const std::string& from);
/// A Set-Cookie field of a cookie that no script sees. `rules` begins with `; SameSite=`.
[[nodiscard]] std::string hub_cookie(std::string_view name,
                                     std::string_view value,
                                     std::string_view rules,
                                     bool tls);

}  // namespace tandem::door
