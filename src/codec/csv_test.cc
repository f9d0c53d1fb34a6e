#include "codec/csv.h"

#include "codec/json.h"
#include "codec/test_values.h"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::codec;

namespace {

/// Every record on a line of its own: its line number, then its cells in brackets (quoted ones with
/// a q before), or what is wrong with it.
std::string records(std::string_view input, char separator = ',') {
    CsvReader reader{input, separator};
    std::string out;
    while (const CsvRecord* record = reader.next()) {
        if (record->error) {
            CHECK(record->error->code == ErrorCode::kMalformedBody);
            CHECK(record->cells.empty());
            out += record->error->detail + "\n";
            continue;
        }
        out += std::to_string(record->line);
        for (const CsvCell& cell : record->cells)
            out += (cell.quoted ? " q[" : " [") + std::string{cell.text} + "]";
        out += "\n";
    }
    CHECK(reader.next() == nullptr);
    return out;
}

/// What a cell says, as JSON; "nothing", or why it is refused.
std::string said(std::string_view cell, bool decimal_comma = false) {
    const auto value = read_cell(cell, decimal_comma);
    if (!value) {
        CHECK(value.error().code == ErrorCode::kInvalidField);
        return value.error().detail;
    }
    return value->has_value() ? to_json(**value) : "nothing";
}

std::string written(const Value& value, char separator = ',') {
    std::string out;
    CsvWriter writer{out, separator};
    writer.write_cell(value);
    return out;
}

/// A value, through a cell and back.
std::optional<Value> through_cell(const Value& value, char separator, bool decimal_comma) {
    const std::string text = written(value, separator);
    CsvReader reader{text, separator};
    const CsvRecord* record = reader.next();
    REQUIRE(record != nullptr);
    REQUIRE_FALSE(record->error);
    REQUIRE(record->cells.size() == 1);
    auto back = read_cell(record->cells.front().text, decimal_comma);
    REQUIRE(back);
    CHECK(reader.next() == nullptr);
    return *back;
}

struct Row {
    std::string_view input;
    std::string_view outcome;
    std::string_view why;
};

}  // namespace

TEST_CASE("a CSV file is read record by record") {
    const Row rows[] = {
        {"", "", "no records"},
        {"\n\r\n\n", "", "empty lines are none"},
        {"a,b\r\n1,2\r\n", "1 [a] [b]\n2 [1] [2]\n", "CRLF"},
        {"a,b\n1,2\n", "1 [a] [b]\n2 [1] [2]\n", "LF"},
        {"a,b\r\n1,2\n3,4", "1 [a] [b]\n2 [1] [2]\n3 [3] [4]\n", "mixed, the last without"},
        {"a\n\n\r\nb", "1 [a]\n4 [b]\n", "empty lines count as lines"},
        {",\n,,\n", "1 [] []\n2 [] [] []\n", "empty cells"},
        {"a,", "1 [a] []\n", "an empty last cell at the end"},
        {"\"\"", "1 q[]\n", "an empty quoted cell is a record"},
        {" a , b \n", "1 [ a ] [ b ]\n", "blanks belong to the cell"},
        {"\"a,b\",\"c\r\nd\",\"e\"\"f\"\ng", "1 q[a,b] q[c\r\nd] q[e\"f]\n3 [g]\n",
         "what quotes hold"},
        {"\"\"\"\",\"\"\"\"\"\"", "1 q[\"] q[\"\"]\n", "nothing but quotes"},
        {"\"a\rb\"", "1 q[a\rb]\n", "a CR in quotes is text"},
        {"\xEF\xBB\xBF"
         "a\n\xEF\xBB\xBF"
         "b",
         "1 [a]\n2 [\uFEFF"
         "b]\n",
         "a byte order mark first"},
        {"\u00e9,\u20ac", "1 [\u00e9] [\u20ac]\n", "UTF-8"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.input);
        CHECK_MESSAGE(records(row.input) == row.outcome, row.why);
    }
    CHECK(records("a;b\t;\"c;d\"", ';') == "1 [a] [b\t] q[c;d]\n");
    CHECK(records("a,b\tc", '\t') == "1 [a,b] [c]\n");
}

TEST_CASE("a wrong record costs itself alone") {
    const Row rows[] = {
        {"a\nb,c\"d,e\nf",
         "1 [a]\nCSV, line 2, cell 2: a quote in a cell that does not begin with one\n3 [f]\n",
         "a quote in a plain cell"},
        {" \"a\"\nf",
         "CSV, line 1, cell 1: a quote in a cell that does not begin with one\n2 [f]\n",
         "a blank before the quote"},
        {"\"a\" ,b\nf", "CSV, line 1, cell 1: text after a closing quote\n2 [f]\n",
         "a blank after it"},
        {"\"a\"b\"\nf", "CSV, line 1, cell 1: text after a closing quote\n2 [f]\n",
         "text after it"},
        {"\"a\"\rb\nf", "CSV, line 1, cell 1: text after a closing quote\n2 [f]\n",
         "a CR after it"},
        {"\"a\n\n\"x\nf", "CSV, line 1, cell 1: text after a closing quote\n4 [f]\n",
         "lines in quotes count"},
        {"a\rb\rc", "CSV, line 1, cell 1: a CR without an LF; lines end in CRLF or LF\n",
         "lines that end in CR"},
        {"a\r", "CSV, line 1, cell 1: a CR without an LF; lines end in CRLF or LF\n",
         "half a CRLF"},
        {"a\nb,\"c\nd\ne",
         "1 [a]\nCSV, line 2, cell 2: a quote is never closed; it takes the rest of the file\n",
         "an open quote"},
        {"\"", "CSV, line 1, cell 1: a quote is never closed; it takes the rest of the file\n",
         "an open quote at the end"},
        {"a,\xff\nb", "CSV, line 1: not UTF-8\n2 [b]\n", "not UTF-8"},
        {"\"\xc3\"\n\xa9", "CSV, line 1: not UTF-8\nCSV, line 2: not UTF-8\n", "half a character"},
        {std::string_view{"a\0,b\nc", 6}, "CSV, line 1: a NUL\n2 [c]\n", "a NUL"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.input);
        CHECK_MESSAGE(records(row.input) == row.outcome, row.why);
    }
}

TEST_CASE("a record has limits, and one more is refused") {
    SUBCASE("1,024 cells") {
        const std::string most(kCsvCellsMax - 1, ',');
        CsvReader good{most, ','};
        const CsvRecord* record = good.next();
        REQUIRE(record != nullptr);
        CHECK(record->cells.size() == kCsvCellsMax);
        // The cells too many are read to their end, quotes too.
        CHECK(records(most + ",\"x\ny\"\nz") ==
              "CSV, line 1, cell 1025: more than 1,024 cells in a record\n3 [z]\n");
    }
    SUBCASE("64 KiB a cell, quoted or not, a doubled quote counted once") {
        const std::string most(kCsvCellBytesMax, 'a');
        for (const std::string& cell :
             {most, "\"" + most + "\"", "\"\"\"" + most.substr(1) + "\""}) {
            CsvReader reader{cell, ','};
            const CsvRecord* record = reader.next();
            REQUIRE(record != nullptr);
            REQUIRE(record->cells.size() == 1);
            CHECK(record->cells.front().text.size() == kCsvCellBytesMax);
        }
        CHECK(records(most + "a\nb") == "CSV, line 1, cell 1: longer than 64 KiB\n2 [b]\n");
        CHECK(records("1,\"a\n" + most + "\",2\nb") ==
              "CSV, line 1, cell 2: longer than 64 KiB\n3 [b]\n");
    }
}

TEST_CASE("the header tells the separator") {
    const std::pair<std::string_view, char> rows[] = {
        {"", ','},
        {"time", ','},
        {"time,a,b", ','},
        {"time;a;b", ';'},
        {"time\ta\tb", '\t'},
        {"time|a|b", '|'},
        {"time;a,b;c", ';'},
        {"a,b;c", ','},
        {"\"a,b,c\";d", ';'},
        {"\"a\"\",,,\";d", ';'},
        {"a b:c", ','},
    };
    for (const auto& [header, separator] : rows) {
        CAPTURE(header);
        CHECK(sniff_separator(header) == separator);
    }
}

TEST_CASE("a cell says what JSON says, and is text otherwise") {
    const Row rows[] = {
        {"", "nothing", "empty"},
        {" \t ", "nothing", "blank"},
        {"21.5", "21.5", "a number"},
        {" -7\t", "-7", "blanks around a number do not count"},
        {"-0", "-0.0", "-0 is a double"},
        {"1e3", "1000.0", "an exponent makes a double"},
        {"18446744073709551615", "18446744073709551615", "the greatest whole number"},
        {"18446744073709551616", "the whole number does not fit 64 bits", "one more"},
        {"-9223372036854775809", "the whole number does not fit 64 bits", "too small"},
        {"1e999", "the number is too large", "no double"},
        {"1e-999", "0.0", "too small to tell from 0"},
        {"true", "true", "a boolean"},
        {" FALSE ", "false", "as spreadsheets write it"},
        {"True", "true", "as Python writes it"},
        {"tRUE", "\"tRUE\"", "nobody writes this"},
        {"null", "null", "the value null"},
        {"NULL", "\"NULL\"", "no JSON"},
        {"\"21.5\"", "\"21.5\"", "a JSON string"},
        {" \"a\\nb\" ", "\"a\\nb\"", "a JSON string, blanks around it"},
        {"[1, 2]", "[1,2]", "an array"},
        {"{\"a\": [true]}", "{\"a\":[true]}", "an object"},
        {"{\"a\":1,\"a\":2}", "\"{\\\"a\\\":1,\\\"a\\\":2}\"", "no JSON: a key twice"},
        {"[1,", "\"[1,\"", "no JSON"},
        {"\"a", "\"\\\"a\"", "no JSON"},
        {"\"a\" b", "\"\\\"a\\\" b\"", "no JSON"},
        {"NaN", "NaN and infinity are not accepted", "not a number"},
        {" -inf ", "NaN and infinity are not accepted", "not finite"},
        {"+Infinity", "NaN and infinity are not accepted", "not finite"},
        {"INF", "NaN and infinity are not accepted", "not finite"},
        {"nano", "\"nano\"", "a word"},
        {"007", "\"007\"", "an article number"},
        {"+5", "\"+5\"", "no JSON number"},
        {".5", "\".5\"", "no JSON number"},
        {"5.", "\"5.\"", "no JSON number"},
        {"1e", "\"1e\"", "no JSON number"},
        {"-", "\"-\"", "no JSON number"},
        {"0x10", "\"0x10\"", "no JSON number"},
        {"21,5", "\"21,5\"", "a comma is no point"},
        {" open ", "\" open \"", "text is kept as it is"},
        {"2026-03-01 12:00", "\"2026-03-01 12:00\"", "a time is text"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.input);
        CHECK_MESSAGE(said(row.input) == row.outcome, row.why);
    }
}

TEST_CASE("a decimal comma is a point where the separator is not the comma") {
    const Row rows[] = {
        {"21,5", "21.5", "a number"},
        {" -0,5e3 ", "-500.0", "with all that numbers have"},
        {"21.5", "21.5", "a point still is one"},
        {"1,5e999", "the number is too large", "does not fit"},
        {"1.234,5", "\"1.234,5\"", "thousands are not understood"},
        {"1,234,5", "\"1,234,5\"", "two commas"},
        {",5", "\",5\"", "no digit before"},
        {"5,", "\"5,\"", "no digit after"},
        {"a,b", "\"a,b\"", "text"},
        {"[1,5]", "[1,5]", "JSON keeps its commas"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.input);
        CHECK_MESSAGE(said(row.input, true) == row.outcome, row.why);
    }
}

TEST_CASE("a value is written as what reads back as it") {
    const std::pair<Value, std::string_view> rows[] = {
        {Value{}, "null"},
        {true, "true"},
        {-7, "-7"},
        {21.0, "21.0"},
        {"open", "open"},
        {"in the yard", "in the yard"},
        {"2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z"},
        {"a,b", "\"a,b\""},
        {"a;b", "\"a;b\""},
        {"say \"a\"", "\"say \"\"a\"\"\""},
        {"two\nlines", "\"two\nlines\""},
        {"[1,", "\"[1,\""},
        // Would be read as something else.
        {"", R"("""""")"},
        {" ", R"(""" """)"},
        {" a", R"(""" a""")"},
        {"21.5", R"("""21.5""")"},
        {"21,5", R"("""21,5""")"},
        {"1e999", R"("""1e999""")"},
        {"TRUE", R"("""TRUE""")"},
        {"null", R"("""null""")"},
        {"nan", R"("""nan""")"},
        {"[1]", R"("""[1]""")"},
        {std::string(1, '\0'), R"("""\u0000""")"},
        {"\uFEFF", "\"\"\"\uFEFF\"\"\""},
        {Value::Array{1, "a"}, R"("[1,""a""]")"},
        {Value::Object{{"a", 1}}, R"("{""a"":1}")"},
    };
    for (const auto& [value, cell] : rows) {
        CAPTURE(cell);
        CHECK(written(value) == cell);
        CHECK(through_cell(value, ',', false) == value);
    }
}

TEST_CASE("no text is a formula for a spreadsheet, and none is lost") {
    for (const std::string_view text :
         {"=1+1", "=HYPERLINK(\"x\")", "+1", "-1+2", "-", "@SUM(A1)", "\t=1", "\r=1", "\n=1",
          "\uFF1D1", "\uFF0B1", "\uFF0D1", "\uFF201"}) {
        CAPTURE(text);
        const std::string cell = written(text);
        CHECK(cell.starts_with("\"\"\""));  // To a spreadsheet, text that begins with a quote.
        CHECK(through_cell(text, ',', false) == Value{text});

        std::string header;
        CsvWriter writer{header};
        writer.write_name(text);
        CHECK(header.starts_with("\"\"\""));
        CsvReader reader{header, ','};
        const CsvRecord* record = reader.next();
        REQUIRE(record != nullptr);
        REQUIRE(record->cells.size() == 1);
        CHECK(read_name(record->cells.front().text) == text);
    }
    CHECK(written(-5) == "-5");  // A number is only a number.
}

TEST_CASE("names of a header are text, whatever they look like") {
    std::string out;
    CsvWriter writer{out, ';'};
    for (const std::string_view name : {"time", "21", "true", "a;b", " a", "", "\"q\"", "\"q"})
        writer.write_name(name);
    writer.end_row();
    CHECK(out == "time;21;true;\"a;b\";\"\"\" a\"\"\";;\"\"\"\\\"\"q\\\"\"\"\"\";\"\"\"q\"\r\n");
    CHECK(read_name(" temperature\t") == "temperature");
    CHECK(read_name("\"a") == "\"a");
    CHECK(read_name("[1]") == "[1]");
}

TEST_CASE("rows end in CRLF, and a cell without a value is empty") {
    std::string out;
    CsvWriter writer{out};
    writer.write_cell(1);
    writer.write_nothing();
    writer.end_row();
    writer.write_nothing();
    writer.write_nothing();
    writer.end_row();
    writer.write_nothing();
    writer.end_row();
    CHECK(out == "1,\r\n,\r\n\"\"\r\n");
    CHECK(records(out) == "1 [1] []\n2 [] []\n3 q[]\n");
}

TEST_CASE("random values come back from a cell as they were") {
    Values values{20260302};
    for (int round = 0; round < 3'000; ++round) {
        CAPTURE(round);
        const Value value = values.any(3);
        if (to_json(value).size() > kCsvCellBytesMax) continue;
        REQUIRE(through_cell(value, ',', false) == value);
        REQUIRE(through_cell(value, ';', true) == value);
    }
}

TEST_CASE("random tables come back as they were") {
    SeededRandom random{4};
    Values values{20260303};
    for (int round = 0; round < 300; ++round) {
        CAPTURE(round);
        constexpr std::string_view kSeparators = ",;\t|";
        const char separator = kSeparators[random.next() % kSeparators.size()];
        std::vector<std::vector<std::optional<Value>>> table(1 + random.next() % 6);
        std::string out;
        CsvWriter writer{out, separator};
        for (auto& row : table) {
            row.resize(1 + random.next() % 5);
            for (auto& cell : row) {
                if (random.next() % 4 != 0) cell = values.any(1);
                cell ? writer.write_cell(*cell) : writer.write_nothing();
            }
            writer.end_row();
        }

        CsvReader reader{out, separator};
        for (const auto& row : table) {
            const CsvRecord* record = reader.next();
            REQUIRE(record != nullptr);
            REQUIRE_FALSE(record->error);
            REQUIRE(record->cells.size() == row.size());
            for (std::size_t at = 0; at < row.size(); ++at) {
                const auto back = read_cell(record->cells[at].text, separator != ',');
                REQUIRE(back);
                REQUIRE(*back == row[at]);
            }
        }
        REQUIRE(reader.next() == nullptr);
    }
}
