#include "cli/command.h"

#include "node/hub.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace tandem::cli {
namespace {

int run_line(std::vector<const char*> words) {
    words.insert(words.begin(), "tandem");
    return run(static_cast<int>(words.size()), words.data(), {});
}

// Nothing listens there: RFC 863's port, which no test machine serves.
constexpr const char* kNobody = "http://127.0.0.1:9";

}  // namespace

TEST_CASE("a command line that says nothing sensible is wrong usage") {
    struct Row {
        std::vector<const char*> words;
        const char* reason;
    };
    const std::vector<Row> rows{
        {{}, "no subcommand"},
        {{"dance"}, "no such subcommand"},
        {{"device"}, "no subcommand of device"},
        {{"init"}, "no data directory"},
        {{"post", "lamp-1"}, "no readings"},
        {{"post", "lamp-1", "power"}, "a reading without a value"},
        {{"post", "lamp-1", "power=1", "--url", "ftp://hub"}, "no hub's URL"},
        {{"post", "lamp-1", "power=1", "--key", "two words"}, "no key"},
        {{"post", "lamp-1", "power=1", "--key-file", "/nonexistent"}, "no key file"},
        {{"post", "lamp-1", "power=1", "--door", "mqtt"}, "no such door"},
        {{"command", "lamp-1", "set", "{on"}, "parameters that are no JSON"},
        {{"command", "lamp-1", "set", "--wait", "soon"}, "no span of time"},
        {{"watch", "--kind", "rumour"}, "no such kind"},
        {{"watch", "--label", "site"}, "a label without a value"},
        {{"simulate"}, "neither scene nor recording"},
        {{"simulate", "office"}, "no such scene"},
        {{"simulate", "home", "--duration", "1w"}, "no span of time"},
        {{"simulate", "home", "--devices", "0"}, "no devices"},
        {{"simulate", "--replay", "/nonexistent.csv"}, "no such file"},
        {{"simulate", "home", "--replay", "x.csv"}, "two things at once"},
        {{"serve", "--listen", "nowhere"}, "no address"},
        {{"serve", "--limit", "speed"}, "a limit without a number"},
        {{"serve", "--store", "paper"}, "no such store"},
        {{"serve", "--config", "/nonexistent.toml"}, "no such file"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.reason);
        CHECK(run_line(row.words) == kUsage);
    }
}

TEST_CASE("help and version are no failures") {
    CHECK(run_line({"--help"}) == kOk);
    CHECK(run_line({"version"}) == kOk);
    for (const char* name : {"serve", "init", "device", "login-code", "post", "watch", "command",
                             "simulate", "describe"}) {
        CAPTURE(name);
        CHECK(run_line({name, "--help"}) == kOk);
    }
}

TEST_CASE("a hub that is not there is told by an exit code of its own, at both doors") {
    for (const char* door : {"rest", "ws"}) {
        CAPTURE(door);
        CHECK(run_line({"post", "lamp-1", "power=1", "--url", kNobody, "--door", door}) ==
              kUnreachable);
        CHECK(run_line({"command", "lamp-1", "set", "--url", kNobody, "--door", door}) ==
              kUnreachable);
    }
    CHECK(run_line({"device", "list", "--url", kNobody}) == kUnreachable);
    CHECK(run_line({"watch", "--url", kNobody}) == kUnreachable);
    CHECK(run_line({"simulate", "home", "--url", kNobody}) == kUnreachable);
}

TEST_CASE("describe writes the contract, and --check tells when a file says something else") {
    const auto folder =
        std::filesystem::temp_directory_path() / ("tandem-describe-" + std::to_string(::getpid()));
    const std::string out = folder.string();
    CHECK(run_line({"describe", "--check", "--out", out.c_str()}) == kRefused);
    REQUIRE(run_line({"describe", "--out", out.c_str()}) == kOk);
    CHECK(run_line({"describe", "--check", "--out", out.c_str()}) == kOk);
    std::ofstream{folder / "errors.json", std::ios::app} << "\n";
    CHECK(run_line({"describe", "--check", "--out", out.c_str()}) == kRefused);
    std::filesystem::remove_all(folder);
}

}  // namespace tandem::cli
