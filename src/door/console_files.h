#pragma once

#include <span>
#include <string_view>

namespace tandem::door {

/// One file of the console, built into the program.
struct ConsoleFile {
    std::string_view path;  ///< `/index.html`
    std::string_view media_type;
    std::string_view bytes;
    std::string_view gzip = {};  ///< the same compressed, where that pays
    std::string_view etag;       ///< a strong entity tag with its quotes
    bool immutable = false;      ///< the name changes with the content
};

/// The files; defined by tools/embed.py's output, linked into the program alone.
[[nodiscard]] std::span<const ConsoleFile> console_files();

}  // namespace tandem::door
