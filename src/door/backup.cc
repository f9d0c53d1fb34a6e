#include "door/backup.h"

#include "api/audit.h"
#include "api/dispatch.h"
#include "base/checked.h"
#include "base/log.h"
#include "door/answer.h"

#include <optional>

namespace tandem::door {
namespace {

using ExchangePtr = std::shared_ptr<net::Exchange>;
using Piece = Result<std::optional<std::string>>;

void leave_audit(const Doorway& doorway, const net::Exchange& exchange, std::string result) {
    const Actor& owner = doorway.settings.owner;
    const bool local = doorway.settings.local;
    api::audit(doorway.world, {.time = doorway.world.now(),
                               .tenant = owner.tenant,
                               .actor = local ? "user:" + owner.id : "anonymous",
                               .credential = local ? owner.credential : "",
                               .address = exchange.peer().address,
                               .door = Door::kRest,
                               .action = "backups.create",
                               .resource = {},
                               .result = std::move(result)});
}

void refuse(const ExchangePtr& exchange, const Error& error) {
    exchange->respond(problem_answer(error, problem_encoding(exchange->request())));
}

Error busy() {
    return fail(ErrorCode::kUnavailable, "backups are being made: try again later").error();
}

// What `work` gives, on the thread that backups are made on. `work` is named first: see aside().
template <typename T, typename F>
Task<Result<T>> on_archivist(Doorway doorway, F work) {
    auto done =
        co_await doorway.settings.archivist->run(&doorway.world.executor(), std::move(work));
    if (!done) co_return std::unexpected(busy());
    co_return std::move(*done);
}

// An exchange that is let go before its end resets the connection: a part is not taken for all.
Task<void> send(Doorway doorway, ExchangePtr exchange, std::shared_ptr<BackupSource> source) {
    exchange->begin(
        {.status = 200,
         .headers = {{"content-type", "application/x-tar"}, {"cache-control", "no-store"}}});
    while (!exchange->gone()) {
        auto next = [source]() -> Piece { return source->next(); };
        auto piece = co_await on_archivist<std::optional<std::string>>(doorway, std::move(next));
        if (!piece) {
            log(LogLevel::kWarning, "backup_cut", {{"why", piece.error().detail}});
            co_return;
        }
        if (!*piece) {
            log(LogLevel::kInfo, "backup_sent");
            co_return exchange->end();
        }
        const std::string& bytes = checked(*piece);
        if (!bytes.empty()) exchange->write(bytes);
        if (!exchange->has_room()) co_await room(exchange);
    }
}

Task<void> back_up(Doorway doorway, ExchangePtr exchange) {
    using Source = std::shared_ptr<BackupSource>;
    auto begin = [begin_backup = doorway.settings.begin_backup]() -> Result<Source> {
        auto begun = begin_backup();
        if (!begun) return pass(begun);
        return Source{std::move(*begun)};
    };
    auto source = co_await on_archivist<Source>(doorway, std::move(begin));
    if (!source) co_return refuse(exchange, source.error());
    leave_audit(doorway, *exchange, "ok");
    co_await send(doorway, exchange, *source);
}

}  // namespace

bool serve_backup(const Doorway& doorway, const ExchangePtr& exchange) {
    const net::HttpRequest& request = exchange->request();
    constexpr std::string_view allow = "POST, OPTIONS";
    if (request.path() != kBackupPath) return false;
    if (request.method == "OPTIONS") {
        exchange->respond({.status = 204, .headers = {{"allow", std::string{allow}}}});
    } else if (request.method != "POST") {
        exchange->respond(method_refused(request.method, allow, problem_encoding(request)));
    } else if (!doorway.settings.local) {
        leave_audit(doorway, *exchange, "forbidden");
        refuse(exchange,
               fail(ErrorCode::kForbidden,
                    "backups are made on the hub's machine: tandem backup FILE --data DIR")
                   .error());
    } else if (!doorway.settings.begin_backup || doorway.settings.archivist == nullptr) {
        refuse(exchange, fail(ErrorCode::kNotImplemented, "this hub makes no backups").error());
    } else {
        spawn(back_up(doorway, exchange));
    }
    return true;
}

}  // namespace tandem::door
