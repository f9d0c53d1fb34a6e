#include "base/reader.h"

#include <doctest/doctest.h>

#include <vector>

using namespace tandem;

namespace {

struct Step {
    Token token;
    std::string text = {};
};

/// Gives the steps that it was made with, then fails.
class ListReader final : public Reader {
public:
    explicit ListReader(std::vector<Step> steps) : steps_{std::move(steps)} {}

    Result<Token> next() override {
        if (at_ == steps_.size()) return fail(ErrorCode::kMalformedBody, "no more");
        const Step& step = steps_[at_++];
        token_ = step.token;
        text_ = step.text;
        boolean_ = true;
        integer_ = -7;
        unsigned_ = 1ULL << 63U;
        number_ = 2.5;
        return token_;
    }

private:
    std::vector<Step> steps_;
    std::size_t at_ = 0;
};

/// Writes down how it was called.
class ListWriter final : public Writer {
public:
    void null() override { out_ += "null "; }
    void boolean(bool value) override { out_ += value ? "true " : "false "; }
    void integer(std::int64_t value) override { out_ += "int:" + std::to_string(value) + " "; }
    void unsigned_integer(std::uint64_t value) override {
        out_ += "uint:" + std::to_string(value) + " ";
    }
    void number(double value) override { out_ += "double:" + std::to_string(value) + " "; }
    void text(std::string_view value) override { out_ += "text:" + std::string{value} + " "; }
    void begin_array() override { out_ += "[ "; }
    void end_array() override { out_ += "] "; }
    void begin_object() override { out_ += "{ "; }
    void key(std::string_view key) override { out_ += "key:" + std::string{key} + " "; }
    void end_object() override { out_ += "} "; }
    [[nodiscard]] std::string take() override { return std::exchange(out_, {}); }

private:
    std::string out_;
};

using Array = Value::Array;
using Object = Value::Object;

const std::vector<Step> kSteps{
    {Token::kObjectBegin}, {Token::kKey, "a"},  {Token::kArrayBegin}, {Token::kNull},
    {Token::kBool},        {Token::kInt},       {Token::kUint},       {Token::kDouble},
    {Token::kString, "s"}, {Token::kArrayEnd},  {Token::kKey, "b"},   {Token::kObjectBegin},
    {Token::kObjectEnd},   {Token::kObjectEnd},
};

Value expected() {
    return Object{{"a", Array{nullptr, true, -7, Value{std::uint64_t{1} << 63U}, 2.5, "s"}},
                  {"b", Object{}}};
}

}  // namespace

TEST_CASE("a value is read token by token") {
    SUBCASE("into a tree, standing on its last token afterwards") {
        ListReader reader{kSteps};
        REQUIRE(reader.next());
        const auto value = read_value(reader);
        REQUIRE(value);
        CHECK(*value == expected());
        CHECK(reader.token() == Token::kObjectEnd);
        CHECK_FALSE(reader.next());
    }

    SUBCASE("and a failure anywhere is the reader's own") {
        for (std::size_t kept = 1; kept < kSteps.size(); ++kept) {
            CAPTURE(kept);
            ListReader reader{{kSteps.begin(), kSteps.begin() + static_cast<std::ptrdiff_t>(kept)}};
            REQUIRE(reader.next());
            const auto value = read_value(reader);
            REQUIRE_FALSE(value);
            CHECK(value.error().detail == "no more");
        }
    }

    SUBCASE("and what begins no value is refused") {
        for (const Token token : {Token::kEnd, Token::kKey, Token::kArrayEnd, Token::kObjectEnd}) {
            ListReader reader{{{token}}};
            REQUIRE(reader.next());
            const auto value = read_value(reader);
            REQUIRE_FALSE(value);
            CHECK(value.error().code == ErrorCode::kMalformedBody);
        }
    }
}

TEST_CASE("a value is written token by token, its members in their order") {
    ListWriter writer;
    write_value(writer, expected());
    CHECK(writer.take() ==
          "{ key:a [ null true int:-7 uint:9223372036854775808 double:2.500000 text:s ] "
          "key:b { } } ");
}
