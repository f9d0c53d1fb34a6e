#pragma once

#include "door/door.h"
#include "net/http_connection.h"

#include <memory>

namespace tandem::door {

/// Answers what is about browser sessions (contract/session.h); false when the path is another.
/// Host and Origin have been checked. One loop.
[[nodiscard]] bool serve_sign_in(const Doorway& doorway,
                                 const std::shared_ptr<net::Exchange>& exchange);

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
