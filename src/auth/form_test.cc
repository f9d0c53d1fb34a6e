#include "auth/form.h"

#include <doctest/doctest.h>

#include <string>

using namespace tandem::auth;

TEST_CASE("a form is read with its coding undone") {
    const auto form =
        Form::parse("grant_type=client_credentials&scope=telemetry%3Aread+self:read&&x");
    REQUIRE(form);
    CHECK(form->get("grant_type") == "client_credentials");
    CHECK(form->get("scope") == "telemetry:read self:read");
    CHECK(!form->has("x"));
    CHECK(!form->has("client_id"));
    CHECK(form->get("client_id").empty());
}

TEST_CASE(
    "a parameter that comes twice is refused, whatever it is called and however it is coded") {
    for (const char* text : {"a=1&a=1", "a=1&a=2", "a=&a=1", "a=1&%61=2", "a=1&b=2&a"}) {
        CAPTURE(text);
        CHECK(Form::parse(text).error() == "a parameter comes twice");
    }
}

TEST_CASE("what cannot be decoded is refused") {
    for (const char* text : {"a=%", "a=%4", "a=%GG", "%ff=1", "a=%00", "a=%C3%28"}) {
        CAPTURE(text);
        CHECK(!Form::parse(text));
    }
}

TEST_CASE("a form is bounded, and what is at the bound is read") {
    std::string most;
    for (std::size_t at = 0; at < Form::kParametersMax; ++at)
        most += "p" + std::to_string(at) + "=1&";
    CHECK(Form::parse(most));
    CHECK(!Form::parse(most + "one_more=1"));
    const std::string name = "a=";
    CHECK(Form::parse(name + std::string(Form::kBytesMax - name.size(), 'x')));
    CHECK(!Form::parse(name + std::string(Form::kBytesMax - name.size() + 1, 'x')));
}
