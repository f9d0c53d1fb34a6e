#include "door/setup.h"

#include "api/administration.h"
#include "contract/session.h"
#include "door/answer.h"
#include "door/sign_in.h"

#include <utility>

namespace tandem::door {
namespace {

using ExchangePtr = std::shared_ptr<net::Exchange>;

// The token is taken by now.
Task<Result<void>> make(Doorway doorway, std::string user, std::string password) {
    auto hash = co_await api::hash_of(doorway.world, std::move(password));
    if (!hash) co_return pass(hash);
    co_return co_await doorway.settings.setup->make(UserId{std::move(user)}, std::move(*hash));
}

Task<void> set_up(Doorway doorway, ExchangePtr exchange, contract::SetupCreate request) {
    const std::shared_ptr<Setup> setup = doorway.settings.setup;
    auto made = setup->token.take(request.token, doorway.world.monotonic());
    if (made) {
        made = co_await make(doorway, request.user, std::move(request.password));
        if (!made) setup->token.give_back();
    }
    if (!made) co_return refuse(doorway, exchange, contract::kSetupCreate, made.error());
    const Actor administrator{.kind = PrincipalKind::kUser,
                              .tenant = doorway.settings.owner.tenant,
                              .id = request.user,
                              .credential = {},
                              .scopes = Scopes::all()};
    leave_audit(doorway, *exchange, contract::kSetupCreate, administrator, "ok");
    const contract::SetupView view{
        .user = request.user, .tenant = administrator.tenant.text(), .url = setup->url};
    const contract::Encoding encoding = problem_encoding(exchange->request());
    exchange->respond(reply_answer(
        {.status = 201,
         .body = contract::write_response(*contract::kSetupCreate.response, &view, encoding),
         .encoding = encoding},
        {}));
    setup->done();
}

}  // namespace

bool serve_setup(const Doorway& doorway, const ExchangePtr& exchange) {
    const net::HttpRequest& request = exchange->request();
    if (doorway.settings.setup == nullptr || request.path() != contract::kSetupCreate.path) {
        return false;
    }
    constexpr std::string_view allow = "POST, OPTIONS";
    if (request.method == "OPTIONS") {
        exchange->respond({.status = 204, .headers = {{"allow", std::string{allow}}}});
    } else if (request.method != "POST") {
        exchange->respond(method_refused(request.method, allow, problem_encoding(request)));
    } else {
        contract::SetupCreate asked;
        if (auto good = read_body(*exchange, contract::kSetupCreate, &asked); !good) {
            refuse(doorway, exchange, contract::kSetupCreate, good.error());
        } else {
            spawn(set_up(doorway, exchange, std::move(asked)));
        }
    }
    return true;
}

}  // namespace tandem::door
