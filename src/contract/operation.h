#pragma once

#include "base/error.h"
#include "contract/encoding.h"
#include "contract/shape.h"
#include "domain/access.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::contract {

enum class Method : std::uint8_t { kGet, kPost, kPut, kPatch, kDelete };
[[nodiscard]] std::string_view name_of(Method method);

/// Which doors an operation has. What is not `kBoth` is a closed list, tested by
/// tests/parity.
enum class Doors : std::uint8_t { kBoth, kRestOnly, kWsOnly };

/// What becomes of an operation when the hub has more to do than it can: docs/reference/limits.md.
enum class Urgency : std::uint8_t {
    kUsual,
    kLasting,  ///< goes on costing, as subscriptions do: refused first
    kVital,    ///< controls or protects, as commands and the end of a key do: always served
};

/// Everything about one operation but its handler. Operations live for ever.
struct Operation {
    std::string_view name;  ///< `devices.get`
    Method method = Method::kGet;
    std::string_view path;  ///< `/v1/devices/{device}`; empty: WebSocket only
    Scope scope = Scope::kSelfRead;
    Urgency urgency = Urgency::kUsual;
    Doors doors = Doors::kBoth;
    int status = 200;            ///< of success, unless the handler says otherwise
    std::vector<int> also = {};  ///< the other statuses of success that it may say
    int cost = 1;  ///< of the caller's budget of requests; 0: telemetry, which spends readings
    bool audited = false;    ///< success leaves an audit line too; refusals always do
    bool secret = false;     ///< carries a secret, either way: nothing of it is kept for repeats
    bool versioned = false;  ///< success says its version: `ETag`
    bool located = false;    ///< success may say where what was made is: `Location`
    bool bulk = false;       ///< the body may be Limits::body_bytes long and have many items
    Bodies takes = Bodies::kAny;  ///< kReadings: the request's body may be SenML or a file too
    Bodies gives = Bodies::kAny;  ///< the same of the answer's
    /// Another name of the answer's JSON, for who asks for it: `application/td+json`.
    std::string_view json_type = {};
    std::string_view says;
    std::vector<ErrorCode> errors = {};  ///< beside those that every operation has
    /// `{"path":{…},"query":{…},"headers":{…},"body":…}`: an example that works on a fresh hub
    /// with the device `lamp-1` and what the examples before it made.
    std::string_view example = "{}";
    /// The body that answers the example, in JSON; "" without one. Ids, secrets and times are
    /// others each time; tests/parity holds the rest against what the hub answers.
    std::string_view answer = {};

    const Shape* request = nullptr;
    const Shape* response = nullptr;  ///< null: no body, 204

    /// Whether the path has `{device}`, which is then the resource.
    [[nodiscard]] bool of_device() const { return path.find("{device}") != std::string_view::npos; }
};

/// Whether a socket may send it with `"ack":"batch"`: writes of readings.
[[nodiscard]] inline bool may_be_batched(const Operation& operation) {
    return operation.bulk && operation.takes == Bodies::kReadings;
}

/// Ties an operation to the types of its handler.
template <typename RequestType, typename ResponseType>
struct OperationOf : Operation {
    using Request = RequestType;
    using Response = ResponseType;
};

/// For operations without an answer to read.
struct Nothing {};
inline const Shape& shape_of(const Nothing*) {
    static const Shape made{.name = "Nothing", .fields = {}};
    return made;
}

template <typename Request, typename Response>
OperationOf<Request, Response> operation(Operation described) {
    described.request = &shape<Request>();
    if constexpr (!std::same_as<Response, Nothing>) described.response = &shape<Response>();
    return {described};
}

using Parameters = std::vector<std::pair<std::string, std::string>>;

/// A request as a door hands it on: which operation, with which parameters, still encoded.
struct Input {
    Parameters path;
    Parameters query;
    Parameters headers;  ///< names in lower case; only those that operations read
    Encoded body;        ///< empty bytes: none
};

/// Reads the parameters and the body into the operation's request struct. Pointers in failures:
/// `#path/device`, `#query/limit`, `#header/if-match`, `/name` into the body.
[[nodiscard]] Result<void> read_request(const Operation& operation, const Input& input, void* to);

/// Writes a response struct in an encoding that carries any body.
[[nodiscard]] std::string write_response(const Shape& shape, const void* from, Encoding encoding);

/// The same in any encoding. Fails with kNotAcceptable where one of readings cannot say it.
[[nodiscard]] Result<std::string> write_answer(const Shape& shape,
                                               const void* from,
                                               Encoding encoding);

}  // namespace tandem::contract
