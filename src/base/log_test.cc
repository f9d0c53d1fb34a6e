#include "base/log.h"

#include "conformance/captured_log.h"

#include <doctest/doctest.h>

using namespace tandem;

TEST_CASE("a word of a log line") {
    SUBCASE("stands as it is where it is plain") {
        CHECK(log_word("pump-7") == "pump-7");
        CHECK(log_word("a/b?c#d'e~") == "a/b?c#d'e~");
    }

    SUBCASE("is quoted where it could be taken for more than one word, or for none") {
        CHECK(log_word("") == R"("")");
        CHECK(log_word("two words") == R"("two words")");
        CHECK(log_word("a=b") == R"("a=b")");
        CHECK(log_word(R"(say "hi"\)") == R"("say \"hi\"\\")");
    }

    SUBCASE("is escaped where it could forge a line or move a terminal's cursor") {
        CHECK(log_word("a\nb") == R"("a\u000ab")");
        CHECK(log_word("\x1b[2J") == R"("\u001b[2J")");
        CHECK(log_word("\x7f") == R"("\u007f")");
        CHECK(log_word("\u00e9") == R"("\u00c3\u00a9")");
        CHECK(log_word(std::string_view{"\0", 1}) == R"("\u0000")");
    }
}

TEST_CASE("a log line") {
    const conformance::CapturedLog captured;

    SUBCASE("is the event and its fields, with the time in UTC in front") {
        log(LogLevel::kInfo, "device connected", {{"id", "pump-7"}, {"why", "a\nb {}"}});
        const std::string line = captured.text();
        CAPTURE(line);
        CHECK(line.ends_with(" device connected id=pump-7 why=\"a\\u000ab {}\"\n"));
        CHECK(line.size() > 24);
        CHECK(line.substr(10, 1) == "T");
        CHECK(line.substr(23, 2) == "Z ");
    }

    SUBCASE("below the level is not written") {
        set_log_level(LogLevel::kWarning);
        log(LogLevel::kInfo, "quiet");
        log(LogLevel::kWarning, "warned");
        log(LogLevel::kError, "failed");
        set_log_level(LogLevel::kInfo);
        log(LogLevel::kDebug, "quiet again");
        const std::string lines = captured.text();
        CAPTURE(lines);
        CHECK_FALSE(lines.contains("quiet"));
        CHECK(lines.contains(" warned\n"));
        CHECK(lines.contains(" failed\n"));
    }
    SUBCASE("that is always wanted is written at every level but none") {
        set_log_level(LogLevel::kError);
        log_always("kept", {{"number", "7"}});
        CHECK(captured.text().ends_with(" info kept number=7\n"));
        set_log_level(LogLevel::kNone);
        log_always("kept", {{"number", "8"}});
        CHECK(captured.text().ends_with(" info kept number=7\n"));
    }
}
