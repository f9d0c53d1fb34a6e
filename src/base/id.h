#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>

namespace tandem {

/// `[A-Za-z0-9._:-]{1,64}`: what ids and series names are made of. No character of it means
/// anything in a URL, a pattern or a log line.
[[nodiscard]] constexpr bool is_name(std::string_view text) {
    if (text.empty() || text.size() > 64) return false;
    for (const char c : text) {
        const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '.' || c == '_' || c == ':' || c == '-';
        if (!good) return false;
    }
    return true;
}

/// An identifier that cannot be taken for one of another kind.
template <typename Tag>
class Id {
public:
    Id() = default;
    explicit Id(std::string text) : text_{std::move(text)} {}

    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] bool empty() const { return text_.empty(); }
    auto operator<=>(const Id&) const = default;

private:
    std::string text_;
};

using TenantId = Id<struct TenantTag>;
using DeviceId = Id<struct DeviceTag>;
using CommandId = Id<struct CommandTag>;
using KeyId = Id<struct KeyTag>;
using UserId = Id<struct UserTag>;
using AppId = Id<struct AppTag>;
using GrantId = Id<struct GrantTag>;
using DashboardId = Id<struct DashboardTag>;

}  // namespace tandem

template <typename Tag>
struct std::hash<tandem::Id<Tag>> {
    std::size_t operator()(const tandem::Id<Tag>& id) const noexcept {
        return std::hash<std::string>{}(id.text());
    }
};
