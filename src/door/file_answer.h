#pragma once

#include "door/console_files.h"
#include "net/http.h"

namespace tandem::door {

/// The answer to GET or HEAD for a file: whole, in part, or only that it has not changed.
///
/// Preconditions in the order of RFC 9110 section 13.2.2: If-Match (412), If-None-Match (304). A
/// file has no time of change, so the conditions on time are passed over, as section 13.1.3 says.
/// One range of bytes is answered 206 or 416 (section 14); several, other units, and a range whose
/// If-Range names another version get the whole file. gzip is sent to who accepts it, with an
/// entity tag of its own; a range is of the file as it is.
[[nodiscard]] net::HttpResponse file_answer(const ConsoleFile& file,
                                            const net::HttpRequest& request);

}  // namespace tandem::door
