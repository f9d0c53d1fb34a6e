#pragma once

#include "api/call.h"
#include "api/world.h"
#include "base/check.h"

#include <functional>
#include <memory>
#include <span>
#include <utility>

namespace tandem::api {

/// An operation with its handler, their types erased.
struct Bound {
    const contract::Operation* operation = nullptr;
    Task<Result<Reply>> (*run)(World world,
                               Caller caller,
                               contract::Input input,
                               contract::Encoding accept) = nullptr;
};

namespace detail {

// What needs no types is not made once for each operation: it is half of what there is to compile.

// `body` is of the type of the operation's response.
[[nodiscard]] Result<Reply> write_reply(const contract::Operation& operation,
                                        const AnswerHead& head,
                                        const void* body,
                                        contract::Encoding accept);

template <typename T>
Result<Reply> reply_of(const contract::Operation& operation,
                       const Answer<T>& answer,
                       contract::Encoding accept) {
    auto reply = write_reply(operation, answer, &answer.body, accept);
    if (!reply) return reply;
    if constexpr (requires { answer.body.next(); }) {
        reply->next = answer.body.next();
    } else if constexpr (requires { answer.body.next; }) {
        reply->next = answer.body.next;
    }
    return reply;
}

// Reads a request with a long body where that holds nobody up. `request` is of the operation's.
[[nodiscard]] Task<Result<void>> read_aside(World world,
                                            const contract::Operation* operation,
                                            contract::Input input,
                                            std::shared_ptr<void> request);
// The same for an answer that is long to write.
[[nodiscard]] Task<Result<Reply>> write_aside(World world,
                                              std::move_only_function<Result<Reply>()> write);

// NOLINTNEXTLINE(readability-identifier-naming): named like every constant
template <const auto& kOperation, auto kHandle>
Task<Result<Reply>> run(World world,
                        Caller caller,
                        contract::Input input,
                        contract::Encoding accept) {
    using Operation = std::remove_cvref_t<decltype(kOperation)>;
    typename Operation::Request request{};
    if (input.body.bytes.size() >= kLongBytes) {
        const auto into = std::make_shared<typename Operation::Request>();
        auto read = co_await read_aside(world, &kOperation, std::move(input), into);
        if (!read) co_return pass(read);
        request = std::move(*into);
    } else if (auto good = contract::read_request(kOperation, input, &request); !good) {
        co_return pass(good);
    }
    Result<Answer<typename Operation::Response>> answer =
        co_await kHandle(world, std::move(caller), std::move(request));
    if (!answer) co_return pass(answer);
    if (!answer->is_long) co_return reply_of(kOperation, *answer, accept);
    std::move_only_function<Result<Reply>()> write = [answer = std::move(*answer), accept] {
        return reply_of(kOperation, answer, accept);
    };
    co_return co_await write_aside(world, std::move(write));
}

}  // namespace detail

/// The change that keeps a reply for repeats of its request.
[[nodiscard]] Change remembering(const Once& once, const Reply& reply, Instant now);

/// The changes that keep `answer` for repeats of the caller's request: none without an
/// Idempotency-Key. In the transaction that carries the request out, so that a hub that dies before
/// it answers does not carry it out twice.
template <typename Operation, typename T>
std::vector<Change> remembering(const Operation& operation,
                                const Caller& caller,
                                const Answer<T>& answer,
                                Instant now) {
    if (caller.once == nullptr) return {};
    // Only what reads can fail to be written, and that is not repeated.
    const auto reply = detail::reply_of(operation, answer, caller.once->accept);
    check(reply.has_value());
    return {remembering(*caller.once, *reply, now)};
}

/// `bind<contract::kDevicesGet, get>()`, where `get` is
/// `Task<Result<Answer<Response>>> get(World, Caller, Request)`.
// NOLINTNEXTLINE(readability-identifier-naming): named like every constant
template <const auto& kOperation, auto kHandle>
constexpr Bound bind() {
    return {.operation = &kOperation, .run = &detail::run<kOperation, kHandle>};
}

// The handlers of each noun; dispatch.cc puts them together.
[[nodiscard]] std::span<const Bound> device_handlers();
[[nodiscard]] std::span<const Bound> telemetry_handlers();
[[nodiscard]] std::span<const Bound> telemetry_query_handlers();
[[nodiscard]] std::span<const Bound> telemetry_write_handlers();
[[nodiscard]] std::span<const Bound> twin_handlers();
[[nodiscard]] std::span<const Bound> command_handlers();
[[nodiscard]] std::span<const Bound> command_group_handlers();
[[nodiscard]] std::span<const Bound> access_handlers();
[[nodiscard]] std::span<const Bound> certificate_handlers();
[[nodiscard]] std::span<const Bound> user_handlers();
[[nodiscard]] std::span<const Bound> app_handlers();
[[nodiscard]] std::span<const Bound> grant_handlers();
[[nodiscard]] std::span<const Bound> dashboard_handlers();
[[nodiscard]] std::span<const Bound> tenant_handlers();
[[nodiscard]] std::span<const Bound> limit_handlers();
[[nodiscard]] std::span<const Bound> advice_handlers();
[[nodiscard]] std::span<const Bound> consent_handlers();
[[nodiscard]] std::span<const Bound> stream_handlers();
[[nodiscard]] std::span<const Bound> stream_read_handlers();
[[nodiscard]] std::span<const Bound> thing_handlers();
[[nodiscard]] std::span<const Bound> status_handlers();

}  // namespace tandem::api
