#include "node/settings.h"

#include "node/limits.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <set>

using namespace tandem;
using namespace tandem::node;

namespace {

/// A TOML file that goes with the test.
class File {
public:
    explicit File(std::string_view text)
        : path_{std::filesystem::temp_directory_path() /
                ("tandem-settings-" + std::to_string(::getpid()) + ".toml")} {
        std::ofstream{path_} << text;
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() { std::filesystem::remove(path_); }
    [[nodiscard]] std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

Result<Settings> from_file(std::string_view toml) {
    const File file{toml};
    Settings settings;
    if (auto good = read_settings_file(settings, file.path()); !good) return pass(good);
    return settings;
}

}  // namespace

TEST_CASE("every setting is set by its key") {
    struct Row {
        std::string_view key;
        std::string text;
        std::function<bool(const Settings&)> is_set;
    };
    const Row rows[] = {
        {"listen", "0.0.0.0:9000",
         [](const Settings& s) { return s.listen.host == "0.0.0.0" && s.listen.port == 9'000; }},
        {"listen", "[::1]:0",
         [](const Settings& s) { return s.listen.host == "::1" && s.listen.port == 0; }},
        {"data", "/srv/hub", [](const Settings& s) { return s.data == "/srv/hub"; }},
        {"store", "memory", [](const Settings& s) { return s.store == "memory"; }},
        {"tls_cert", "a.pem", [](const Settings& s) { return s.tls_cert == "a.pem"; }},
        {"tls_key", "b.pem", [](const Settings& s) { return s.tls_key == "b.pem"; }},
        {"tls_client_ca", "c.pem", [](const Settings& s) { return s.tls_client_ca == "c.pem"; }},
        {"deflate", "true", [](const Settings& s) { return s.deflate; }},
        {"user", "tandem", [](const Settings& s) { return s.user == "tandem"; }},
        {"sandbox", "true", [](const Settings& s) { return s.sandbox; }},
        {"gather_ms", "2.5", [](const Settings& s) { return s.gather == 2'500us; }},
        {"insecure_listen", "true", [](const Settings& s) { return s.insecure_listen; }},
        {"backend", "epoll", [](const Settings& s) { return s.backend == "epoll"; }},
        {"loops", "4", [](const Settings& s) { return s.loops == 4; }},
        {"origins", "https://a,https://b:1",
         [](const Settings& s) {
             return s.origins == std::vector<std::string>{"https://a", "https://b:1"};
         }},
        {"public_hosts", "hub.example",
         [](const Settings& s) {
             return s.public_hosts == std::vector<std::string>{"hub.example"};
         }},
        {"retention", "90d", [](const Settings& s) { return s.retention.all == 90 * 24h; }},
        {"retention", "room=lab:12h,30d,tier=:1d",
         [](const Settings& s) {
             return s.retention ==
                    RetentionRules{.all = 30 * 24h,
                                   .labels = {{"room", "lab", 12h}, {"tier", "", 24h}}};
         }},
        {"durability", "relaxed", [](const Settings& s) { return s.durability == "relaxed"; }},
        {"durability", "interval=20",
         [](const Settings& s) { return s.durability == "interval" && s.sync_interval == 20ms; }},
        {"max_future_ms", "1500", [](const Settings& s) { return s.max_future == 1'500ms; }},
        {"max_future_ms", "0.5", [](const Settings& s) { return s.max_future == 500us; }},
        {"log_level", "debug", [](const Settings& s) { return s.log_level == "debug"; }},
        {"limits.commands.queue", "7",
         [](const Settings& s) { return s.limits.at("commands.queue") == 7; }},
    };
    std::set<std::string_view> keys;
    for (const Row& row : rows) {
        CAPTURE(row.key);
        Settings settings;
        REQUIRE(set(settings, row.key, row.text).has_value());
        CHECK(row.is_set(settings));
        if (!row.key.starts_with("limits.")) keys.insert(row.key);
    }
    // The refusal of an unknown key lists all there are: none of them is missing above.
    Settings settings;
    const auto unknown = set(settings, "nonsense", "1");
    REQUIRE_FALSE(unknown.has_value());
    std::string detail = unknown.error().fields.at(0).detail;
    detail.erase(0, detail.find("there are:") + 10);
    std::set<std::string> listed;
    while (!detail.empty()) {
        detail.erase(0, 1);
        const std::size_t space = std::min(detail.find(' '), detail.size());
        listed.insert(detail.substr(0, space));
        detail.erase(0, space);
    }
    CHECK(listed == std::set<std::string>{keys.begin(), keys.end()});
}

TEST_CASE("every limit is set by its name") {
    for (const LimitRow& row : limit_rows()) {
        const std::string_view name = row.name;
        CAPTURE(name);
        Settings settings;
        REQUIRE(set(settings, "limits." + std::string{name}, "12").has_value());
        CHECK(settings.limits.at(std::string{name}) == 12);
    }
    CHECK(limit_rows().size() > 30);
}

TEST_CASE("a value that is not accepted is refused with the key and what would do") {
    struct Row {
        std::string_view key;
        std::string text;
        std::string_view detail;
    };
    const Row rows[] = {
        {"listen", "", "listen: HOST:PORT is accepted"},
        {"listen", "8080", "listen: HOST:PORT is accepted"},
        {"listen", "127.0.0.1:", "listen: HOST:PORT is accepted"},
        {"listen", "127.0.0.1:65536", "listen: HOST:PORT is accepted"},
        {"listen", "127.0.0.1:x", "listen: HOST:PORT is accepted"},
        {"data", "", "data: a directory is accepted"},
        {"store", "postgres", "store: embedded, memory are accepted"},
        {"retention", "90",
         "retention: spans like 12h or 90d are accepted, of a label as room=lab:12h, with commas "
         "between them"},
        {"retention", "0d",
         "retention: spans like 12h or 90d are accepted, of a label as room=lab:12h, with commas "
         "between them"},
        {"retention", "lab:12h",
         "retention: spans like 12h or 90d are accepted, of a label as room=lab:12h, with commas "
         "between them"},
        {"retention", "1d,2d",
         "retention: spans like 12h or 90d are accepted, of a label as room=lab:12h, with commas "
         "between them"},
        {"durability", "safe", "durability: batch, interval=MILLISECONDS, relaxed are accepted"},
        {"durability", "interval=0", "durability: a number from 1 to 10000 is accepted"},
        {"store", "Memory", "store: embedded, memory are accepted"},
        {"insecure_listen", "yes", "insecure_listen: true or false is accepted"},
        {"insecure_listen", "1", "insecure_listen: true or false is accepted"},
        {"loops", "-1", "loops: a whole number from 0 to 256 is accepted"},
        {"loops", "257", "loops: a whole number from 0 to 256 is accepted"},
        {"loops", "two", "loops: a whole number from 0 to 256 is accepted"},
        {"loops", "1.5", "loops: a whole number from 0 to 256 is accepted"},
        {"loops", "", "loops: a whole number from 0 to 256 is accepted"},
        {"loops", "4 ", "loops: a whole number from 0 to 256 is accepted"},
        {"loops", "nan", "loops: a whole number from 0 to 256 is accepted"},
        {"max_future_ms", "-1", "max_future_ms: a number from 0 to 1e+12 is accepted"},
        {"max_future_ms", "1e13", "max_future_ms: a number from 0 to 1e+12 is accepted"},
        {"max_future_ms", "5min", "max_future_ms: a number from 0 to 1e+12 is accepted"},
        {"max_future_ms", "nan", "max_future_ms: a number from 0 to 1e+12 is accepted"},
        {"log_level", "trace", "log_level: debug, info, warning, error are accepted"},
        {"limits.commands.queue", "0",
         "limits.commands.queue: a number from 1 to 1e+09 is accepted"},
        {"limits.commands.queue", "inf",
         "limits.commands.queue: a number from 1 to 1e+09 is accepted"},
        {"limits.readings_burst", "many",
         "limits.readings_burst: a number from 1 to 1e+09 is accepted"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.key);
        CAPTURE(row.text);
        Settings settings;
        const auto refused = set(settings, row.key, row.text);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == ErrorCode::kInvalidField);
        CHECK(refused.error().fields ==
              std::vector<FieldError>{{std::string{row.key}, std::string{row.detail}}});
    }
}

TEST_CASE("what is refused changes nothing") {
    Settings settings;
    settings.loops = 3;
    CHECK_FALSE(set(settings, "loops", "x").has_value());
    CHECK(settings.loops == 3);
    CHECK_FALSE(set(settings, "limits.nonsense", "5").has_value());
    CHECK(settings.limits.empty());
}

TEST_CASE("an unknown key or limit is told which there are") {
    Settings settings;
    for (const char* key : {"lisen", "", "LISTEN", "limits", "limits.", "limits.nonsense"}) {
        CAPTURE(key);
        const auto refused = set(settings, key, "1");
        REQUIRE_FALSE(refused.has_value());
        const std::string& detail = refused.error().fields.at(0).detail;
        const bool limit = std::string_view{key}.starts_with("limits.");
        CHECK(detail.find(limit ? "readings_per_second" : "max_future_ms") != std::string::npos);
    }
}

TEST_CASE("a file sets what it names and leaves the rest") {
    const auto settings = from_file(R"(# A hub in the hall.
listen = "0.0.0.0:8443"
tls_cert = "cert.pem"
tls_key = "key.pem"
insecure_listen = false
loops = 2
origins = ["https://a.example", "https://b.example"]
max_future_ms = 60000.5

[limits]
readings_per_second = 5000
requests_burst = 12.5
http.head_bytes = 4096

[limits.ws]
ping_interval = 2.5
)");
    REQUIRE(settings.has_value());
    CHECK(settings->listen.port == 8'443);
    CHECK(settings->loops == 2);
    CHECK(settings->origins.size() == 2);
    CHECK(settings->max_future == 60'000'500us);
    CHECK(settings->limits.at("readings_per_second") == 5'000);
    CHECK(settings->limits.at("requests_burst") == 12.5);
    CHECK(settings->limits.at("http.head_bytes") == 4'096);
    CHECK(settings->limits.at("ws.ping_interval") == 2.5);
    CHECK(settings->store == "embedded");
    CHECK(settings->log_level == "info");
}

TEST_CASE("a file that has lost its settings is refused, and so is one that others may write") {
    for (const char* text : {"", "\n", "# nothing\n"}) {
        const auto refused = from_file(text);
        REQUIRE(!refused);
        CHECK(refused.error().detail.ends_with(
            ": holds no settings; restore it, or leave --config out"));
    }
    const File file{"deflate = true\n"};
    Settings settings;
    std::filesystem::permissions(file.path(), std::filesystem::perms{0646});
    const auto refused = read_settings_file(settings, file.path());
    REQUIRE(!refused);
    CHECK(refused.error().detail == file.path() + ": others may write it: chmod go-w");
    CHECK(!settings.deflate);
}

TEST_CASE("a hub that runs takes over certificates and the log level, and names the rest") {
    Settings running;
    running.tls_cert = "a.pem";
    running.tls_key = "a-key.pem";
    Settings fresh = running;
    CHECK(take_over(running, fresh).empty());
    fresh.tls_cert = "b.pem";
    fresh.tls_key = "b-key.pem";
    fresh.log_level = "debug";
    fresh.loops = 3;
    fresh.origins = {"https://a.example"};
    CHECK(take_over(running, fresh) == std::vector<std::string>{"loops", "origins"});
    CHECK(running.tls_cert == "b.pem");
    CHECK(running.tls_key == "b-key.pem");
    CHECK(running.log_level == "debug");
    CHECK(running.loops == 0);
    CHECK(running.origins.empty());
    // Nobody who runs TLS goes on in the clear.
    CHECK(take_over(running, Settings{}) == std::vector<std::string>{"tls_cert"});
    CHECK(running.tls_cert == "b.pem");
}

TEST_CASE("a file that is not as it must be is refused with the key, or the line") {
    struct Row {
        std::string_view toml;
        std::string_view told;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"lisen = \"127.0.0.1:1\"", "lisen", "an unknown key"},
             {"loops = \"x\"", "loops", "a value that is not accepted"},
             {"store = 5", "store", "a number for a text"},
             {"[limit]\ncommand_queue = 1", "limit", "an unknown table"},
             {"[limits]\nnonsense = 1", "limits.nonsense", "an unknown limit"},
             {"[limits.more]\nqueue = 1", "limits.more.queue", "a limit of no such family"},
             {"origins = [1]", "origins", "a list of numbers"},
             {"listen = 1979-05-27", "listen", "a date"},
             {"loops = 1\nloops = 2", ":2:", "a key twice"},
             {"\nlisten = ", ":2:", "no TOML"},
             {"listen = 127.0.0.1:8080", ":1:", "no quotes"}}) {
        CAPTURE(row.toml);
        const auto settings = from_file(row.toml);
        REQUIRE_MESSAGE(!settings.has_value(), row.why);
        CHECK(settings.error().code == ErrorCode::kInvalidField);
        std::string told = settings.error().detail;
        for (const FieldError& field : settings.error().fields)
            told += field.detail;
        CHECK(told.starts_with(
            (std::filesystem::temp_directory_path() / "tandem-settings-").string()));
        CHECK_MESSAGE(told.find(row.told) != std::string::npos, told);
    }
}

TEST_CASE("a file that cannot be read is refused by its name") {
    Settings settings;
    const auto refused = read_settings_file(settings, "/nowhere/hub.toml");
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().detail.find("/nowhere/hub.toml") != std::string::npos);
}

TEST_CASE("a hub starts only as it can be safe") {
    struct Row {
        std::string listen;
        std::string cert;
        std::string key;
        bool insecure;
        std::string_view refused;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"127.0.0.1:8080", "", "", false, "", "loopback"},
             {"[::1]:8080", "", "", false, "", "loopback"},
             {"127.9.9.9:8080", "", "", false, "", "loopback is all of 127/8"},
             {"0.0.0.0:8080", "", "", false, "listen", "everywhere in the clear"},
             {"[::]:8080", "", "", false, "listen", "everywhere in the clear"},
             {"192.168.1.2:8080", "", "", false, "listen", "a network in the clear"},
             {"192.168.1.2:8080", "", "", true, "", "somebody insists"},
             {"192.168.1.2:8443", "c", "k", false, "", "TLS"},
             {"127.0.0.1:8443", "c", "k", false, "", "TLS on loopback"},
             {"127.0.0.1:8443", "c", "", false, "tls_key", "a certificate without a key"},
             {"127.0.0.1:8443", "", "k", false, "tls_key", "a key without a certificate"},
             {"0.0.0.0:8443", "c", "", true, "tls_key", "a certificate without a key"}}) {
        CAPTURE(row.why);
        Settings settings;
        REQUIRE(set(settings, "listen", row.listen).has_value());
        settings.tls_cert = row.cert;
        settings.tls_key = row.key;
        settings.insecure_listen = row.insecure;
        const auto good = validate(settings);
        CHECK(good.has_value() == row.refused.empty());
        if (!good) CHECK(good.error().fields.at(0).pointer == row.refused);
    }
    CHECK(validate(Settings{}).has_value());
}

TEST_CASE("whoever is asked after a silence has time to answer before it counts as dead") {
    struct Row {
        const char* ping;
        const char* dead;
        bool good;
    };
    for (const Row& row : {Row{"20", "45", true}, Row{"20", "20.5", true}, Row{"20", "20", false},
                           Row{"60", "45", false}}) {
        CAPTURE(row.ping);
        CAPTURE(row.dead);
        Settings settings;
        REQUIRE(set(settings, "limits.ws.ping_interval", row.ping).has_value());
        REQUIRE(set(settings, "limits.ws.dead_after", row.dead).has_value());
        const auto good = validate(settings);
        CHECK(good.has_value() == row.good);
        if (!good) CHECK(good.error().detail.contains("ws.dead_after"));
    }
}

// ---------------------------------------------------------------- outside issuers

namespace {

std::string issuer_with(
    std::string_view lines,
    std::string_view rules =
        "[[issuers.scopes]]\nclaim = \"scope\"\nscopes = [\"telemetry:read\"]\n") {
    return "[[issuers]]\n" + std::string{lines} + std::string{rules};
}

constexpr std::string_view kGoodIssuer =
    "issuer = \"https://idp.example/realms/plant\"\naudience = \"tandem\"\n"
    "algorithms = [\"RS256\", \"EdDSA\"]\n";

}  // namespace

TEST_CASE("an outside issuer is read as it is written") {
    const auto settings = from_file(issuer_with(
        std::string{kGoodIssuer} + "app = \"erp\"\ntenant = \"plant\"\nca = \"ca.pem\"\n"
                                   "types = [\"at+jwt\", \"jwt\"]\n",
        "[[issuers.scopes]]\nclaim = [\"realm_access\", \"roles\"]\nword = \"reader\"\n"
        "scopes = [\"telemetry:read\", \"devices:read\"]\n"));
    REQUIRE_MESSAGE(settings.has_value(), settings.error().detail);
    REQUIRE(settings->issuers.size() == 1);
    const auth::OutsideIssuer& issuer = settings->issuers.front();
    CHECK(issuer.policy.issuer == "https://idp.example/realms/plant");
    CHECK(issuer.policy.audiences == std::vector<std::string>{"tandem"});
    CHECK(issuer.policy.algorithms ==
          std::vector{auth::JwsAlgorithm::kRs256, auth::JwsAlgorithm::kEdDsa});
    CHECK(issuer.policy.types == std::vector<std::string>{"at+jwt", "jwt"});
    CHECK(issuer.app == AppId{"erp"});
    CHECK(issuer.tenant == TenantId{"plant"});
    CHECK(issuer.ca_file == "ca.pem");
    REQUIRE(issuer.policy.scopes.size() == 1);
    CHECK(issuer.policy.scopes.front().claim == std::vector<std::string>{"realm_access", "roles"});
    CHECK(issuer.policy.scopes.front().word == "reader");
    CHECK(issuer.policy.scopes.front().scopes ==
          Scopes{Scope::kTelemetryRead, Scope::kDevicesRead});
    const auto bare =
        from_file(issuer_with(std::string{kGoodIssuer} + "user_claim = \"preferred_username\"\n"));
    REQUIRE(bare);
    CHECK(bare->issuers.front().tenant == TenantId{"main"});
    CHECK(bare->issuers.front().policy.types == std::vector<std::string>{"at+jwt"});
}

TEST_CASE("an outside issuer that would trust more or less than is meant does not start") {
    const std::string good = std::string{kGoodIssuer} + "app = \"erp\"\n";
    REQUIRE(from_file(issuer_with(good)));
    const std::string rule = "[[issuers.scopes]]\n";
    for (const std::string& text :
         {issuer_with(good, ""), issuer_with(std::string{kGoodIssuer}),
          issuer_with(good + "user_claim = \"sub\"\n"),
          issuer_with(good + "algorithm = \"RS256\"\n"),
          issuer_with("audience = \"t\"\nalgorithms = \"RS256\"\napp = \"erp\"\n"),
          issuer_with("issuer = \"http://idp.example\"\naudience = \"t\"\nalgorithms = \"RS256\"\n"
                      "app = \"erp\"\n"),
          issuer_with("issuer = \"https://i.example\"\nalgorithms = \"RS256\"\napp = \"erp\"\n"),
          issuer_with("issuer = \"https://i.example\"\naudience = \"t\"\napp = \"erp\"\n"),
          issuer_with("issuer = \"https://i.example\"\naudience = \"t\"\nalgorithms = \"HS256\"\n"
                      "app = \"erp\"\n"),
          issuer_with("issuer = \"https://i.example\"\naudience = \"t\"\nalgorithms = \"none\"\n"
                      "app = \"erp\"\n"),
          issuer_with(good, rule + "claim = \"scope\"\nscopes = [\"users:manage\"]\n"),
          issuer_with(good, rule + "claim = \"scope\"\nscopes = [\"nothing\"]\n"),
          issuer_with(good, rule + "claim = \"scope\"\n"),
          issuer_with(good, rule + "scopes = [\"telemetry:read\"]\n"),
          issuer_with(good,
                      rule + "claim = \"scope\"\nscopes = \"telemetry:read\"\nwords = \"x\"\n"),
          issuer_with(good) + issuer_with(good),
          std::string{"issuers = \"https://i.example\"\n"}}) {
        CAPTURE(text);
        const auto refused = from_file(text);
        REQUIRE(!refused);
        CHECK(refused.error().code == ErrorCode::kInvalidField);
        CHECK(refused.error().detail.contains("issuers"));
    }
}

TEST_CASE("an issuer that people may log in with says who, and as what") {
    const std::string login = "[issuers.login]\nname = \"The plant\"\nclient_id = \"tandem\"\n";
    const std::string people =
        "[[issuers.login.people]]\nclaim = \"groups\"\nword = \"ops\"\nrole = \"operator\"\n"
        "[[issuers.login.people]]\nclaim = [\"a\", \"b\"]\nword = \"x\"\nrole = \"admin\"\n"
        "tenant = \"plant\"\n";
    const std::string only =
        "[[issuers]]\nissuer = \"https://idp.example\"\n"
        "algorithms = [\"RS256\"]\n";
    const auto settings = from_file(only + login + people);
    REQUIRE_MESSAGE(settings.has_value(), settings.error().detail);
    const auth::OutsideIssuer& issuer = settings->issuers.front();
    // Nothing says that its tokens are bearers.
    CHECK(issuer.policy.audiences.empty());
    CHECK(issuer.app.empty());
    REQUIRE(issuer.login.has_value());
    CHECK(issuer.login->name == "The plant");
    CHECK(issuer.login->scope == "openid");
    CHECK(issuer.login->secret.empty());
    REQUIRE(issuer.login->rules.size() == 2);
    CHECK(issuer.login->rules.at(0).role == Role::kOperator);
    CHECK(issuer.login->rules.at(0).tenant == TenantId{"main"});
    CHECK(issuer.login->rules.at(1).claim == std::vector<std::string>{"a", "b"});
    CHECK(issuer.login->rules.at(1).tenant == TenantId{"plant"});
    const std::string bearers = std::string{kGoodIssuer} + "app = \"erp\"\n";
    const auto both = from_file(issuer_with(bearers) + login + people);
    REQUIRE_MESSAGE(both.has_value(), both.error().detail);
    CHECK(both->issuers.front().app == AppId{"erp"});
    CHECK(both->issuers.front().login.has_value());

    const auto rule = [](const std::string& lines) { return "[[issuers.login.people]]\n" + lines; };
    for (const std::string& text :
         {only + login, only + "[issuers.login]\nclient_id = \"tandem\"\n" + people,
          only + "[issuers.login]\nname = \"x\"\n" + people,
          only + login + "scope = \"profile\"\n" + people,
          only + login + "secret = \"in the open\"\n" + people,
          only + login + rule("claim = \"email\"\nword = \"a@b.example\"\nrole = \"admin\"\n"),
          only + login + rule("claim = \"groups\"\nrole = \"admin\"\n"),
          only + login + rule("word = \"x\"\nrole = \"admin\"\n"),
          only + login + rule("claim = \"groups\"\nword = \"x\"\n"),
          only + login + rule("claim = \"groups\"\nword = \"x\"\nrole = \"root\"\n"),
          only + "audience = \"t\"\n" + login + people,
          only + login + people +
              "[[issuers]]\nissuer = \"https://b.example\"\n"
              "algorithms = [\"RS256\"]\n" +
              login + people}) {
        CAPTURE(text);
        const auto refused = from_file(text);
        REQUIRE(!refused);
        CHECK(refused.error().detail.contains("issuers"));
    }
}

TEST_CASE("another issuer takes a restart") {
    Settings running = *from_file(issuer_with(std::string{kGoodIssuer} + "app = \"erp\"\n"));
    const Settings same = *from_file(issuer_with(std::string{kGoodIssuer} + "app = \"erp\"\n"));
    const Settings other = *from_file(issuer_with(std::string{kGoodIssuer} + "app = \"mes\"\n"));
    CHECK(take_over(running, same).empty());
    CHECK(take_over(running, other) == std::vector<std::string>{"issuers"});
}
