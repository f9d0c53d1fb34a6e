#pragma once

#include "client/hub_client.h"
#include "net/test_transport.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::client {

/// One connection as a hub's end of it sees it, until it is gone.
struct TestLine {
    std::string out;  ///< what the client has sent and nobody has taken
    bool closed = false;
    bool gone = false;
    net::Protocol* protocol = nullptr;

    [[nodiscard]] std::string take() { return std::exchange(out, {}); }
    void send(std::string_view bytes) const { protocol->on_bytes(net::bytes_of(bytes)); }
    void hang_up() const { protocol->on_closed(); }
};

/// A hub without a network: connections that a test answers by hand.
class TestHub {
public:
    explicit TestHub(net::ManualLoop& loop) : loop_{loop} {}

    /// Connections that are made from now on fail before they open.
    bool unreachable = false;

    [[nodiscard]] Connect connect() {
        return [this](std::unique_ptr<net::Protocol> protocol) -> std::unique_ptr<net::Transport> {
            auto line = std::make_shared<TestLine>();
            line->protocol = protocol.get();
            lines_.push_back(line);
            auto transport = std::make_unique<End>(loop_, line, std::move(protocol));
            if (unreachable) {
                loop_.post([line] {
                    if (!line->gone) line->hang_up();
                });
            } else {
                line->protocol->on_open(*transport);
            }
            return transport;
        };
    }
    [[nodiscard]] std::size_t connections() const { return lines_.size(); }
    [[nodiscard]] TestLine& line() const { return *lines_.back(); }

private:
    class End final : public net::Transport {
    public:
        End(net::ManualLoop& loop,
            std::shared_ptr<TestLine> line,
            std::unique_ptr<net::Protocol> protocol)
            : loop_{loop}, line_{std::move(line)}, protocol_{std::move(protocol)} {}
        ~End() override { line_->gone = true; }

        void write(std::string_view bytes) override { line_->out += bytes; }
        void write_shared(const net::SharedBytes& bytes, Duration /*within*/) override {
            line_->out += bytes.bytes();
        }
        void close() override { line_->closed = true; }
        void abort() override { line_->closed = true; }
        void pause_reading(bool /*paused*/) override {}
        [[nodiscard]] std::size_t queued_bytes() const override { return 0; }
        [[nodiscard]] const net::Peer& peer() const override { return peer_; }
        [[nodiscard]] Executor& executor() override { return loop_; }

    private:
        net::ManualLoop& loop_;
        std::shared_ptr<TestLine> line_;
        std::unique_ptr<net::Protocol> protocol_;
        net::Peer peer_;
    };

    net::ManualLoop& loop_;
    std::vector<std::shared_ptr<TestLine>> lines_;
};

/// Starts `task`; its result shows up in what is given back.
template <typename T>
std::shared_ptr<std::optional<T>> begin(Task<T> task) {
    struct Keep {
        static Task<void> keep(Task<T> of, std::shared_ptr<std::optional<T>> into) {
            into->emplace(co_await std::move(of));
        }
    };
    auto into = std::make_shared<std::optional<T>>();
    spawn(Keep::keep(std::move(task), into));
    return into;
}

}  // namespace tandem::client
