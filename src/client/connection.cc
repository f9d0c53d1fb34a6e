#include "client/connection.h"

namespace tandem::client {

class Connection::Watched final : public net::Protocol {
public:
    explicit Watched(std::shared_ptr<Shared> shared) : shared_{std::move(shared)} {
        shared_->http = &http_;
    }
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;
    ~Watched() override { shared_->http = nullptr; }

    void on_open(net::Transport& transport) override { http_.on_open(transport); }
    void on_bytes(std::span<const std::uint8_t> bytes) override { http_.on_bytes(bytes); }
    void on_end() override {
        shared_->http = nullptr;  // Requests that are sent now have nobody to answer them.
        http_.on_end();
    }
    void on_drained() override { http_.on_drained(); }
    void on_closed() override {
        shared_->http = nullptr;
        http_.on_closed();
    }

private:
    std::shared_ptr<Shared> shared_;
    net::HttpClientConnection http_;
};

Connection::Connection(const Connect& connect)
    : transport_{connect(std::make_unique<Watched>(shared_))} {}

Connection::~Connection() = default;

}  // namespace tandem::client
