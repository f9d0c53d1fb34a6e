#pragma once

#include "api/call.h"
#include "base/error.h"
#include "contract/encoding.h"
#include "contract/operation.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::door {

/// One message from the other end of a socket: `{"id","op","path","query","headers","body","ack"}`.
struct Envelope {
    std::optional<std::int64_t> id;  ///< none: the sender wants no answer but a refusal
    std::string op;
    contract::Input input;
    bool batched = false;  ///< `"ack":"batch"`: answered together with others
    /// The message is legible but not a request: told to the sender under its id.
    std::optional<Error> error;
};

/// Reads a frame: one message or a list of them. Fails with kMalformedBody when the frame as a
/// whole cannot be read; then nothing in it has an effect.
[[nodiscard]] Result<std::vector<Envelope>> read_frame(contract::Encoding encoding,
                                                       std::string_view frame);

/// `{"id","status","headers","body"}`, or with "problem" for a refusal. `op` is told where there is
/// no id to tell what it is about.
[[nodiscard]] std::string write_reply(contract::Encoding encoding,
                                      const Envelope& about,
                                      const api::Reply& reply);

}  // namespace tandem::door
