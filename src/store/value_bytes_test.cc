#include "store/value_bytes.h"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

using namespace tandem;
using namespace tandem::store;

namespace {

std::string bytes(std::initializer_list<unsigned> list) {
    std::string out;
    for (const unsigned byte : list)
        out += static_cast<char>(byte);
    return out;
}

}  // namespace

TEST_CASE("a document as bytes") {
    SUBCASE("every value comes back as it was") {
        const std::vector<Value> rows{
            nullptr,
            true,
            false,
            0,
            23,
            24,
            255,
            256,
            65'535,
            65'536,
            4'294'967'295,
            4'294'967'296,
            -1,
            -24,
            -25,
            std::numeric_limits<std::int64_t>::min(),
            std::numeric_limits<std::int64_t>::max(),
            std::uint64_t{1} << 63U,
            std::numeric_limits<std::uint64_t>::max(),
            0.0,
            -0.0,
            1.0,
            0.1,
            std::numeric_limits<double>::denorm_min(),
            std::numeric_limits<double>::max(),
            "",
            std::string("a\0b", 3),
            std::string(70'000, 'x'),
            Value::Array{},
            Value::Object{},
            Value::Array{1, Value::Object{{"", nullptr}, {"b", Value::Array{true}}}},
        };
        for (std::size_t row = 0; row < rows.size(); ++row) {
            CAPTURE(row);
            const auto back = from_bytes(to_bytes(rows[row]));
            REQUIRE(back);
            CHECK(*back == rows[row]);
        }
    }
    SUBCASE("the bytes are those of RFC 8949, appendix A") {
        CHECK(to_bytes(Value{10}) == bytes({0x0A}));
        CHECK(to_bytes(Value{1'000}) == bytes({0x19, 0x03, 0xE8}));
        CHECK(to_bytes(Value{-1'000}) == bytes({0x39, 0x03, 0xE7}));
        CHECK(to_bytes(Value{1.1}) ==
              bytes({0xFB, 0x3F, 0xF1, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9A}));
        CHECK(to_bytes(Value{Value::Object{{"a", 1}, {"b", Value::Array{2, 3}}}}) ==
              bytes({0xA2, 0x61, 0x61, 0x01, 0x61, 0x62, 0x82, 0x02, 0x03}));
    }
    SUBCASE("what only a damaged file holds is refused") {
        struct Row {
            std::string text;
            std::string why;
        };
        const std::vector<Row> rows{
            {"", "nothing"},
            {bytes({0x18}), "an integer without its byte"},
            {bytes({0x1B, 0, 0, 0}), "an integer that is cut off"},
            {bytes({0x1C}), "a length that does not exist"},
            {bytes({0x3B, 128, 0, 0, 0, 0, 0, 0, 0}), "an integer below -2^63"},
            {bytes({0x62, 0x61}), "a text that is cut off"},
            {bytes({0x7B, 255, 255, 255, 255, 255, 255, 255, 255}), "a text longer than memory"},
            {bytes({0x9B, 255, 255, 255, 255, 255, 255, 255, 255}), "an array longer than memory"},
            {bytes({0x82, 0x01}), "an array that misses an item"},
            {bytes({0xA1, 0x61, 0x61}), "an object that misses a value"},
            {bytes({0xA1, 0x01, 0x01}), "a key that is no text"},
            {bytes({0x40}), "a byte string"},
            {bytes({0xC0, 0x01}), "a tag"},
            {bytes({0xF7}), "undefined"},
            {bytes({0xF9, 0x3C, 0x00}), "a half float"},
            {bytes({0x01, 0x01}), "a second value"},
            {std::string(10'000, static_cast<char>(0x81)), "arrays without end"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            const auto refused = from_bytes(row.text);
            REQUIRE(!refused);
            CHECK(refused.error().code == ErrorCode::kStorageFailed);
        }
    }
    SUBCASE("labels and times come back, and other documents are refused as such") {
        const Labels labels{{"room", "kitchen"}, {"", ""}};
        CHECK(*labels_from_bytes(to_bytes(labels)) == labels);
        const ChangeTimes times{{"level", Instant{Duration{-1}}}, {"mode", Instant{Duration{5}}}};
        CHECK(*change_times_from_bytes(to_bytes(times)) == times);
        CHECK(!labels_from_bytes(to_bytes(Value{1})));
        CHECK(!labels_from_bytes(to_bytes(Value{Value::Object{{"a", 1}}})));
        CHECK(!change_times_from_bytes(to_bytes(Value{Value::Object{{"a", "1"}}})));
    }
}
