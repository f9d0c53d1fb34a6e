#include "cli/administrator.h"

#include "client/problem.h"
#include "client/wire.h"
#include "codec/json.h"

namespace tandem::cli {

void add_administrator_options(Subcommand sub, AdministratorOptions& options) {
    sub.option("--data", options.data,
               "The data directory of the hub, running or not, instead of --url and --key")
        .from_environment("TANDEM_DATA");
    add_hub_options(sub, options.hub);
}

Result<client::Reply> ask(const AdministratorOptions& options, const client::Call& call) {
    if (options.data.empty()) {
        auto access = access_of(options.hub);
        if (!access) return pass(access);
        return ask_once(*access, "rest", call);
    }
    auto request = client::http_request(call, contract::Encoding::kJson);
    if (!request) return pass(request);
    auto reply = node::ask_locally(
        options.data,
        {.method = request->method, .target = request->target, .body = request->body});
    if (!reply) return pass(reply);
    return read_reply(*reply);
}

Result<client::Reply> read_reply(const node::LocalReply& reply) {
    Value body;
    if (!reply.body.empty()) {
        auto read = client::decode(contract::Encoding::kJson, reply.body);
        if (!read) return pass(read);
        body = *std::move(read);
    }
    if (reply.status < 200 || reply.status > 299) {
        return std::unexpected(client::read_problem(body, reply.status));
    }
    return client::Reply{.status = reply.status, .headers = {}, .body = std::move(body)};
}

Result<Value> ask_locally(const std::string& data,
                          const std::string& method,
                          const std::string& target) {
    auto reply = node::ask_locally(
        data, {.method = method, .target = target, .body = {}, .of_running = true});
    if (!reply) return pass(reply);
    auto read = read_reply(*reply);
    if (!read) return pass(read);
    return std::move(read->body);
}

}  // namespace tandem::cli
