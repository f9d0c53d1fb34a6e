// A peer: Boost.Beast, asynchronous, one thread, written as its own examples are.
//
//   beast      prints `listening on PORT`
//
// WebSocket: every message comes back, but on /fanout, where what comes from a socket opened with
// `publish` goes to all others. HTTP: every request is answered 204.
#include "../system.h"

#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <boost/beast/websocket.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

using Error = boost::system::error_code;
using Text = std::shared_ptr<const std::string>;
// With the executor's own type: less to be looked up at run time than with any_io_executor.
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type>;
using Socket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;
using Request = http::request<http::string_body>;

class WebSocketSession;
using Subscribers = std::set<WebSocketSession*>;

class WebSocketSession : public std::enable_shared_from_this<WebSocketSession> {
public:
    WebSocketSession(Socket socket, Subscribers& subscribers)
        : stream_{std::move(socket)}, subscribers_{&subscribers} {}
    ~WebSocketSession() { subscribers_->erase(this); }

    void accept(const Request& request) {
        const std::string_view target{request.target().data(), request.target().size()};
        publishes_ = target.contains("publish");
        if (target.starts_with("/fanout") && !publishes_) subscribers_->insert(this);
        stream_.auto_fragment(false);
        stream_.async_accept(request, [self = shared_from_this()](Error error) {
            if (!error) self->read();
        });
    }

private:
    void read() {
        stream_.async_read(buffer_, [self = shared_from_this()](Error error, std::size_t) {
            if (!error) self->take();
        });
    }

    void take() {
        auto message =
            std::make_shared<const std::string>(beast::buffers_to_string(buffer_.data()));
        buffer_.clear();
        if (!publishes_)
            send(std::move(message));
        else
            for (WebSocketSession* each : *subscribers_)
                each->send(message);
        read();
    }

    void send(Text message) {
        queue_.push_back(std::move(message));
        if (queue_.size() == 1) write();
    }

    void write() {
        stream_.text(true);
        stream_.async_write(asio::buffer(*queue_.front()),
                            [self = shared_from_this()](Error error, std::size_t) {
                                if (error) return;
                                self->queue_.pop_front();
                                if (!self->queue_.empty()) self->write();
                            });
    }

    websocket::stream<Socket> stream_;
    Subscribers* subscribers_;
    beast::flat_buffer buffer_;
    std::deque<Text> queue_;  // No longer than the load generator's window.
    bool publishes_ = false;
};

class HttpSession : public std::enable_shared_from_this<HttpSession> {
public:
    HttpSession(Socket socket, Subscribers& subscribers)
        : socket_{std::move(socket)}, subscribers_{&subscribers} {}

    void read() {
        request_ = {};
        http::async_read(socket_, buffer_, request_,
                         [self = shared_from_this()](Error error, std::size_t) {
                             if (!error) self->take();
                         });
    }

private:
    void take() {
        if (websocket::is_upgrade(request_)) {
            std::make_shared<WebSocketSession>(std::move(socket_), *subscribers_)->accept(request_);
            return;
        }
        response_ = {http::status::no_content, request_.version()};
        response_.keep_alive(request_.keep_alive());
        http::async_write(socket_, response_,
                          [self = shared_from_this()](Error error, std::size_t) {
                              if (!error) self->read();
                          });
    }

    Socket socket_;
    Subscribers* subscribers_;
    beast::flat_buffer buffer_;
    Request request_;
    http::response<http::empty_body> response_;
};

void accept(Acceptor& acceptor, Subscribers& subscribers) {
    acceptor.async_accept([&](Error error, Socket socket) {
        if (!error) {
            error = socket.set_option(asio::ip::tcp::no_delay{true}, error);
            std::make_shared<HttpSession>(std::move(socket), subscribers)->read();
        }
        accept(acceptor, subscribers);
    });
}

}  // namespace

int main() {
    tandem::bench::open_file_limit();
    Subscribers subscribers;  // Before the context: the sessions that it ends look into it.
    asio::io_context context{1};
    Acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
    fmt::print("listening on {}\n", acceptor.local_endpoint().port());
    std::fflush(stdout);
    accept(acceptor, subscribers);
    context.run();
}
