#include "measure/recorder.h"

#include "client/connection.h"
#include "client/problem.h"
#include "client/websocket_client.h"
#include "client/wire.h"
#include "measure/waiting.h"

#include <memory>

namespace tandem::measure {
namespace {

constexpr Duration kPatience = 10s;
constexpr Duration kLook = 20ms;

// The hub's refusal of a page, which is no operation.
Error refusal_of(const net::HttpResponse& answer) {
    auto problem = client::decode(contract::Encoding::kJson, answer.body);
    return client::read_problem(problem ? *problem : Value{}, answer.status);
}

Task<Result<Figures>> look(net::Loop* loop, client::Access hub) {
    net::HttpRequest request{.method = "GET",
                             .target = "/metrics",
                             .host = hub.url.authority(),
                             .headers = {{"Authorization", "Bearer " + hub.key}},
                             .body = {}};
    client::Connection connection{client::connect_to(*loop, hub)};
    auto awaited = std::make_shared<Awaited<net::HttpResponse>>(*loop);
    auto completion = awaited->begin(kPatience);
    if (connection.http() != nullptr) {
        connection.http()->request(request, [awaited](Result<net::HttpResponse> answer) {
            awaited->tell(std::move(answer));
        });
    }
    awaited.reset();  // The connection alone holds on to it.
    auto answer = co_await told(std::move(completion));
    if (!answer) {
        co_return fail(ErrorCode::kUnavailable,
                       "no metrics of " + hub.url.text() + ": " + answer.error().detail);
    }
    if (answer->status != 200) co_return std::unexpected(refusal_of(*answer));
    co_return read_figures(answer->body);
}

}  // namespace

Task<Result<Recording>> record(net::Loop* loop, Random* random, client::Access hub, Duration time) {
    Recording recording;
    client::WebSocketClient socket{*loop, *random, hub};
    socket.on_message([&recording](const Value& message) { recording.hear(message); });
    auto hello = co_await socket.open();
    if (!hello) co_return pass(hello);
    client::Call call{.operation = "stream.subscribe"};
    call.body = Value::Object{{"kinds", Value::Array{"reading"}}};
    auto subscribed = co_await socket.call(std::move(call));
    if (!subscribed) co_return pass(subscribed);
    auto first = co_await look(loop, hub);
    if (!first) co_return pass(first);
    const Monotonic began = loop->clock().monotonic();
    const auto passed = [loop, began] {
        return std::chrono::duration_cast<Duration>(loop->clock().monotonic() - began);
    };
    while (passed() < time && socket.is_open() && !recording.full())
        co_await pause(loop, kLook);
    if (!socket.is_open()) co_return fail(ErrorCode::kUnavailable, "the hub has closed the socket");
    const Duration took = passed();
    auto last = co_await look(loop, hub);
    if (!last) co_return pass(last);
    socket.on_message({});
    socket.close();
    recording.span(*first, *last, took);
    co_return recording;
}

}  // namespace tandem::measure
