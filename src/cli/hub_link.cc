#include "cli/hub_link.h"

#include "net/client.h"

namespace tandem::cli {
namespace {

client::Connect way_to(net::Loop& loop,
                       const client::Access& access,
                       const std::filesystem::path& data) {
    if (data.empty()) return client::connect_to(loop, access);
    return [&loop, socket = data / "admin.sock"](std::unique_ptr<net::Protocol> protocol) {
        return net::connect_local(loop, socket, std::move(protocol));
    };
}

}  // namespace

void add_link_options(Subcommand sub, AdministratorOptions& options) {
    sub.option("--data", options.data,
               "The data directory of a hub that runs, instead of --url and --key")
        .from_environment("TANDEM_DATA");
    add_access_options(sub, options.hub);
}

HubLink::HubLink(const client::Access& access, const std::filesystem::path& data)
    : client_{loop_, access, way_to(loop_, access, data)} {}

Result<std::unique_ptr<HubLink>> HubLink::open(const AdministratorOptions& options) {
    if (options.data.empty()) {
        auto access = access_of(options.hub);
        if (!access) return pass(access);
        return std::unique_ptr<HubLink>{new HubLink{*access, {}}};
    }
    if (auto there = ask_locally(options.data, "GET", "/v1/me"); !there) return pass(there);
    const client::Access access{
        .url = {.tls = false, .host = "localhost", .port = 80}, .key = {}, .tls = {}};
    return std::unique_ptr<HubLink>{new HubLink{access, options.data}};
}

}  // namespace tandem::cli
