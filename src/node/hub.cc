#include "node/hub.h"

#include "base/checked.h"
#include "base/log.h"
#include "door/setup.h"
#include "net/client.h"
#include "node/administrator.h"
#include "node/harden.h"
#include "node/node.h"
#include "node/private_file.h"
#include "node/sandbox.h"
#include "node/secrets.h"
#include "store/embedded/directory.h"
#include "store/embedded/sizes.h"
#include "store/embedded/store.h"

#include <unistd.h>

#include <csignal>

namespace tandem::node {
namespace {

LogLevel level_named(const std::string& name) {
    if (name == "debug") return LogLevel::kDebug;
    if (name == "warning") return LogLevel::kWarning;
    return name == "error" ? LogLevel::kError : LogLevel::kInfo;
}

// Runs a task to its end on a loop that does nothing else.
template <typename T>
Task<void> keep(Task<Result<T>> task, std::optional<Result<T>>* to) {
    to->emplace(co_await std::move(task));
}
template <typename T>
Result<T> run_on(net::Loop& loop, Task<Result<T>> task) {
    std::optional<Result<T>> result;
    spawn(keep(std::move(task), &result));
    while (!result)
        loop.turn(100ms);
    return std::move(*result);
}

// As this machine reaches it.
net::Endpoint on_loopback(net::Endpoint endpoint) {
    if (endpoint.loopback()) return endpoint;
    const bool v6 = endpoint.host.find(':') != std::string::npos;
    endpoint.host = v6 ? "::1" : "127.0.0.1";
    return endpoint;
}

// Port 0 is another each time. A hub that listens on one address of several is not on loopback.
std::optional<std::string> url_after(const Settings& settings) {
    const net::Endpoint& listen = settings.listen;
    const bool every = listen.host == "0.0.0.0" || listen.host == "::";
    if (listen.port == 0) return {};
    return (settings.tls_cert.empty() ? "http://" : "https://") +
           (every ? on_loopback(listen) : listen).text();
}

// What a hub is without an administrator: on loopback, in the clear, on one loop.
Settings for_setup(Settings settings) {
    settings.listen = on_loopback(settings.listen);
    settings.tls_cert = settings.tls_key = settings.tls_client_ca = {};
    settings.loops = 1;
    return settings;
}

enum class SetUp : std::uint8_t { kDone, kToldToEnd, kTooLate };

// A hub of its own that serves nobody but whoever makes the administrator. It ends then: what it
// was asked by others meanwhile was nothing.
class SetUpHub {
public:
    SetUpHub(Node& node,
             Random& random,
             const Clock& clock,
             std::optional<std::string> url,
             std::string& token)
        : node_{node}, clock_{clock} {
        const auto setup = std::make_shared<door::Setup>(
            door::Setup{.token = {random, clock.monotonic(), token},
                        .make =
                            [this](UserId name, std::string hash) {
                                return make_administrator_named(&node_.registry(), &clock_,
                                                                std::move(name), std::move(hash));
                            },
                        .url = std::move(url),
                        .done = [this] { end(SetUp::kDone); }});
        node.let_set_up(setup);
        node.loop().on_signals({SIGINT, SIGTERM, SIGHUP}, [this](int signal) {
            if (signal != SIGHUP) end(SetUp::kToldToEnd);
        });
        node.loop().call_after(auth::SetupToken::kLife, [this] { end(SetUp::kTooLate); });
        look_later();
    }
    SetUp run() {
        node_.run();
        return how_;
    }

private:
    void look_later() {
        node_.loop().call_after(1s, [this] { spawn(look(this)); });
    }
    // Who may open the administrative socket may have made one there. Seen twice: whoever does it
    // here is answered first, and ends this itself.
    static Task<void> look(SetUpHub* hub) {
        const auto has = co_await has_administrator(&hub->node_.registry());
        const bool seen = has && *has;
        if (seen && hub->seen_) co_return hub->end(SetUp::kDone);
        hub->seen_ = seen;
        hub->look_later();
    }
    void end(SetUp how) {
        how_ = how;
        node_.stop();
    }
    Node& node_;
    const Clock& clock_;
    bool seen_ = false;
    SetUp how_ = SetUp::kTooLate;
};

Result<SetUp> set_up(const Settings& settings,
                     std::span<const door::ConsoleFile> console,
                     const Clock& clock,
                     Random& random,
                     const Announcements& announce) {
    auto node = Node::build(for_setup(settings), console, clock, random);
    if (!node) return pass(node);
    if (auto started = (*node)->start(); !started) return pass(started);
    std::string token;
    SetUpHub hub{**node, random, clock, url_after(settings), token};
    auto endpoint = (*node)->open_doors();
    if (!endpoint) return pass(endpoint);
    announce.setup("http://" + endpoint->text() + "/#setup=" + token);
    return hub.run();
}

// Whether a hub has somebody who may make others. A store in memory begins without anybody.
Result<bool> see_to_administrator(Node& node,
                                  const Settings& settings,
                                  Random& random,
                                  const Announcements& announce) {
    const SystemClock clock;
    if (settings.store != "memory") {
        return run_on(node.loop(), has_administrator(&node.registry()));
    }
    auto made =
        run_on(node.loop(), make_administrator(&node.registry(), &clock, &random, node.pepper()));
    if (!made) return pass(made);
    announce.administrator(*made);
    return true;
}

// A node that has an administrator; none when it was told to end before it had one.
Result<std::unique_ptr<Node>> build_with_administrator(const Settings& settings,
                                                       std::span<const door::ConsoleFile> console,
                                                       const Clock& clock,
                                                       Random& random,
                                                       const Announcements& announce) {
    auto node = Node::build(settings, console, clock, random);
    if (!node) return pass(node);
    auto has = see_to_administrator(**node, settings, random, announce);
    if (!has) return pass(has);
    if (*has) return node;
    node->reset();
    auto done = set_up(settings, console, clock, random, announce);
    if (!done) return pass(done);
    if (*done == SetUp::kToldToEnd) return nullptr;
    if (*done == SetUp::kTooLate) {
        return fail(ErrorCode::kInvalidField,
                    "nobody has made this hub's administrator in 10 minutes: start it again, or "
                    "tandem init --data " +
                        settings.data.string());
    }
    return Node::build(settings, console, clock, random);
}

// The names of TLS files and of the settings are looked up again at a reload: a file that has taken
// the place of another is another to the kernel, so their directories are readable.
Fence fence_of(const Settings& settings, const std::string& settings_file) {
    Fence fence{
        .data = settings.data,
        .readable = {"/usr/share/zoneinfo", "/etc/localtime", "/proc/self", "/sys/fs/cgroup",
                     "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/resolv.conf",
                     "/etc/gai.conf", "/etc/ssl/openssl.cnf", "/usr/lib", "/lib", "/lib64"},
        .port = settings.listen.port};
    std::vector<std::string> files{settings.tls_cert, settings.tls_key, settings.tls_client_ca,
                                   settings_file};
    for (const auth::OutsideIssuer& each : settings.issuers)
        files.insert(files.end(), {each.ca_file, each.login ? each.login->secret_file : ""});
    // The system's authorities, by which other servers are known.
    if (!settings.issuers.empty()) fence.readable.emplace_back("/etc/ssl/certs");
    for (const std::string& file : files) {
        if (file.empty()) continue;
        const std::filesystem::path path = std::filesystem::absolute(file);
        fence.readable.push_back(path.parent_path());
        // Where its name leads to elsewhere, as certbot's do: Landlock looks at the file itself.
        std::error_code failed;
        const auto itself = std::filesystem::weakly_canonical(path, failed);
        if (!failed) fence.readable.push_back(itself.parent_path());
    }
    return fence;
}

// What root could read, the user that it has become reads again at a reload.
Result<void> can_read_again(const std::string& settings_file, const std::string& user) {
    if (settings_file.empty() || ::access(settings_file.c_str(), R_OK) == 0) return {};
    return fail(ErrorCode::kInvalidField,
                settings_file + ": user " + user +
                    " cannot read it, which a reload takes: chgrp it to that user's group, and "
                    "chmod 640");
}

// Before anything is opened and any thread starts.
Result<void> confine(const Settings& settings, const std::string& settings_file) {
    if (!settings.user.empty()) {
        if (auto done = become_user(settings.user, settings.data); !done) return done;
        if (auto can = can_read_again(settings_file, settings.user); !can) return can;
    }
    harden();
    if (!settings.sandbox) return {};
    // Its name is in a directory that is out of reach then.
    if (auto made = store::make_data_directory(settings.data); !made) return made;
    auto fenced = enter_sandbox(fence_of(settings, settings_file));
    // A kernel that has not got it gets it by no waiting.
    if (!fenced) return fail(ErrorCode::kInvalidField, fenced.error().detail);
    log(LogLevel::kInfo, "sandboxed", {{"data", settings.data.string()}});
    return {};
}

// ---------------------------------------------------------------- asking through admin.sock

struct Answered {
    std::optional<Result<net::HttpResponse>> answer;
};

// One request over the socket; the loop is turned by the caller until the answer is there.
std::unique_ptr<net::Transport> ask(net::Loop& loop,
                                    const std::filesystem::path& socket,
                                    const LocalRequest& request,
                                    const std::shared_ptr<Answered>& to) {
    auto connection = std::make_unique<net::HttpClientConnection>();
    net::HttpRequest message{.method = request.method,
                             .target = request.target,
                             .host = "localhost",
                             .headers = {{"accept", "application/json"}},
                             .body = request.body};
    if (!request.body.empty()) message.headers.emplace_back("content-type", "application/json");
    connection->request(message, [to](Result<net::HttpResponse> answer) {
        if (!to->answer) to->answer.emplace(std::move(answer));
    });
    return net::connect_local(loop, socket, std::move(connection));
}

Result<LocalReply> wait_for(net::Loop& loop, const std::shared_ptr<Answered>& asked) {
    constexpr Duration most = 60s;
    const Monotonic until = loop.clock().monotonic() + most;
    while (!asked->answer && loop.clock().monotonic() < until)
        loop.turn(100ms);
    if (!asked->answer) return fail(ErrorCode::kRequestTimeout, "the hub does not answer");
    Result<net::HttpResponse>& answer = checked(asked->answer);
    if (!answer) return pass(answer);
    return LocalReply{.status = answer->status, .body = std::move(answer->body)};
}

Result<LocalReply> ask_running(const std::filesystem::path& data, const LocalRequest& request) {
    const SystemClock clock;
    net::Loop loop{clock};
    const auto asked = std::make_shared<Answered>();
    const auto transport = ask(loop, data / "admin.sock", request, asked);
    return wait_for(loop, asked);
}

// No hub runs: one without doors is started for the one question.
Result<LocalReply> ask_started(const std::filesystem::path& data, const LocalRequest& request) {
    harden();
    const SystemClock clock;
    SystemRandom random;
    Settings settings;
    settings.data = data;
    settings.loops = 1;
    auto node = Node::build(settings, {}, clock, random);
    if (!node) return pass(node);
    if (auto started = (*node)->start(); !started) return pass(started);
    const auto asked = std::make_shared<Answered>();
    const auto transport = ask((*node)->loop(), data / "admin.sock", request, asked);
    return wait_for((*node)->loop(), asked);
}

}  // namespace

Result<void> serve(const Settings& settings,
                   std::span<const door::ConsoleFile> console,
                   const Announcements& announce,
                   const Rereading& reread) {
    if (auto done = confine(settings, reread.file); !done) return done;
    set_log_level(level_named(settings.log_level));
    // Before any thread starts: each of them inherits the mask.
    net::block_signals({SIGINT, SIGTERM, SIGHUP});
    std::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): it cannot fail for this signal
    const SystemClock clock;
    SystemRandom random;
    auto node = build_with_administrator(settings, console, clock, random, announce);
    if (!node) return pass(node);
    if (*node == nullptr) return {};
    if (auto started = (*node)->start(); !started) return started;
    auto endpoint = (*node)->open_doors();
    if (!endpoint) return pass(endpoint);
    (*node)->loop().on_signals({SIGINT, SIGTERM, SIGHUP}, [&](int signal) {
        if (signal != SIGHUP) return (*node)->stop();
        const auto fresh = reread.read();
        if ((*node)->reload(fresh)) set_log_level(level_named(fresh->log_level));
    });
    announce.listening((settings.tls_cert.empty() ? "http://" : "https://") + endpoint->text());
    (*node)->run();
    log(LogLevel::kInfo, "stopped");
    return {};
}

Result<Initialised> initialise(const std::filesystem::path& data) {
    const SystemClock clock;
    SystemRandom random;
    harden();
    auto pepper = load_pepper(data, random);
    if (!pepper) return pass(pepper);
    if (auto whole = check_data(data, false); !whole) return pass(whole);
    net::Loop loop{clock};
    auto store = store::EmbeddedStore::open(data, {}, clock, random);
    if (!store) return pass(store);
    const auto attached = (*store)->attach(loop);
    return run_on(loop, make_administrator(attached->ports().registry, &clock, &random, *pepper));
}

Result<LocalReply> ask_locally(const std::filesystem::path& data, const LocalRequest& request) {
    std::error_code ignored;
    if (!std::filesystem::exists(data / "registry.db", ignored)) {
        return fail(ErrorCode::kNotFound,
                    data.string() + " is no hub's data: tandem init --data " + data.string());
    }
    auto answer = ask_running(data, request);
    if (answer || answer.error().code != ErrorCode::kUnavailable) return answer;
    if (request.of_running) {
        return fail(ErrorCode::kUnavailable, "no hub is running on " + data.string() +
                                                 ": tandem serve --data " + data.string());
    }
    return ask_started(data, request);
}

StoreFiles stored_files(const std::filesystem::path& data) {
    StoreFiles files = store::sizes_in(data);
    files.log = store::log_size_in(data);
    return files;
}

}  // namespace tandem::node
