#include "net/tls.h"

#include "base/checked.h"
#include "net/client.h"
#include "net/test_certificate.h"

#include <doctest/doctest.h>
#include <openssl/ssl.h>

using namespace tandem;
using namespace tandem::net;

namespace {

/// A TLS server and one client of ours on the same loop.
struct Secure : TestServer {
    TestCertificate certificate;
    std::shared_ptr<Heard> here = std::make_shared<Heard>();
    std::unique_ptr<Transport> client;

    void connect(const std::string& host = "localhost") {
        open(certificate.server());
        client =
            connect_tcp(loop, host, port(), certificate.client(), std::make_unique<Recorder>(here));
    }
    bool until_both_open() {
        return until([this] { return here->opened == 1 && !heard.empty(); });
    }
    [[nodiscard]] Heard& there() { return *heard.at(0); }
};

/// The client shows this certificate when it is asked for one.
void show_certificate(const TlsContext& context, const TestCertificate& certificate) {
    REQUIRE(SSL_CTX_use_certificate_file(context.get(), certificate.certificate_file().c_str(),
                                         SSL_FILETYPE_PEM) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey_file(context.get(), certificate.key_file().c_str(),
                                        SSL_FILETYPE_PEM) == 1);
}

}  // namespace

TEST_CASE("TLS socket") {
    Secure pair;

    SUBCASE("on_open comes after the handshake, and bytes go both ways") {
        pair.prepare = [](Heard& heard) { heard.on_bytes = echo(); };
        std::string host;
        SUBCASE("name") {
            host = "localhost";
        }
        SUBCASE("address") {
            host = "127.0.0.1";
        }
        pair.connect(host);
        pair.client->write("written before it opened");
        CHECK(pair.until([&] { return pair.here->bytes == "written before it opened"; }));
        CHECK(pair.there().peer.tls);
        CHECK(pair.here->peer.tls);
        CHECK(pair.there().peer.address == "127.0.0.1");
    }
    SUBCASE("a certificate is changed for those who come later") {
        pair.connect();
        REQUIRE(pair.until_both_open());
        const TestCertificate next;
        pair.listener->set_tls(next.server());
        const auto later = std::make_shared<Heard>();
        const auto client = connect_tcp(pair.loop, "localhost", pair.port(), next.client(),
                                        std::make_unique<Recorder>(later));
        CHECK(pair.until([&] { return later->opened == 1; }));
        pair.client->write("still there");
        CHECK(pair.until([&] { return pair.there().bytes == "still there"; }));
    }
    SUBCASE("no more handshakes are under way than may be") {
        pair.limits.handshakes = 2;
        pair.open(pair.certificate.server());
        std::vector<RawClient> silent;
        for (int at = 0; at < 4; ++at)
            silent.emplace_back(pair.port());
        REQUIRE(pair.until([&] { return pair.limit_hits("tls.handshakes") == 2; }));
        CHECK(pair.listener->connections() == 2);
        silent.clear();
        REQUIRE(pair.until([&] { return pair.listener->connections() == 0; }));
        pair.client = connect_tcp(pair.loop, "localhost", pair.port(), pair.certificate.client(),
                                  std::make_unique<Recorder>(pair.here));
        REQUIRE(pair.until_both_open());
        // Those who have finished do not count any more.
        std::vector<std::unique_ptr<Transport>> more;
        for (int at = 0; at < 3; ++at) {
            more.push_back(connect_tcp(pair.loop, "localhost", pair.port(),
                                       pair.certificate.client(),
                                       std::make_unique<Recorder>(std::make_shared<Heard>())));
            REQUIRE(
                pair.until([&] { return pair.heard.size() == 2U + static_cast<unsigned>(at); }));
        }
        CHECK(pair.limit_hits("tls.handshakes") == 2);
    }
    SUBCASE("a client's certificate is asked for and told, one of a stranger refused") {
        // It has signed itself, so it is its own authority.
        pair.open(checked(TlsContext::server(pem_of(pair.certificate.certificate_file()),
                                             pem_of(pair.certificate.key_file()),
                                             pem_of(pair.certificate.certificate_file()))));
        const TestCertificate stranger;
        const auto dial = [&](const TestCertificate* shown) {
            const auto context = pair.certificate.client();
            if (shown != nullptr) show_certificate(*context, *shown);
            pair.here = std::make_shared<Heard>();
            pair.client = connect_tcp(pair.loop, "localhost", pair.port(), context,
                                      std::make_unique<Recorder>(pair.here));
        };
        dial(nullptr);
        REQUIRE(pair.until([&] { return pair.heard.size() == 1; }));
        CHECK(pair.there().peer.certificate.empty());
        dial(&pair.certificate);
        REQUIRE(pair.until([&] { return pair.heard.size() == 2; }));
        CHECK(pair.heard.at(1)->peer.certificate.size() == 64);
        dial(&stranger);
        REQUIRE(pair.until([&] { return pair.here->closed == 1; }));
        CHECK(pair.heard.size() == 2);
    }
    SUBCASE("much arrives whole in both directions, and on_drained comes once") {
        pair.connect();
        REQUIRE(pair.until_both_open());
        std::string much(std::size_t{8} << 20U, ' ');
        for (std::size_t at = 0; at < much.size(); ++at)
            much[at] = static_cast<char>('a' + at * 7 % 26);
        const auto block = std::make_shared<const std::string>(much);
        pair.there().transport->write(block);
        pair.here->transport->write(much);
        CHECK(pair.there().transport->queued_bytes() == much.size());
        REQUIRE(pair.until([&] {
            return pair.here->bytes.size() == much.size() &&
                   pair.there().bytes.size() == much.size();
        }));
        CHECK(pair.here->bytes == much);
        CHECK(pair.there().bytes == much);
        CHECK(pair.until([&] { return pair.there().drained == 1; }));
        CHECK(pair.there().transport->queued_bytes() == 0);
        CHECK(block.use_count() == 1);
    }
    SUBCASE("small writes of a turn share a record") {
        pair.connect();
        REQUIRE(pair.until_both_open());
        for (int at = 0; at < 100; ++at)
            pair.there().transport->write("piece");
        REQUIRE(pair.until([&] { return pair.here->bytes.size() == 500; }));
        CHECK(pair.here->pieces == std::vector<std::size_t>{500});
    }
    SUBCASE("pausing from inside on_bytes is kept: nothing lies between TLS and the protocol") {
        pair.prepare = [](Heard& heard) {
            heard.on_bytes = [](Heard& at, std::string_view) { at.transport->pause_reading(true); };
        };
        pair.connect();
        REQUIRE(pair.until_both_open());
        pair.here->transport->write(std::string(200'000, 'x'));
        for (int at = 0; at < 20; ++at)
            pair.loop.turn(1ms);
        CHECK(pair.there().pieces.size() == 1);
        REQUIRE(pair.until([&] {
            pair.there().transport->pause_reading(false);
            return pair.there().bytes.size() == 200'000;
        }));
    }
    SUBCASE("close() delivers everything, then close_notify, which is on_end") {
        pair.connect();
        REQUIRE(pair.until_both_open());
        pair.there().transport->write(std::string(1'000'000, 'x'));
        pair.there().transport->close();
        REQUIRE(pair.until([&] { return pair.here->ended == 1; }));
        CHECK(pair.here->bytes.size() == 1'000'000);
        pair.here->transport->close();
        CHECK(pair.until([&] { return pair.there().closed == 1 && pair.here->closed == 1; }));
    }
    SUBCASE("abort() is no end of what was said: on_closed without on_end") {
        pair.connect();
        REQUIRE(pair.until_both_open());
        pair.there().transport->abort();
        CHECK(pair.until([&] { return pair.here->closed == 1; }));
        CHECK(pair.here->ended == 0);
    }
    SUBCASE("a name that the certificate does not have: on_closed without on_open at both ends") {
        const TestCertificate other{{.names = "DNS:hub.example"}};
        pair.open(other.server());
        pair.client = connect_tcp(pair.loop, "localhost", pair.port(), other.client(),
                                  std::make_unique<Recorder>(pair.here));
        CHECK(pair.until(
            [&] { return pair.here->closed == 1 && pair.listener->connections() == 0; }));
        CHECK(pair.here->opened == 0);
        CHECK(pair.heard.empty());
    }
}

TEST_CASE("TLS socket: a peer that is no TLS client") {
    Secure server;
    server.open(server.certificate.server());
    RawClient client{server.port()};
    REQUIRE(server.until([&] { return server.listener->connections() == 1; }));

    SUBCASE("silence ends with the time for the handshake and is counted") {
        server.clock.advance(server.limits.handshake_time - 100ms);
        server.loop.turn(0ms);
        CHECK(server.listener->connections() == 1);
        server.clock.advance(200ms);
        CHECK(server.until([&] { return server.listener->connections() == 0; }));
        CHECK(server.limit_hits("tls.handshake_time") == 1);
        CHECK(server.heard.empty());
    }
    SUBCASE("a byte now and then does not make that longer") {
        client.send("\x16");
        server.clock.advance(server.limits.handshake_time - 100ms);
        client.send("\x03");
        server.loop.turn(5ms);
        CHECK(server.listener->connections() == 1);
        server.clock.advance(200ms);
        CHECK(server.until([&] { return server.listener->connections() == 0; }));
    }
    SUBCASE("plain HTTP gets the end at once, and no reset") {
        client.send("GET / HTTP/1.1\r\nHost: hub\r\n\r\n");
        CHECK(server.until([&] { return !client.receive(); }));
        CHECK_FALSE(client.was_reset());
        CHECK(client.received().empty());
        client.close();
        CHECK(server.until([&] { return server.listener->connections() == 0; }));
        CHECK(server.heard.empty());
    }
    SUBCASE("FIN inside the handshake ends it at once") {
        client.send("\x16\x03\x01");
        client.send_end();
        CHECK(server.until([&] { return server.listener->connections() == 0; }));
        CHECK(server.heard.empty());
    }
}
