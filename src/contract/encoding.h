#pragma once

#include "base/reader.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::contract {

/// How a body is written: one row of `encodings()` each.
enum class Encoding : std::uint8_t {
    kJson,
    kCbor,
    kXml,
    kSenmlJson,
    kSenmlCbor,
    kSenmlXml,
    kCsv,
    kNdjson,
    kEventStream,
};

/// What a body is about. Readings and events have media types of their own beside the general ones.
enum class Bodies : std::uint8_t { kAny, kReadings, kEvents };

struct EncodingRow {
    Encoding encoding;
    std::string_view name;        ///< `json`, the end of `tandem.v1.json`
    std::string_view media_type;  ///< of bodies
    Bodies bodies;                ///< those that it can carry
    /// What its bytes are: kJson, kCbor or kXml, also the encoding that problems are told in. Files
    /// are lines, their problems JSON.
    Encoding syntax;
};
[[nodiscard]] const std::vector<EncodingRow>& encodings();
[[nodiscard]] const EncodingRow& row(Encoding encoding);
/// Whether bodies in it are lines, kCsv, kNdjson and kEventStream, rather than one value.
[[nodiscard]] bool is_file(Encoding encoding);
/// Whether bodies in it are SenML packs, RFC 8428.
[[nodiscard]] bool is_senml(Encoding encoding);

/// `application/problem+json` and the like: the media type of problems that are told to whoever
/// reads `encoding`. RFC 9457; for CBOR by analogy.
[[nodiscard]] std::string_view problem_type(Encoding encoding);

/// Which encodings are in question.
struct Among {
    Bodies bodies = Bodies::kAny;    ///< those that can carry such bodies
    std::optional<Encoding> syntax;  ///< on a socket: those of its messages' syntax, no files
};

/// The encoding of a media type, its parameters ignored, its case too; nothing when there is none
/// among them.
[[nodiscard]] std::optional<Encoding> encoding_of(std::string_view media_type,
                                                  const Among& among = {});

/// The best of the encodings for an Accept field (RFC 9110 section 12.5.1); nothing when none of
/// them will do. An absent field accepts all.
[[nodiscard]] std::optional<Encoding> choose_encoding(std::string_view accept,
                                                      const Among& among = {});

/// The media types among them, with commas between.
[[nodiscard]] std::string media_types(const Among& among);

/// The encoding of a body that came as `encoding`: XML whose outermost element is SenML's is a
/// pack, where packs are taken.
[[nodiscard]] Encoding looked_into(Encoding encoding, Bodies bodies, std::string_view body);

/// Bulk bodies may have more of everything but depth. `around`: so many levels more, of what a
/// value stands in that was as deep as it may be when it was taken alone.
[[nodiscard]] ReaderLimits bulk_limits(std::size_t around = 0);

/// A reader of one value. Not for files, which are lines.
[[nodiscard]] std::unique_ptr<Reader> make_reader(Encoding encoding,
                                                  std::string_view bytes,
                                                  const ReaderLimits& limits);
/// A writer of one value. Not for files.
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
