#pragma once

#include "door/door.h"
#include "net/http_connection.h"

#include <memory>
#include <string_view>

namespace tandem::door {

/// `POST` gives an archive of everything, sent while it is made. On the administrative socket only:
/// it holds the key under which credentials are hashed.
inline constexpr std::string_view kBackupPath = "/v1/backups";

/// Answers what is about backups; false when the path is another. Host and Origin have been
/// checked. One loop.
[[nodiscard]] bool serve_backup(const Doorway& doorway,
                                const std::shared_ptr<net::Exchange>& exchange);

}  // namespace tandem::door
