#pragma once

#include "base/reader.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::contract {

/// How a body is written. The seam for further formats: one row of `encodings()` each.
enum class Encoding : std::uint8_t { kJson, kCbor };

struct EncodingRow {
    Encoding encoding;
    std::string_view name;          ///< `json`, the end of `tandem.v1.json`
    std::string_view media_type;    ///< of bodies
    std::string_view problem_type;  ///< of problems, RFC 9457
};
[[nodiscard]] const std::vector<EncodingRow>& encodings();
[[nodiscard]] const EncodingRow& row(Encoding encoding);

/// The encoding of a media type, its parameters ignored, its case too; nothing when there is none.
[[nodiscard]] std::optional<Encoding> encoding_of(std::string_view media_type);

/// The best of the encodings for an Accept field (RFC 9110 section 12.5.1); nothing when none of
/// them will do. An absent field accepts all.
[[nodiscard]] std::optional<Encoding> choose_encoding(std::string_view accept);

/// Bulk bodies may have more of everything but depth.
[[nodiscard]] ReaderLimits bulk_limits();

[[nodiscard]] std::unique_ptr<Reader> make_reader(Encoding encoding,
                                                  std::string_view bytes,
                                                  const ReaderLimits& limits);
[[nodiscard]] std::unique_ptr<Writer> make_writer(Encoding encoding);

/// As above, for the encodings of WebSocket messages: their bodies are cut out and put in whole.
[[nodiscard]] std::unique_ptr<RawReader> make_raw_reader(Encoding encoding,
                                                         std::string_view bytes,
                                                         const ReaderLimits& limits);
[[nodiscard]] std::unique_ptr<RawWriter> make_raw_writer(Encoding encoding);

/// A value in an encoding, checked or made by ourselves.
struct Encoded {
    Encoding encoding = Encoding::kJson;
    std::string bytes;
};

/// An error as RFC 9457 problem details.
[[nodiscard]] std::string write_problem(Encoding encoding, const Error& error);
void write_problem(Writer& writer, const Error& error);

}  // namespace tandem::contract
