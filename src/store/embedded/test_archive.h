#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace tandem::store {

/// The checksum of the tar header at `at`, of 512 bytes, becomes right whatever stands in it.
inline void seal_header(std::string& bytes, std::size_t at) {
    bytes.replace(at + 148, 8, 8, ' ');
    unsigned sum = 0;
    for (const char c : std::string_view{bytes}.substr(at, 512))
        sum += static_cast<unsigned char>(c);
    char text[8];
    std::snprintf(text, sizeof text, "%06o", sum);
    bytes.replace(at + 148, 7, text, 7);  // A zero behind the digits, and a blank.
}

}  // namespace tandem::store
