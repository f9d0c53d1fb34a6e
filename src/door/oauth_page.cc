#include "door/oauth_page.h"

#include "codec/xml_text.h"
#include "door/origin.h"

namespace tandem::door {
namespace {

constexpr std::string_view kStyle = R"css(:root { color-scheme: light dark; }
body {
  font: 16px/1.5 system-ui, sans-serif;
  max-width: 32rem;
  margin: 3rem auto;
  padding: 0 1rem;
}
h1 { font-size: 1.4rem; }
dt { font-weight: 600; }
dd { margin: 0 0 0.5rem; overflow-wrap: anywhere; }
input[type="text"] { font: inherit; padding: 0.4rem; width: 100%; box-sizing: border-box; }
button, a.button { font: inherit; padding: 0.5rem 1.2rem; margin: 0.5rem 0.5rem 0 0; }
.wrong { border-left: 4px solid #c33; padding-left: 0.75rem; }
)css";

// Every attribute here is in double quotes.
std::string escaped(std::string_view text) {
    std::string out;
    codec::append_xml_text(out, text);
    return out;
}

std::string hidden(std::string_view name, std::string_view value) {
    return "<input type=\"hidden\" name=\"" + escaped(name) + "\" value=\"" + escaped(value) +
           "\">\n";
}

std::string list_of(const Scopes& scopes) {
    std::string out = "<ul>\n";
    std::string rest = scopes.text();
    while (!rest.empty()) {
        const std::size_t space = rest.find(' ');
        out += "<li><code>" + escaped(rest.substr(0, space)) + "</code></li>\n";
        rest = space == std::string::npos ? std::string{} : rest.substr(space + 1);
    }
    return out + "</ul>\n";
}

constexpr std::string_view kDecisions =
    "<button name=\"decision\" value=\"allow\">Allow</button>\n"
    "<button name=\"decision\" value=\"deny\">Refuse</button>\n";

std::string form_to(std::string_view path, const std::string& inside) {
    return "<form method=\"post\" action=\"" + escaped(path) + "\">\n" + inside + "</form>\n";
}

/// A page: its title, and what stands below it.
struct Content {
    std::string title;
    std::string body;
    int status = 200;
};

Content content_of(const api::PageTold& told, std::string_view /*path*/) {
    std::string body = "<p>" + escaped(told.text) + "</p>\n";
    if (told.home) body += "<p><a class=\"button\" href=\"/\">To the console</a></p>\n";
    return {.title = told.title, .body = std::move(body), .status = told.status};
}

Content content_of(const api::PageConsent& consent, std::string_view path) {
    const App& app = consent.question.app;
    const std::string name = escaped(app.name.empty() ? app.id.text() : app.name);
    std::string inside;
    for (const auto& [field, value] : consent.parameters)
        inside += hidden(field, value);
    inside += kDecisions;
    return {.title = "May " + (app.name.empty() ? app.id.text() : app.name) + " do this?",
            .body = "<p>You are <strong>" + escaped(consent.user) + "</strong>. The app <strong>" +
                    name + "</strong> (<code>" + escaped(app.id.text()) +
                    "</code>) asks to do this in your name, as far as you may yourself:</p>\n" +
                    list_of(consent.question.scopes) + "<p>You are then sent to <code>" +
                    escaped(consent.question.redirect_uri) + "</code></p>\n" +
                    form_to(path, inside)};
}

Content content_of(const api::PageUserCode& asked, std::string_view path) {
    std::string body;
    if (!asked.wrong.empty()) body += "<p class=\"wrong\">" + escaped(asked.wrong) + "</p>\n";
    body +=
        "<p>Enter the code that the device shows. Has somebody sent it to you? Then do not: "
        "you would let their device in.</p>\n";
    body += form_to(path,
                    "<p><label>Code <input type=\"text\" name=\"user_code\" autocomplete=\"off\" "
                    "maxlength=\"20\" required value=\"" +
                        escaped(asked.entered) + "\"></label></p>\n<button>Go on</button>\n");
    return {.title = "Let a device in", .body = body};
}

Content content_of(const api::PageDevice& asked, std::string_view path) {
    std::string body;
    if (!asked.wrong.empty()) body += "<p class=\"wrong\">" + escaped(asked.wrong) + "</p>\n";
    body +=
        "<p>You are <strong>" + escaped(asked.user) + "</strong>. This asks to be let in:</p>\n";
    body += "<dl><dt>It calls itself</dt><dd>" +
            (asked.name.empty() ? std::string{"nothing"} : escaped(asked.name)) +
            "</dd><dt>It asks from</dt><dd><code>" + escaped(asked.address) + "</code></dd>";
    std::string inside = hidden("user_code", asked.user_code);
    if (asked.claims) {
        body += "</dl>\n<p>It becomes a device of this hub and gets a key of its own.</p>\n";
        inside +=
            "<p><label>Id of the device <input type=\"text\" name=\"device\" "
            "maxlength=\"64\" autocomplete=\"off\" value=\"" +
            escaped(asked.device) + "\"></label></p>\n";
    } else {
        body += "<dt>With the app</dt><dd>" + escaped(asked.app) +
                "</dd></dl>\n<p>In your name, as far as you may yourself:</p>\n" +
                list_of(asked.scopes);
    }
    inside += kDecisions;
    return {.title = "May it?", .body = body + form_to(path, inside)};
}

Content sign_in(const net::HttpRequest& request) {
    const std::string here = escaped(request.target);
    return {.title = "Log in first",
            .body =
                "<p>Log in to the console in another tab, then go on here.</p>\n"
                "<p><a class=\"button\" href=\"/\" target=\"_blank\" rel=\"noopener\">Log in"
                "</a> <a class=\"button\" href=\"" +
                here + "\">Go on</a></p>\n",
            .status = 401};
}

// A page that another site has sent the browser to comes without the session's cookie, which is
// SameSite=Strict. Loaded again by itself it has it.
std::string reload_of(const net::HttpRequest& request) {
    const std::string* from = net::find_header(request.headers, "sec-fetch-site");
    const bool elsewhere = from != nullptr && *from == "cross-site";
    if (!elsewhere || request.method != "GET") return {};
    return "<meta http-equiv=\"refresh\" content=\"0; url=" + escaped(request.target) + "\">\n";
}

// Where the form may lead: a browser holds redirects of what it sends against it too.
std::string destinations(const api::Page& page) {
    const auto* consent = std::get_if<api::PageConsent>(&page);
    if (consent == nullptr) return "'self'";
    const std::string& uri = consent->question.redirect_uri;
    const std::size_t colon = uri.find(':');
    if (uri.substr(colon, 3) != "://") return "'self' " + uri.substr(0, colon + 1);
    const std::size_t end = uri.find_first_of("/?", colon + 3);
    return "'self' " + uri.substr(0, end);
}

net::Headers page_headers(const std::string& forms) {
    return {{"content-type", "text/html; charset=utf-8"},
            {"cache-control", "no-store"},
            {"content-security-policy",
             "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
             "form-action " +
                 forms},
            {"cross-origin-opener-policy", "same-origin"},
            // Not "no-referrer": a form's Origin would be null then.
            {"referrer-policy", "same-origin"},
            {"x-content-type-options", "nosniff"},
            {"x-frame-options", "DENY"}};
}

}  // namespace

net::HttpResponse page_answer(const api::Page& page,
                              std::string_view path,
                              const net::HttpRequest& request) {
    if (const auto* redirect = std::get_if<api::PageRedirect>(&page)) {
        // 303: what was sent here is not sent there, RFC 9700 section 4.12.
        return {.status = 303,
                .headers = {{"location", redirect->to},
                            {"cache-control", "no-store"},
                            {"referrer-policy", "no-referrer"}}};
    }
    std::string head;
    Content content;
    if (const auto* told = std::get_if<api::PageTold>(&page)) {
        content = content_of(*told, path);
    } else if (const auto* consent = std::get_if<api::PageConsent>(&page)) {
        content = content_of(*consent, path);
    } else if (const auto* code = std::get_if<api::PageUserCode>(&page)) {
        content = content_of(*code, path);
    } else if (const auto* device = std::get_if<api::PageDevice>(&page)) {
        content = content_of(*device, path);
    } else {
        content = sign_in(request);
        head = reload_of(request);
    }
    const std::string title = escaped(content.title);
    return {.status = content.status,
            .headers = page_headers(destinations(page)),
            .body =
                "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width\">\n<title>" +
                title + "</title>\n<link rel=\"stylesheet\" href=\"" + std::string{kStylePath} +
                "\">\n" + head + "</head>\n<body>\n<main>\n<h1>" + title + "</h1>\n" +
                content.body + "</main>\n</body>\n</html>\n"};
}

net::HttpResponse style_answer() {
    return {.status = 200,
            .headers = {{"content-type", "text/css; charset=utf-8"},
                        {"cache-control", "max-age=3600"},
                        {"x-content-type-options", "nosniff"}},
            .body = std::string{kStyle}};
}

}  // namespace tandem::door
