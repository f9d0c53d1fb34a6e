#include "auth/redirect_uri.h"

#include <doctest/doctest.h>

#include <string>

using namespace tandem::auth;

TEST_CASE("a client may register https, this machine, and a scheme of its own") {
    for (const std::string_view uri :
         {"https://app.example/done", "https://app.example", "https://app.example:8443/a?b=c&d=%20",
          "http://127.0.0.1/done", "http://127.0.0.1:8000/done", "http://[::1]/done",
          "http://[::1]:9/done", "http://localhost:3000/done", "com.example.app:/done",
          "https://a-b.example/~u/(x)!$"}) {
        CAPTURE(uri);
        CHECK(is_redirect_uri(uri));
        CHECK(redirect_matches(uri, uri));
    }
    CHECK(is_redirect_uri("https://a.example/" + std::string(kRedirectBytesMax - 18, 'x')));
    CHECK_FALSE(is_redirect_uri("https://a.example/" + std::string(kRedirectBytesMax - 17, 'x')));
}

TEST_CASE("what could send a code elsewhere may not be registered") {
    for (const std::string_view uri : {"",
                                       "/done",
                                       "app.example/done",
                                       "//app.example/done",
                                       "http://app.example/done",
                                       "http://127.0.0.1.evil.example/",
                                       "http://127.0.0.2/",
                                       "http://0.0.0.0/",
                                       "http://[::]/",
                                       "https://user@app.example/",
                                       "https://user:password@app.example/",
                                       "https://app.example@evil.example/",
                                       "https://app.example/#part",
                                       "https://*.example/",
                                       "https://app.example/*",
                                       "https://app.example\\@evil.example/",
                                       "https:///done",
                                       "https:/done",
                                       "https:done",
                                       "https://",
                                       "https://app.example:/",
                                       "https://app.example:0/",
                                       "https://app.example:65536/",
                                       "https://app.example:080/",
                                       "https://app.example:8x/",
                                       "https://app.example:443:443/",
                                       "https://app.example/ done",
                                       "https://app.example/\ndone",
                                       "https://\xC3\xA4pp.example/",
                                       "HTTPS://app.example/",
                                       "javascript:alert(1)",
                                       "data:text/html,x",
                                       "file:///etc/passwd",
                                       "myapp:/done",
                                       "com.example.app://host/done",
                                       "com.example.app:done",
                                       ".example:/done",
                                       "1.example:/done",
                                       "https://.example/",
                                       "https://[::2]/",
                                       "https://[::1/",
                                       "https://%61pp.example/"}) {
        CAPTURE(uri);
        CHECK_FALSE(is_redirect_uri(uri));
        CHECK_FALSE(redirect_matches(uri, uri));
    }
}

TEST_CASE("a redirect URI is the registered one, character by character") {
    constexpr std::string_view kRegistered = "https://app.example/done?a=b";
    CHECK(redirect_matches(kRegistered, kRegistered));
    for (const std::string_view asked :
         {"", "https://app.example/done", "https://app.example/done?a=b&c=d",
          "https://app.example/done?a=b#x", "https://app.example/Done?a=b",
          "https://app.example/x/../done?a=b", "https://app.example/done/?a=b",
          "https://app.example:443/done?a=b", "https://APP.example/done?a=b",
          "http://app.example/done?a=b", "https://app.example/%64one?a=b",
          "https://app.example.evil.example/done?a=b", "https://evil.example/done?a=b",
          "https://app.example@evil.example/done?a=b", " https://app.example/done?a=b"}) {
        CAPTURE(asked);
        CHECK_FALSE(redirect_matches(kRegistered, asked));
    }
}

TEST_CASE("on the loopback address any port will do, and nothing else may differ") {
    struct Row {
        std::string_view registered;
        std::string_view asked;
        bool matches;
    };
    for (const Row& row : {
             Row{"http://127.0.0.1/done", "http://127.0.0.1:51004/done", true},
             Row{"http://127.0.0.1:1/done", "http://127.0.0.1:65535/done", true},
             Row{"http://127.0.0.1:8000/done", "http://127.0.0.1/done", true},
             Row{"http://[::1]/done?a=b", "http://[::1]:51004/done?a=b", true},
             Row{"http://127.0.0.1", "http://127.0.0.1:51004", true},
             Row{"http://127.0.0.1/done", "http://[::1]:51004/done", false},
             Row{"http://127.0.0.1/done", "http://127.0.0.1:51004/other", false},
             Row{"http://127.0.0.1/done", "http://127.0.0.1:51004/done?x", false},
             Row{"http://127.0.0.1/done", "http://127.0.0.1:51004/done#x", false},
             Row{"http://127.0.0.1/done", "http://127.0.0.1:0/done", false},
             Row{"http://127.0.0.1/done", "http://127.0.0.1:65536/done", false},
             Row{"http://127.0.0.1/done", "http://127.0.0.1:/done", false},
             Row{"http://127.0.0.1/done", "http://127.0.0.1:80@evil.example/done", false},
             Row{"http://127.0.0.1/done", "http://127.0.0.1.evil.example/done", false},
             Row{"http://127.0.0.1/done", "http://127.0.0.10/done", false},
             Row{"http://127.0.0.1/done", "https://127.0.0.1:51004/done", false},
             Row{"https://127.0.0.1/done", "https://127.0.0.1:51004/done", false},
             Row{"http://localhost/done", "http://localhost:51004/done", false},
             Row{"https://app.example/done", "https://app.example:51004/done", false},
         }) {
        CAPTURE(row.registered);
        CAPTURE(row.asked);
        CHECK(redirect_matches(row.registered, row.asked) == row.matches);
    }
}
