#include "domain/event.h"

#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <vector>

using namespace tandem;

namespace {

const std::string kLog{"\x00\x01\x7F\x80\xFF log", 9};

std::string log_of_eight() {
    return kLog.substr(0, 8);
}

}  // namespace

TEST_CASE("every kind of event is found by its name") {
    using enum Event::Kind;
    for (const Event::Kind kind : {kReading, kConfig, kState, kCommand, kPresence, kDevice, kEvent,
                                   kSeries, kAudit, kAdvice}) {
        CHECK(event_kind(name_of(kind)) == kind);
    }
    CHECK(name_of(kReading) == "reading");
    CHECK(name_of(kEvent) == "event");
    CHECK(name_of(kSeries) == "series");
    CHECK(!event_kind(""));
    CHECK(!event_kind("readings"));
}

TEST_CASE("cursor") {
    SUBCASE("a cursor is read back from its text") {
        for (const Sequence sequence :
             {Sequence{0}, Sequence{1}, Sequence{127}, Sequence{128}, Sequence{16'384},
              Sequence{1} << 40U,
              static_cast<Sequence>(std::numeric_limits<std::int64_t>::max())}) {
            CAPTURE(sequence);
            const Cursor cursor{.log = log_of_eight(), .sequence = sequence};
            CHECK(read_cursor(cursor_text(cursor)) == cursor);
        }
    }
    SUBCASE("its text needs no escaping in a URL, and is short") {
        const std::string text = cursor_text({.log = log_of_eight(), .sequence = 1'000'000});
        CHECK(text.size() < 24);
        CHECK(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-_") == std::string::npos);
    }
    SUBCASE("the text of a version never changes") {
        CHECK(cursor_text({.log = "logident", .sequence = 300}) == "AWxvZ2lkZW50AKwC");
        CHECK(read_cursor("AWxvZ2lkZW50AKwC") == Cursor{.log = "logident", .sequence = 300});
    }
    SUBCASE("what is no cursor is refused") {
        struct Row {
            std::string text;
            std::string why;
        };
        const std::vector<Row> rows{
            {"", "nothing"},
            {"latest", "a word"},
            {"AWxvZ2lkZW50AKwC ", "a space at the end"},
            {"AWxvZ2lkZW50AKwC=", "padding"},
            {"AWxvZ2lkZW50AKw+", "the alphabet of plain base64"},
            {"AmxvZ2lkZW50AKwC", "another version"},
            {"AWxvZ2lkZW50", "no sequence"},
            {"AWxvZ2lkZW50AKw", "a sequence that is cut off"},
            {"AWxvZ2lkZW50AawC", "another shard than the one there is"},
            {"AWxvZ2lkZW50AKwCAA", "a byte after the sequence"},
            {"AWxvZ2lkZW50AP___________wE", "a sequence of 64 bits"},
            {"AWxvZ2lkZW50AKwCB", "a digit that makes no byte"},
            {"AWxvZ2lkZW50AA1", "bits that no byte has"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            CHECK(!read_cursor(row.text));
        }
    }
}
