#pragma once

#include "api/oauth_page.h"
#include "net/http.h"

#include <string_view>

namespace tandem::door {

inline constexpr std::string_view kStylePath = "/oauth/style.css";

/// A page of OAuth as HTML without any script. `path` is its own; `request` what it answers.
[[nodiscard]] net::HttpResponse page_answer(const api::Page& page,
                                            std::string_view path,
                                            const net::HttpRequest& request);
[[nodiscard]] net::HttpResponse style_answer();

}  // namespace tandem::door
