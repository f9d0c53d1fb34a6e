#include "auth/form.h"

#include "codec/percent.h"

#include <algorithm>
#include <utility>

namespace tandem::auth {

std::expected<std::string, std::string> form_decode(std::string_view text) {
    std::string spaced{text};
    std::ranges::replace(spaced, '+', ' ');
    auto decoded = codec::percent_decode(spaced);
    if (!decoded) return std::unexpected("a parameter cannot be decoded");
    return std::move(*decoded);
}

std::expected<Form, std::string> Form::parse(std::string_view text) {
    if (text.size() > kBytesMax) return std::unexpected("the request is too long");
    Form form;
    while (!text.empty()) {
        const std::size_t end = text.find('&');
        const std::string_view piece = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (piece.empty()) continue;
        const std::size_t equals = piece.find('=');
        auto name = form_decode(piece.substr(0, equals));
        if (!name) return std::unexpected(name.error());
        auto value = form_decode(equals == std::string_view::npos ? std::string_view{}
                                                                  : piece.substr(equals + 1));
        if (!value) return std::unexpected(value.error());
        if (form.parameters_.size() == kParametersMax) {
            return std::unexpected("there are too many parameters");
        }
        if (!form.parameters_.emplace(std::move(*name), std::move(*value)).second) {
            return std::unexpected("a parameter comes twice");
        }
    }
    return form;
}

const std::string& Form::get(std::string_view name) const {
    static const std::string none;
    const auto found = parameters_.find(name);
    return found == parameters_.end() ? none : found->second;
}

}  // namespace tandem::auth
