#pragma once

#include <expected>
#include <map>
#include <string>
#include <string_view>

namespace tandem::auth {

/// The parameters of an OAuth request: the body of a form (application/x-www-form-urlencoded), or
/// a query. Each comes once: RFC 6749 section 3.1. One without a value is as good as none.
class Form {
public:
    static constexpr std::size_t kBytesMax = std::size_t{16} * 1024;
    static constexpr std::size_t kParametersMax = 64;

    /// Fails with what is wrong, in words that a client may read.
    [[nodiscard]] static std::expected<Form, std::string> parse(std::string_view text);

    /// "" without it.
    [[nodiscard]] const std::string& get(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const { return !get(name).empty(); }

private:
    std::map<std::string, std::string, std::less<>> parameters_;
};

/// `text` without the coding of forms: `+` is a space, `%41` a byte. Fails as Form::parse.
[[nodiscard]] std::expected<std::string, std::string> form_decode(std::string_view text);

}  // namespace tandem::auth
