// The load generator: one process, one thread, N sockets to one server on this machine.
//
//   load --mode echo|post|fanout|idle --port N [--pid N]
//        [--sockets 64] [--in-flight 1] [--rate 0] [--bytes 120] [--tls]
//        [--seconds 1] [--warm-up 0.2] [--path /] [--protocol ws|mqtt|nats|tandem]
//
// echo      each socket sends WebSocket messages and gets them back
// post      each socket sends POSTs and gets answers 2xx; with --in-flight they are pipelined
// fanout    one more socket opens ?publish of the path and publishes, all others get it
//           tandem: a hub's device --device publishes readings with the key TANDEM_DEVICE_KEY of
//           the environment, and all others follow it with TANDEM_KEY
// idle      sockets are opened and left alone: what each takes of the server's memory
//
// Without --rate the loop is closed: a sender has --in-flight messages unanswered at any time, a
// publisher so many that the last subscriber has not seen. With --rate, so many messages a second
// are sent whatever the answers do (up to --in-flight unanswered on a socket), and a latency counts
// from the moment when its message was due. A message is answered when all of its answer is there
// and right. The CPU is that of all threads of --pid, from the first message to the last answer.
//
// Prints one line of JSON. Ends with 1 when `errors` are not 0, with 2 when it cannot begin.
#include "load/driver.h"
#include "options.h"
#include "system.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

namespace tandem::bench {
namespace {

struct Settings {
    std::string mode;
    std::string pid;
    double seconds = 1;
    double warm_up = 0.2;
    Plan plan;
    Protocol protocol;
    Protocol publisher;
    TlsContext tls;
};

Protocol protocol_for(const Settings& settings,
                      const std::string& name,
                      std::string_view path,
                      std::size_t bytes) {
    if (settings.mode == "post") return Protocol::http(path, bytes);
    if (name == "ws") return Protocol::websocket(path, bytes);
    if (name == "mqtt") return Protocol::mqtt(path, bytes);
    if (name == "nats") return Protocol::nats(path, bytes);
    give_up("--protocol is ws, mqtt, nats or tandem");
}

std::string_view from_environment(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
    if (value == nullptr) give_up(fmt::format("{} is not set", name));
    return value;
}

void read_settings(Options& options, Settings& out) {
    out.mode = options.text("--mode", "");
    if (out.mode != "echo" && out.mode != "post" && out.mode != "fanout" && out.mode != "idle") {
        give_up("--mode is echo, post, fanout or idle");
    }
    const std::string path = options.text("--path", out.mode == "fanout" ? "/fanout" : "/");
    const std::string name = options.text("--protocol", "ws");
    const std::size_t bytes = options.count("--bytes", 120);
    if (name == "tandem") {
        const std::string device = options.text("--device", "");
        if (out.mode != "fanout" || device.empty()) give_up("tandem is a fanout of a --device");
        out.protocol = Protocol::tandem(from_environment("TANDEM_KEY"), device);
        out.publisher = Protocol::tandem(from_environment("TANDEM_DEVICE_KEY"), device);
    } else {
        out.protocol = protocol_for(out, name, path, bytes);
        const std::string publishing = path.substr(0, path.find('?')) + "?publish";
        out.publisher = protocol_for(out, name, publishing, bytes);
    }
    if (options.flag("--tls")) out.tls = tls_context();
    out.plan = {.port = static_cast<std::uint16_t>(options.count("--port", 0)),
                .sockets = options.count("--sockets", 64),
                .in_flight = options.count("--in-flight", 1),
                .per_second = options.number("--rate", 0),
                .protocol = &out.protocol,
                .publisher = out.mode == "fanout" ? &out.publisher : nullptr,
                .tls = out.tls.get()};
    out.pid = options.text("--pid", "");
    out.seconds = options.number("--seconds", 1);
    out.warm_up = options.number("--warm-up", 0.2);
    options.done();
    if (out.plan.sockets == 0 || out.plan.in_flight == 0) give_up("one socket, one in flight");
}

// An answer is there before the server has gone back to sleep.
void let_it_settle() {
    ::usleep(2'000);
}

int measure(const Settings& settings) {
    const Plan& plan = settings.plan;
    Driver driver{plan};
    std::uint64_t errors = driver.run(settings.warm_up).errors;
    let_it_settle();
    const Usage before = usage_of(settings.pid);
    const std::int64_t own_before = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    const Phase phase = driver.run(settings.seconds);
    const std::int64_t own_ns = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - own_before;
    let_it_settle();
    const Usage after = usage_of(settings.pid);
    errors += phase.errors;

    const auto messages = static_cast<double>(phase.answers);
    const auto cpu_ns = static_cast<double>(after.cpu_ns - before.cpu_ns);
    const Histogram& latency = phase.latency;
    fmt::print(
        R"({{"mode":"{}","tls":{},"sockets":{},"in_flight":{},"rate":{},"messages":{},)"
        R"("seconds":{:.4f},"per_second":{:.1f},"server_cpu_ns_per_message":{:.2f},)"
        R"("server_busy":{:.4f},"client_busy":{:.4f},"rss_kib":{},)"
        R"("p50_us":{:.1f},"p90_us":{:.1f},"p99_us":{:.1f},"p999_us":{:.1f},"max_us":{:.1f},)"
        "\"errors\":{}}}\n",
        settings.mode, plan.tls != nullptr, plan.sockets, plan.in_flight, plan.per_second,
        phase.answers, phase.seconds, messages / phase.seconds, cpu_ns / std::max(messages, 1.0),
        cpu_ns / phase.seconds / 1e9, static_cast<double>(own_ns) / phase.seconds / 1e9,
        after.resident_kib, latency.quantile_us(0.5), latency.quantile_us(0.9),
        latency.quantile_us(0.99), latency.quantile_us(0.999), latency.most_us(), errors);
    return errors == 0 && phase.answers > 0 ? 0 : 1;
}

int measure_idle(const Settings& settings) {
    Plan one = settings.plan;
    one.sockets = 1;
    const Driver first{one};  // What only the first connection takes is not counted.
    const Usage before = usage_of(settings.pid);
    const Driver all{settings.plan};
    ::usleep(static_cast<useconds_t>(settings.seconds * 1e6));
    const Usage after = usage_of(settings.pid);
    const auto sockets = static_cast<double>(settings.plan.sockets);
    const auto kib = static_cast<double>(after.resident_kib - before.resident_kib);
    fmt::print(R"({{"mode":"idle","tls":{},"sockets":{},"rss_kib":{},"rss_per_socket":{:.1f},)"
               "\"errors\":0}}\n",
               one.tls != nullptr, settings.plan.sockets, after.resident_kib, kib * 1024 / sockets);
    return 0;
}

int run(int count, char** arguments) {
    std::signal(SIGPIPE, SIG_IGN);
    ::prctl(PR_SET_TIMERSLACK, 1UL);  // Or every timed wait is 50 µs longer.
    open_file_limit();
    Options options{count, arguments};
    Settings settings;
    read_settings(options, settings);
    return settings.mode == "idle" ? measure_idle(settings) : measure(settings);
}

}  // namespace
}  // namespace tandem::bench

int main(int count, char** arguments) {
    return tandem::bench::run(count, arguments);
}
