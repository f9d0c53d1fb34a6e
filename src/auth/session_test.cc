#include "auth/session.h"

#include <doctest/doctest.h>

#include <set>

using namespace tandem;
using namespace tandem::auth;

namespace {

Monotonic at(Duration since_start) {
    return Monotonic{since_start};
}

Actor user(std::string name = "admin") {
    return {.kind = PrincipalKind::kUser,
            .tenant = TenantId{"home"},
            .id = std::move(name),
            .credential = {},
            .scopes = Scopes::all()};
}

struct Fixture {
    SeededRandom random{1};
    Sessions sessions{random};
};

}  // namespace

TEST_CASE("a session stands for who began it, under an id that is no secret") {
    Fixture fixture;
    Sessions& sessions = fixture.sessions;
    const std::string cookie = sessions.begin(user(), at(0s));
    CHECK(cookie.size() == 43);
    const auto actor = sessions.find(cookie, at(1s));
    REQUIRE(actor.has_value());
    CHECK(actor->id == "admin");
    CHECK(actor->scopes == Scopes::all());
    CHECK(actor->credential.starts_with("session-"));
    CHECK(actor->credential.find(cookie) == std::string::npos);
    CHECK(sessions.alive(actor->credential, at(1s)));
    CHECK(sessions.left(actor->credential, at(1s)) == Sessions::kLife - 1s);
    for (const char* none : {"", "session-", "k7f3", "session-00000000000000000000000000000000"}) {
        CAPTURE(none);
        CHECK_FALSE(sessions.alive(none, at(1s)));
        CHECK_FALSE(sessions.left(none, at(1s)).has_value());
    }
    CHECK_FALSE(sessions.find(actor->credential, at(1s)).has_value());
}

TEST_CASE("every session has its own cookie and id") {
    Fixture fixture;
    std::set<std::string> seen;
    for (int count = 0; count < 100; ++count) {
        const std::string cookie = fixture.sessions.begin(user(), at(0s));
        CHECK(seen.insert(cookie).second);
        CHECK(seen.insert(fixture.sessions.find(cookie, at(0s))->credential).second);
    }
}

TEST_CASE("what is no cookie is refused") {
    Fixture fixture;
    const std::string cookie = fixture.sessions.begin(user(), at(0s));
    for (const std::string& wrong :
         {std::string{}, cookie + "A", cookie.substr(1), std::string(43, 'A')}) {
        CAPTURE(wrong);
        const auto actor = fixture.sessions.find(wrong, at(0s));
        REQUIRE_FALSE(actor.has_value());
        CHECK(actor.error().code == ErrorCode::kUnauthenticated);
    }
}

TEST_CASE("a session ends 30 minutes after it was last used") {
    Fixture fixture;
    const std::string cookie = fixture.sessions.begin(user(), at(0s));
    CHECK(fixture.sessions.find(cookie, at(30min)).has_value());
    CHECK(fixture.sessions.find(cookie, at(60min)).has_value());
    CHECK_FALSE(fixture.sessions.find(cookie, at(90min + 1us)).has_value());
}

TEST_CASE("a live socket keeps its session from idling out") {
    Fixture fixture;
    const std::string cookie = fixture.sessions.begin(user(), at(0s));
    const std::string id = fixture.sessions.find(cookie, at(0s))->credential;
    for (Duration now = 0s; now <= 5h; now += 25min)
        CHECK(fixture.sessions.alive(id, at(now)));
    CHECK(fixture.sessions.find(cookie, at(5h)).has_value());
}

TEST_CASE("no use keeps a session for longer than 12 hours") {
    Fixture fixture;
    const std::string cookie = fixture.sessions.begin(user(), at(0s));
    const std::string id = fixture.sessions.find(cookie, at(0s))->credential;
    for (Duration now = 0s; now <= 12h; now += 20min)
        REQUIRE(fixture.sessions.find(cookie, at(now)).has_value());
    CHECK(fixture.sessions.alive(id, at(12h)));
    CHECK_FALSE(fixture.sessions.alive(id, at(12h + 1us)));
    CHECK_FALSE(fixture.sessions.find(cookie, at(12h + 1us)).has_value());
}

TEST_CASE("a session that is ended is refused from then on") {
    Fixture fixture;
    Sessions& sessions = fixture.sessions;
    const std::string cookie = sessions.begin(user(), at(0s));
    const std::string other = sessions.begin(user(), at(0s));
    const std::string id = sessions.find(cookie, at(0s))->credential;
    const auto ended = sessions.end(cookie);
    REQUIRE(ended.has_value());
    CHECK(ended->id == "admin");
    CHECK(ended->credential == id);
    CHECK_FALSE(sessions.find(cookie, at(0s)).has_value());
    CHECK_FALSE(sessions.alive(id, at(0s)));
    CHECK(sessions.find(other, at(0s)).has_value());
    CHECK_FALSE(sessions.end(cookie).has_value());
    CHECK_FALSE(sessions.end("").has_value());
}

TEST_CASE("at the limit of sessions the one unused for longest ends") {
    Fixture fixture;
    Sessions& sessions = fixture.sessions;
    const std::string first = sessions.begin(user("first"), at(0s));
    const std::string second = sessions.begin(user("second"), at(1s));
    for (std::size_t count = 2; count < Sessions::kMax; ++count)
        (void)sessions.begin(user(), at(2s));
    REQUIRE(sessions.find(first, at(3s)).has_value());
    const std::string more = sessions.begin(user("more"), at(4s));
    CHECK(sessions.find(first, at(4s)).has_value());
    CHECK(sessions.find(more, at(4s)).has_value());
    CHECK_FALSE(sessions.find(second, at(4s)).has_value());
}

TEST_CASE("a ticket opens one socket of its session") {
    Fixture fixture;
    Sessions& sessions = fixture.sessions;
    Actor actor = user();
    actor.credential = "session-x";
    const auto ticket = sessions.make_ticket(actor, "https://hub", at(0s));
    CHECK(ticket.life == 30s);
    const auto redeemed = sessions.redeem_ticket(ticket.text, "https://hub", at(1s));
    REQUIRE(redeemed.has_value());
    CHECK(redeemed->credential == "session-x");
    const auto again = sessions.redeem_ticket(ticket.text, "https://hub", at(1s));
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error().code == ErrorCode::kUnauthenticated);
}

TEST_CASE("a ticket works for 30 seconds, from the page that asked") {
    struct Row {
        std::string_view made_for;
        std::string_view used_by;
        Duration after;
        bool good;
        std::string_view why;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"https://hub", "https://hub", 0s, true, "at once"},
             {"https://hub", "https://hub", 30s, true, "at the last moment"},
             {"https://hub", "https://hub", 30s + 1us, false, "too late"},
             {"https://hub", "https://evil", 1s, false, "another page"},
             {"https://hub", "http://hub", 1s, false, "another scheme"},
             {"https://hub", "", 1s, false, "no page"},
             {"", "", 1s, true, "a program for itself"},
             {"", "https://hub", 1s, false, "a page with a program's ticket"}}) {
        CAPTURE(row.why);
        Fixture fixture;
        const auto ticket =
            fixture.sessions.make_ticket(user(), std::string{row.made_for}, at(100s));
        const auto actor =
            fixture.sessions.redeem_ticket(ticket.text, row.used_by, at(100s + row.after));
        CHECK(actor.has_value() == row.good);
    }
}

TEST_CASE("a ticket that was tried from the wrong page is spent") {
    Fixture fixture;
    const auto ticket = fixture.sessions.make_ticket(user(), "https://hub", at(0s));
    CHECK_FALSE(fixture.sessions.redeem_ticket(ticket.text, "https://evil", at(1s)).has_value());
    CHECK_FALSE(fixture.sessions.redeem_ticket(ticket.text, "https://hub", at(1s)).has_value());
}

TEST_CASE("a code begins one session within 10 minutes") {
    Fixture fixture;
    Sessions& sessions = fixture.sessions;
    const std::string code = sessions.make_code(user(), at(0s));
    CHECK(sessions.redeem_code(code, at(10min))->id == "admin");
    const auto again = sessions.redeem_code(code, at(10min));
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error().code == ErrorCode::kUnauthenticated);
    const std::string late = sessions.make_code(user(), at(0s));
    CHECK_FALSE(sessions.redeem_code(late, at(10min + 1us)).has_value());
    CHECK_FALSE(sessions.redeem_code(late, at(0s)).has_value());
    CHECK_FALSE(sessions.redeem_code("", at(0s)).has_value());
}

TEST_CASE("tickets, codes and cookies are not taken for each other") {
    Fixture fixture;
    Sessions& sessions = fixture.sessions;
    const std::string cookie = sessions.begin(user(), at(0s));
    const std::string code = sessions.make_code(user(), at(0s));
    const std::string ticket = sessions.make_ticket(user(), "", at(0s)).text;
    CHECK_FALSE(sessions.find(code, at(0s)).has_value());
    CHECK_FALSE(sessions.find(ticket, at(0s)).has_value());
    CHECK_FALSE(sessions.redeem_code(cookie, at(0s)).has_value());
    CHECK_FALSE(sessions.redeem_code(ticket, at(0s)).has_value());
    CHECK_FALSE(sessions.redeem_ticket(cookie, "", at(0s)).has_value());
    CHECK_FALSE(sessions.redeem_ticket(code, "", at(0s)).has_value());
    CHECK(sessions.find(cookie, at(0s)).has_value());
    CHECK(sessions.redeem_code(code, at(0s)).has_value());
    CHECK(sessions.redeem_ticket(ticket, "", at(0s)).has_value());
}

TEST_CASE("all that is a principal's ends together, and nobody else's") {
    Fixture fixture;
    Sessions& sessions = fixture.sessions;
    std::vector<std::string> ended;
    sessions.listen([&](const std::string& session) { ended.push_back(session); });
    const std::string first = sessions.begin(user("anna"), at(0s));
    const std::string second = sessions.begin(user("anna"), at(0s));
    const std::string other = sessions.begin(user("bert"), at(0s));
    const Actor anna = *sessions.find(first, at(0s));
    const auto ticket = sessions.make_ticket(anna, "", at(0s));
    const std::string code = sessions.make_code(user("anna"), at(0s));
    sessions.end_principal(
        {.kind = PrincipalKind::kUser, .tenant = TenantId{"home"}, .id = "anna"});
    CHECK(ended.size() == 2);
    CHECK(!sessions.find(first, at(1s)));
    CHECK(!sessions.find(second, at(1s)));
    CHECK(!sessions.redeem_ticket(ticket.text, "", at(1s)));
    CHECK(!sessions.redeem_code(code, at(1s)));
    CHECK(sessions.find(other, at(1s)).has_value());
}
