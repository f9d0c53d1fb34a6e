#pragma once

#include "base/clock.h"
#include "base/value.h"

#include <string>

namespace tandem::client {

/// One request to the hub, whatever the door: an operation of the catalogue with its parameters.
/// Each of the values is an object, the body anything; null where there is nothing to say.
/// In a coroutine it has a name before it is passed on: g++ 12 moves a temporary one bit by bit.
struct Call {
    std::string operation;  ///< `devices.get`
    Value path = {};        ///< `{"device":"lamp-1"}`
    Value query = {};
    Value headers = {};  ///< `{"prefer":"wait=30"}`
    Value body = {};
    /// Instead of `body`, over REST: a body as it is, of the media type in `headers`.
    std::string bytes = {};
    /// On a socket, for WebSocketClient::tell(): `batch` has readings acknowledged together.
    std::string ack = {};
    /// How long to wait for the answer. Long poll holds one back for a minute at most.
    Duration patience = 75s;
};

/// What the hub answered, when it did not refuse.
struct Reply {
    int status = 200;
    Value headers;  ///< names in lower case: `etag`, `location`, `preference-applied`
    Value body;     ///< null: none
};

/// The text member `key` of `object`; "" when there is none.
[[nodiscard]] inline std::string text_at(const Value& object, std::string_view key) {
    const Value* found = object.find(key);
    const auto* text = found == nullptr ? nullptr : found->get<std::string>();
    return text == nullptr ? std::string{} : *text;
}

/// The number member `key` of `object`; 0 when there is none.
[[nodiscard]] inline double number_at(const Value& object, std::string_view key) {
    const Value* found = object.find(key);
    return found == nullptr ? 0 : found->as_double();
}

/// The items of the array member `key` of `object`; none when there is none.
[[nodiscard]] inline const Value::Array& items_at(const Value& object, std::string_view key) {
    static const Value::Array none;
    const Value* found = object.find(key);
    const auto* items = found == nullptr ? nullptr : found->get<Value::Array>();
    return items == nullptr ? none : *items;
}

}  // namespace tandem::client
