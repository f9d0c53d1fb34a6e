#pragma once

#include "api/world.h"
#include "auth/authorize.h"
#include "base/task.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tandem::api {

// What people decide about OAuth in a browser: what an app may do in their name, and which device a
// box becomes. The door makes pages of it.

struct PageCall {
    bool decides = false;       ///< a form was sent: POST
    std::string form;           ///< the query, or the body; still coded
    std::optional<Actor> user;  ///< whose session it is; nobody: they log in first
    std::string address;
    std::string brake;  ///< what the address counts under; empty: this machine, not held up
    std::string base;
};

/// A sentence.
struct PageTold {
    int status = 200;
    std::string title;
    std::string text;
    bool home = false;  ///< with a link to the console
};
struct PageSignIn {};
struct PageRedirect {
    std::string to;
};
/// Whether an app may.
struct PageConsent {
    auth::Question question;
    std::string user;
    /// The request, to be sent again with what they say.
    std::vector<std::pair<std::string, std::string>> parameters;
};
/// The code that the box shows.
struct PageUserCode {
    std::string wrong;  ///< what was wrong with the one before; "" for nothing
    std::string entered;
};
/// Whether the box may.
struct PageDevice {
    std::string user;
    std::string user_code;
    std::string app;      ///< the app's name; "" for a box that becomes a device
    std::string name;     ///< what the box calls itself
    std::string address;  ///< where it asked from
    Scopes scopes;
    bool claims = false;
    std::string wrong;   ///< why it cannot become the device that was entered
    std::string device;  ///< the id that is proposed
};
using Page =
    std::variant<PageTold, PageSignIn, PageRedirect, PageConsent, PageUserCode, PageDevice>;

[[nodiscard]] Task<Page> oauth_authorize(World world, PageCall call);
[[nodiscard]] Task<Page> oauth_device(World world, PageCall call);

}  // namespace tandem::api
