#pragma once

#include "net/http_connection.h"
#include "net/test_transport.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::net {

/// Keeps every request until the test answers it, unless `answers` says at once.
class PatientHandler final : public HttpHandler {
public:
    void on_request(std::shared_ptr<Exchange> exchange) override {
        if (answers) {
            answers(*exchange);
        } else {
            waiting.push_back(std::move(exchange));
        }
        ++requests;
    }
    HttpResponse refusal(const Error& error) override {
        return {.status = row(error.code).status, .headers = {}, .body = "refused"};
    }
    [[nodiscard]] std::size_t body_bytes_max(const HttpRequest& head,
                                             const Peer& /*peer*/) const override {
        return head.path() == "/small" ? 3 : 1'000'000'000;
    }
    [[nodiscard]] std::optional<HttpResponse> answer_early(const HttpRequest& head,
                                                           const Peer& /*peer*/) override {
        if (head.path() != "/secret") return std::nullopt;
        return HttpResponse{.status = 401, .headers = {}, .body = "early"};
    }
    [[nodiscard]] bool draining() const override { return drains; }

    std::function<void(Exchange&)> answers;
    std::vector<std::shared_ptr<Exchange>> waiting;
    int requests = 0;
    bool drains = false;
};

/// The server's end of one connection, without a network. `Limits` may be changed before open().
struct ServedConnection {
    void open() {
        protocol = serve_http(handler, limits, metrics, loop);
        protocol->on_open(transport);
    }
    void feed(std::string_view text) { protocol->on_bytes(bytes_of(text)); }
    void answer(std::size_t at, std::string body) {
        handler.waiting.at(at)->respond({.status = 200, .headers = {}, .body = std::move(body)});
    }
    [[nodiscard]] std::int64_t hits(std::string_view limit) {
        const std::string labels = "limit=\"" + std::string{limit} + "\"";
        return metrics.counter("tandem_limit_hits_total", labels).value();
    }

    ManualLoop loop;
    TestTransport transport{loop};
    Limits limits;
    Metrics metrics;
    PatientHandler handler;
    std::unique_ptr<Protocol> protocol;
};

/// An answer as it leaves, at the second in which a manual loop stands.
inline std::string answer_text(std::string_view status, std::string_view body, bool close = false) {
    return "HTTP/1.1 " + std::string{status} +
           "\r\nServer: tandem\r\nDate: Mon, 12 Jan 1970 13:46:40 GMT\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n" + (close ? "Connection: close\r\n" : "") + "\r\n" +
           std::string{body};
}

}  // namespace tandem::net
