#include "net/tls_stream.h"

#include "net/test_certificate.h"

#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <fstream>
#include <vector>

using namespace tandem;
using namespace tandem::net;

namespace {

std::span<const std::uint8_t> as_bytes(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string take_wire(TlsStream& stream) {
    std::string text(stream.wire().bytes(), '\0');
    stream.wire().copy({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    stream.wire().clear();
    return text;
}

/// What one end has made of what it was given.
struct End {
    std::unique_ptr<TlsStream> stream;
    std::string plain;
    std::string failure;
    bool end = false;

    void receive(const std::string& wire, std::size_t step) {
        std::vector<std::uint8_t> room(TlsStream::kRecordBytes + step);
        for (std::size_t at = 0; at < wire.size() && failure.empty(); at += step) {
            const auto part = as_bytes(wire).subspan(at, std::min(step, wire.size() - at));
            const auto received = stream->receive(part, room);
            if (!received) {
                failure = received.error().detail;
                return;
            }
            plain.append(room.begin(),
                         room.begin() + static_cast<std::ptrdiff_t>(received->plain_bytes));
            end = end || received->end;
        }
    }
};

/// Carries what both have to say until neither has any more, `step` bytes at a time.
void talk(End& client, End& server, std::size_t step = 4'096) {
    for (int round = 0; round < 20; ++round) {
        const std::string there = take_wire(*client.stream);
        server.receive(there, step);
        const std::string back = take_wire(*server.stream);
        client.receive(back, step);
        if (there.empty() && back.empty()) return;
    }
    FAIL("they never stop talking");
}

struct Two {
    End client;
    End server;

    Two(const std::shared_ptr<TlsContext>& client_context,
        const std::shared_ptr<TlsContext>& server_context,
        const std::string& host = "localhost") {
        client.stream = TlsStream::client(client_context, host);
        server.stream = TlsStream::server(server_context);
        client.stream->start();
    }
};

/// A client of the test's own making: what ours would never do.
std::shared_ptr<TlsContext> raw_client() {
    return std::make_shared<TlsContext>(SSL_CTX_new(TLS_client_method()));
}

/// OpenSSL with its own buffers, for what TlsStream does not show.
struct RawTls {
    SSL* ssl;

    explicit RawTls(const TlsContext& context) : ssl{SSL_new(context.get())} {
        SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_connect_state(ssl);
    }
    RawTls(const RawTls&) = delete;
    RawTls& operator=(const RawTls&) = delete;
    ~RawTls() { SSL_free(ssl); }

    void talk(End& server) const {
        for (int round = 0; round < 6; ++round) {
            std::array<char, 256> ignored{};
            SSL_read(ssl, ignored.data(), static_cast<int>(ignored.size()));
            std::string said(65'536, '\0');
            const int size = BIO_read(SSL_get_wbio(ssl), said.data(), 65'536);
            said.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
            server.receive(said, 4'096);
            const std::string back = take_wire(*server.stream);
            BIO_write(SSL_get_rbio(ssl), back.data(), static_cast<int>(back.size()));
        }
    }
};

}  // namespace

TEST_CASE(
    "a client resumes its session with the ticket of the connection before, however it ended") {
    const TestCertificate certificate;
    const auto trust = certificate.client();
    const auto server = certificate.server();
    const auto ticket = std::make_shared<TlsTicket>();
    const auto resumes = [&](bool says_the_end) {
        End one{.stream = TlsStream::client(trust, "localhost", ticket)};
        End other{.stream = TlsStream::server(server)};
        one.stream->start();
        talk(one, other);
        REQUIRE(one.stream->ready());
        if (says_the_end) one.stream->send_end();
        return one.stream->resumed();
    };
    CHECK_FALSE(resumes(true));
    CHECK(resumes(false));
    CHECK(resumes(true));
    CHECK(resumes(true));
}

TEST_CASE("TLS stream") {
    const TestCertificate certificate;
    Two two{certificate.client(), certificate.server()};

    SUBCASE("the handshake and the words after it do not depend on the pieces they come in") {
        std::size_t step = 0;
        SUBCASE("whole") {
            step = 65'536;
        }
        SUBCASE("split") {
            step = 100;
        }
        SUBCASE("byte by byte") {
            step = 1;
        }
        talk(two.client, two.server, step);
        REQUIRE(two.client.stream->ready());
        REQUIRE(two.server.stream->ready());
        const std::string question(TlsStream::kRecordBytes, 'q');
        two.client.stream->send(as_bytes(question));
        two.client.stream->send(as_bytes("?"));
        two.server.stream->send(as_bytes("answer"));
        talk(two.client, two.server, step);
        CHECK(two.server.plain == question + "?");
        CHECK(two.client.plain == "answer");
        CHECK(two.client.failure.empty());
    }
    SUBCASE("close_notify ends one direction; the other goes on") {
        talk(two.client, two.server);
        two.client.stream->send(as_bytes("last"));
        two.client.stream->send_end();
        talk(two.client, two.server);
        CHECK(two.server.plain == "last");
        CHECK(two.server.end);
        CHECK_FALSE(two.client.end);
        two.server.stream->send(as_bytes("answer"));
        two.server.stream->send_end();
        talk(two.client, two.server);
        CHECK(two.client.plain == "answer");
        CHECK(two.client.end);
    }
    SUBCASE("a changed byte is refused with an alert") {
        talk(two.client, two.server);
        two.client.stream->send(as_bytes("pay 1"));
        std::string wire = take_wire(*two.client.stream);
        wire.back() = static_cast<char>(wire.back() ^ 1);
        two.server.receive(wire, wire.size());
        CHECK(two.server.failure.contains("bad record mac"));
        CHECK(two.server.plain.empty());
        CHECK_FALSE(two.server.stream->wire().empty());
    }
    SUBCASE("plain HTTP on the TLS port is refused") {
        two.server.receive("GET / HTTP/1.1\r\nHost: hub\r\n\r\n", 100);
        CHECK(two.server.failure.contains("http request"));
    }
    SUBCASE("a client that has sent 16 KiB without finishing its handshake is refused") {
        // Records of one ClientHello that says it is 100 kB long.
        std::string wire =
            std::string{"\x16\x03\x01\x10\x00\x01\x01\x86\xa0", 9} + std::string(0x1000 - 4, 'x');
        const std::string more = std::string{"\x16\x03\x01\x10\x00", 5} + std::string(0x1000, 'x');
        two.server.receive(wire, 4'096);
        two.server.receive(more, 4'096);
        two.server.receive(more, 4'096);
        CHECK(two.server.failure.empty());
        two.server.receive(more, 4'096);
        CHECK(two.server.failure == "the handshake is too long");
    }
}

TEST_CASE("TLS: whom a client trusts") {
    const TestCertificate certificate;
    const TestCertificate other;
    const TestCertificate elsewhere{{.names = "DNS:hub.example,IP:192.0.2.1"}};
    struct Row {
        const char* why;
        std::shared_ptr<TlsContext> client;
        std::shared_ptr<TlsContext> server;
        std::string host;
        bool trusted;
    };
    const std::vector<Row> rows{
        {"the name is in it", certificate.client(), certificate.server(), "localhost", true},
        {"the address is in it", certificate.client(), certificate.server(), "127.0.0.1", true},
        {"another name", certificate.client(), certificate.server(), "hub.example", false},
        {"another address", certificate.client(), certificate.server(), "127.0.0.2", false},
        {"an address is no name", elsewhere.client(), elsewhere.server(), "localhost", false},
        {"not its authority", other.client(), certificate.server(), "localhost", false},
        {"the system does not know it", *TlsContext::client(""), certificate.server(), "localhost",
         false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Two two{row.client, row.server, row.host};
        talk(two.client, two.server);
        CHECK(two.client.stream->ready() == row.trusted);
        CHECK(two.client.failure.contains("certificate verify failed") == !row.trusted);
        CHECK(two.server.stream->ready() == row.trusted);
    }
}

TEST_CASE("TLS: what a server speaks") {
    const TestCertificate certificate;
    struct Row {
        const char* why;
        int version_max;
        std::string alpn;
        bool accepted;
    };
    const std::vector<Row> rows{
        {"1.3 without ALPN", TLS1_3_VERSION, "", true},
        {"1.2 with HTTP/1.1", TLS1_2_VERSION, "\x08http/1.1", true},
        {"HTTP/1.1 as the second choice", TLS1_3_VERSION, "\x02h2\x08http/1.1", true},
        {"HTTP/2 only", TLS1_3_VERSION, "\x02h2", false},
        {"1.1 is refused", TLS1_1_VERSION, "", false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto client = raw_client();
        SSL_CTX_set_security_level(client->get(), 0);
        SSL_CTX_set_min_proto_version(client->get(), TLS1_VERSION);
        SSL_CTX_set_max_proto_version(client->get(), row.version_max);
        const auto alpn = as_bytes(row.alpn);
        SSL_CTX_set_alpn_protos(client->get(), alpn.data(), static_cast<unsigned>(alpn.size()));
        Two two{client, certificate.server()};
        talk(two.client, two.server);
        CHECK(two.server.stream->ready() == row.accepted);
        CHECK(two.client.stream->ready() == row.accepted);
    }
    SUBCASE("a session is resumed by its ticket") {
        const auto context = raw_client();
        const auto server = certificate.server();
        End first{.stream = TlsStream::server(server)};
        const RawTls before{*context};
        before.talk(first);
        CHECK(SSL_session_reused(before.ssl) == 0);
        SSL_SESSION* session = SSL_get1_session(before.ssl);
        REQUIRE(SSL_SESSION_is_resumable(session) == 1);
        End second{.stream = TlsStream::server(server)};
        const RawTls after{*context};
        SSL_set_session(after.ssl, session);
        after.talk(second);
        CHECK(SSL_session_reused(after.ssl) == 1);
        SSL_SESSION_free(session);
    }
    SUBCASE("TLS 1.2 is not renegotiated") {
        const auto context = raw_client();
        SSL_CTX_set_max_proto_version(context->get(), TLS1_2_VERSION);
        End server{.stream = TlsStream::server(certificate.server())};
        const RawTls client{*context};
        client.talk(server);
        REQUIRE(SSL_is_init_finished(client.ssl) == 1);
        SSL_renegotiate(client.ssl);
        SSL_do_handshake(client.ssl);
        client.talk(server);
        CHECK(SSL_is_init_finished(client.ssl) == 0);
    }
}

TEST_CASE("TLS: what is refused at start names the file") {
    const TestCertificate certificate;
    const TestCertificate other;
    const TestCertificate expired{{.valid_s = -1}};
    const std::string absent = (certificate.folder() / "absent.pem").string();
    const std::string text = (certificate.folder() / "text.pem").string();
    std::ofstream{text} << "not PEM\n";
    const std::string locked = (certificate.folder() / "locked.pem").string();
    {
        BIO* key_from = BIO_new_file(certificate.key_file().c_str(), "r");
        EVP_PKEY* key = PEM_read_bio_PrivateKey(key_from, nullptr, nullptr, nullptr);
        BIO* to = BIO_new_file(locked.c_str(), "w");
        std::array<unsigned char, 6> phrase{'s', 'e', 'c', 'r', 'e', 't'};
        REQUIRE(PEM_write_bio_PrivateKey(to, key, EVP_aes_128_cbc(), phrase.data(), 6, nullptr,
                                         nullptr) == 1);
        BIO_free(to);
        EVP_PKEY_free(key);
        BIO_free(key_from);
    }
    struct Row {
        const char* why;
        std::string certificate;
        std::string key;
        std::string named;
        std::string says;
    };
    const std::string good = certificate.certificate_file();
    const std::string key = certificate.key_file();
    // What follows the certificate has to be its chain.
    const std::string torn = (certificate.folder() / "torn.pem").string();
    std::ofstream{torn} << pem_of(good).text << pem_of(good).text.substr(0, 200);
    const std::vector<Row> rows{
        {"no certificate file", absent, key, absent, "is no certificate"},
        {"no PEM", text, key, text, "is no certificate"},
        {"a chain that is cut", torn, key, torn, "is no certificate"},
        {"no key file", good, absent, absent, "is no private key"},
        {"the certificate again", good, good, good, "is no private key"},
        {"a key that asks for a pass phrase", good, locked, locked, "is no private key"},
        {"another's key", good, other.key_file(), other.key_file(), "key"},
        {"expired", expired.certificate_file(), expired.key_file(), expired.certificate_file(),
         "has expired"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto refused = TlsContext::server(pem_of(row.certificate), pem_of(row.key));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == ErrorCode::kInvalidField);
        CHECK(refused.error().detail.starts_with(row.named + ": "));
        CHECK(refused.error().detail.contains(row.says));
    }
    for (const std::string& authorities : {absent, text}) {
        const auto refused = TlsContext::client(authorities);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == ErrorCode::kInvalidField);
        CHECK(refused.error().detail.starts_with(authorities + ": "));
    }
    CHECK(TlsContext::server(pem_of(good), pem_of(key)));
}
