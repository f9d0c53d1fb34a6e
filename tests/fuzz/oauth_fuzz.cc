// Whatever a stranger sends to an OAuth endpoint: a refusal, or a request that says one thing. The
// first line stands for the Authorization field, the rest for the form.
#include "auth/authorize.h"
#include "auth/oauth_request.h"
#include "auth/redirect_uri.h"
#include "base/check.h"
#include "codec/json.h"

#include <cstddef>
#include <cstdint>
#include <string>

using namespace tandem;
using namespace tandem::auth;

namespace {

const App& registered() {
    static const App app{.tenant = TenantId{"main"},
                         .id = AppId{"wall"},
                         .name = {},
                         .redirect_uris = {"https://app.example/done", "http://127.0.0.1/cb",
                                           "com.example.app:/done"},
                         .created = {}};
    return app;
}

void check_fault(const OAuthFault& fault) {
    check(!name_of(fault.error).empty());
    check(codec::parse_json(codec::to_json(body_of(fault))).has_value());
    check(fault.why.size() < 200);  // Nothing that was sent is sent back.
}

void try_client(std::string_view authorization, const Form& form) {
    const auto proof = read_client_proof(authorization, form);
    if (!proof) return check_fault(proof.error());
    check(proof->basic == !authorization.empty());
    check(proof->how != ClientProof::How::kName || proof->proof.empty());
    const auto name = read_client_name(proof->client, TenantId{"main"});
    if (name) check(read_client_name(name->text(), TenantId{"other"})->text() == name->text());
}

void try_authorize(const Form& form) {
    check(!read_authorize(form, nullptr).has_value());
    const auto question = read_authorize(form, &registered());
    const std::string& to = question ? question->redirect_uri : question.error().redirect_uri;
    if (!question) check_fault(question.error().fault);
    if (to.empty()) return check(!question.has_value());
    bool known = false;
    for (const std::string& each : registered().redirect_uris)
        known = known || redirect_matches(each, to);
    check(known);
    const std::string sent = question
                                 ? redirect_with_code(*question, "tac_x", "https://hub.example")
                                 : redirect_with_error(question.error(), "https://hub.example");
    check(sent.starts_with(to));
    for (const char c : sent)
        check(c > ' ' && c < '\x7F');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const std::size_t line = input.find('\n');
    const bool alone = line == std::string_view::npos;
    const auto form = Form::parse(alone ? input : input.substr(line + 1));
    if (!form) {
        check(!form.error().empty());
        return 0;
    }
    check(input.size() - (alone ? 0 : line + 1) <= Form::kBytesMax);
    try_client(alone ? std::string_view{} : input.substr(0, line), *form);
    if (const auto scopes = read_scopes(*form); scopes && *scopes) {
        check(!(*scopes)->has(Scope::kUsersManage));
        check(!(*scopes)->has(Scope::kTenantsManage));
    }
    try_authorize(*form);
    return 0;
}
