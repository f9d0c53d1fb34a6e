#include "codec/order.h"

#include "codec/cbor.h"
#include "codec/json.h"
#include "codec/senml_xml.h"
#include "codec/xml.h"
#include "codec/xml_problem.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string_view>

using namespace tandem;
using namespace tandem::codec;

namespace {

/// Whether check() stops a process that does `what`.
template <typename What>
bool stops(What what) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        std::signal(SIGABRT, SIG_DFL);
        ::close(STDERR_FILENO);  // What check() prints is check_test.cc's to look at.
        what();
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

/// Calls a writer as `calls` says: [ ] { } for the containers, k for a key, b for one with a space,
/// 1 for a value, 0 for null, r for a raw one, e for an empty raw one, t for take.
template <typename Kind>
void follow(Kind& writer, std::string_view calls) {
    for (const char call : calls) {
        switch (call) {
            case '[':
                writer.begin_array();
                break;
            case ']':
                writer.end_array();
                break;
            case '{':
                writer.begin_object();
                break;
            case '}':
                writer.end_object();
                break;
            case 'k':
                writer.key("key");
                break;
            case 'b':
                writer.key("a b");
                break;
            case '0':
                writer.null();
                break;
            case '1':
                writer.integer(1);
                break;
            case 'r':
            case 'e':
                if constexpr (std::derived_from<Kind, RawWriter>) {
                    writer.raw(call == 'r' ? "1" : "");
                } else {
                    writer.integer(1);  // Has no raw values.
                }
                break;
            default:
                static_cast<void>(writer.take());
                break;
        }
    }
}

template <typename Kind>
bool writer_stops(std::string_view calls) {
    return stops([calls] {
        Kind writer;
        follow(writer, calls);
    });
}

}  // namespace

TEST_CASE("a writer stops whoever calls it out of order") {
    struct Row {
        std::string_view calls;
        std::string_view why;
    };
    const Row rows[] = {
        {"11", "two values outside of any container"},
        {"[]1", "a value after the value"},
        {"{1", "a member without a key"},
        {"{r", "a raw member without a key"},
        {"{k1[", "a container without a key"},
        {"{kk", "two keys in a row"},
        {"{k}", "a key without a value"},
        {"k", "a key outside of any object"},
        {"[k", "a key in an array"},
        {"]", "an end without a begin"},
        {"[]]", "one end too many"},
        {"[}", "an end of the other kind"},
        {"{]", "an end of the other kind"},
        {"[t", "taken before the end"},
        {"[[]t", "taken before the outer end"},
        {"e", "a raw value of no bytes"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(writer_stops<JsonWriter>(row.calls));
        CHECK(writer_stops<CborWriter>(row.calls));
        if (row.calls != "e") CHECK(writer_stops<XmlWriter>(row.calls));
    }
}

TEST_CASE("a writer lets pass what is in order") {
    for (const std::string_view calls :
         {"1t", "t", "[]t", "{}t", "[1r[1]{}]t", "{k1k[]k{k1}kr}t", "1t1t", "[]t{}t"}) {
        CAPTURE(calls);
        CHECK_FALSE(writer_stops<JsonWriter>(calls));
        CHECK_FALSE(writer_stops<CborWriter>(calls));
        CHECK_FALSE(writer_stops<XmlWriter>(calls));
    }
}

TEST_CASE("the writers of XML that know fewer values stop whoever asks for others") {
    struct Row {
        std::string_view calls;
        std::string_view why;
    };
    const Row senml[] = {
        {"1", "a value outside of the pack"},  {"{", "a record outside of the pack"},
        {"[1", "a value outside of a record"}, {"[[", "a list in the pack"},
        {"[{1", "a member without a key"},     {"[{k[", "a list in a record"},
        {"[{k{", "an object in a record"},     {"[{k0", "null in a record"},
        {"[{k}", "a key without a value"},     {"[{k1kk", "two keys in a row"},
        {"[{b", "a key that is no XML name"},  {"[{}t", "taken before the end"},
    };
    for (const Row& row : senml) {
        CAPTURE(row.why);
        CHECK(writer_stops<SenmlXmlWriter>(row.calls));
    }
    CHECK_FALSE(writer_stops<SenmlXmlWriter>("[{k1k1}{}]t[]t"));

    const Row problem[] = {
        {"1", "a problem that is no object"}, {"[", "a problem that is a list"},
        {"{b", "a key that is no XML name"},  {"{1", "a member without a key"},
        {"{kk", "two keys in a row"},         {"{}{", "two problems"},
    };
    for (const Row& row : problem) {
        CAPTURE(row.why);
        CHECK(writer_stops<XmlProblemWriter>(row.calls));
    }
    CHECK_FALSE(writer_stops<XmlProblemWriter>("{k1k[{k0}1]k{}}t{}t"));
}
