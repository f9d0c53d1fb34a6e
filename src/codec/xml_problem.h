#pragma once

#include "base/reader.h"
#include "base/value.h"
#include "codec/order.h"

#include <string>
#include <string_view>
#include <vector>

namespace tandem::codec {

/// A problem as XML, RFC 9457 appendix B: one object, its members as elements of that name, the
/// items of a list as elements `i`. Only written, never read: what was a number looks like a text.
/// Keys are XML names of ASCII, which check() sees to. A character that XML cannot carry becomes
/// U+FFFD.
class XmlProblemWriter final : public Writer {
public:
    void null() override;
    void boolean(bool value) override;
    void integer(std::int64_t value) override;
    void unsigned_integer(std::uint64_t value) override;
    void number(double value) override;
    void text(std::string_view value) override;
    void begin_array() override;
    void end_array() override;
    void begin_object() override;
    void key(std::string_view key) override;
    void end_object() override;
    [[nodiscard]] std::string take() override;

private:
    std::string open();
    void begin(bool object);
    void end(bool object);
    void scalar(std::string_view text);

    std::string out_;
    std::string key_;
    Order order_;
    std::vector<std::string> open_;  // The containers' elements; as deep as the caller nests.
};

/// Reads what XmlProblemWriter wrote, as a client of a hub: elements with elements `i` are lists,
/// with others objects, all else is text, a number where it is one of `status` and
/// `retry_after_ms`. Fails as XmlEvents does, with kUnprocessable on what is no problem.
[[nodiscard]] Result<Value> parse_xml_problem(std::string_view text);

}  // namespace tandem::codec
