#include "contract/dashboard.h"

#include "base/check.h"
#include "codec/json.h"

#include <algorithm>
#include <array>

namespace tandem::contract {
namespace {

/// What tiles of a kind are about, and which options they have.
struct Kind {
    std::string_view name;
    bool shows_series = false;
    bool has_key = false;     ///< of the twin; one of this, the series and the command
    bool sends = false;       ///< a command
    bool sets = false;        ///< one of its params
    bool has_limits = false;  ///< min, max, step
    bool has_unit = false;
    bool has_decimals = false;
    bool looks_back = false;  ///< span
};
constexpr std::array kKinds{
    Kind{.name = "value",
         .shows_series = true,
         .has_key = true,
         .has_unit = true,
         .has_decimals = true},
    Kind{.name = "chart", .shows_series = true, .has_unit = true, .looks_back = true},
    Kind{.name = "switch", .has_key = true, .sends = true, .sets = true},
    Kind{.name = "slider",
         .has_key = true,
         .sends = true,
         .sets = true,
         .has_limits = true,
         .has_unit = true},
    Kind{.name = "setpoint",
         .has_key = true,
         .sends = true,
         .sets = true,
         .has_limits = true,
         .has_unit = true},
    Kind{.name = "colour", .has_key = true, .sends = true, .sets = true},
    Kind{.name = "command", .sends = true},
    Kind{.name = "text"},
};

const Kind& kind_of(const Tile& tile) {
    const auto* const found = std::ranges::find(kKinds, tile.kind, &Kind::name);
    check(found != kKinds.end());  // The description lets no other through.
    return *found;
}

/// A member that a tile may have or not.
struct Member {
    std::string_view pointer;
    bool given = false;
    bool fits = false;  ///< the kind
};

Result<void> check_fit(const Kind& kind, std::initializer_list<Member> members) {
    for (const Member& each : members) {
        if (!each.given || each.fits) continue;
        return fail_field(std::string{each.pointer},
                          "a tile of the kind " + std::string{kind.name} + " has none");
    }
    return {};
}

Result<void> check_options(const Kind& kind, const TileOptions& options) {
    auto fit =
        check_fit(kind, {{"/options/min", options.min.has_value(), kind.has_limits},
                         {"/options/max", options.max.has_value(), kind.has_limits},
                         {"/options/step", options.step.has_value(), kind.has_limits},
                         {"/options/span", options.span.has_value(), kind.looks_back},
                         {"/options/unit", options.unit.has_value(), kind.has_unit},
                         {"/options/decimals", options.decimals.has_value(), kind.has_decimals},
                         {"/options/text", options.text.has_value(), kind.name == "text"},
                         {"/options/params", options.params.has_value(), kind.name == "command"}});
    if (!fit) return fit;
    if (options.step && *options.step <= 0) {
        return fail_field("/options/step", "more than 0 is expected");
    }
    if (options.min && options.max && *options.min >= *options.max) {
        return fail_field("/options/max", "more than `min` is expected");
    }
    return {};
}

// What is missing of a tile that is about nothing, or about more than one thing.
std::unexpected<Error> one_subject(const Kind& kind) {
    if (kind.shows_series && kind.has_key) {
        return fail_field("/series", "this tile needs either `series` or `key`");
    }
    if (kind.shows_series) return fail_field("/series", "this tile needs one");
    if (kind.has_key) return fail_field("/key", "this tile needs either `key` or `command`");
    return fail_field("/command", "this tile needs one");
}

// One of what it can be about.
Result<void> check_subject(const Kind& kind, const Tile& tile) {
    if (!tile.device) return fail_field("/device", "this tile needs one");
    if ((tile.series ? 1 : 0) + (tile.key ? 1 : 0) + (tile.command ? 1 : 0) != 1) {
        return one_subject(kind);
    }
    if (kind.sets && tile.command && !tile.param) {
        return fail_field("/param", "which param of the command it sets is needed");
    }
    return {};
}

Result<void> check_content(const Kind& kind, const Tile& tile) {
    if (kind.name != "text") return check_subject(kind, tile);
    if (tile.options && tile.options->text) return {};
    return fail_field("/options/text", "a text needs one");
}

Result<void> check_tile(const Tile& tile) {
    const Kind& kind = kind_of(tile);
    auto fit = check_fit(
        kind, {{"/device", tile.device.has_value(), kind.name != "text"},
               {"/series", tile.series.has_value(), kind.shows_series},
               {"/key", tile.key.has_value(), kind.has_key},
               {"/command", tile.command.has_value(), kind.sends},
               {"/param", tile.param.has_value(), kind.sets && tile.command.has_value()}});
    if (!fit) return fit;
    if (auto good = check_options(kind, tile.options.value_or(TileOptions{})); !good) return good;
    if (auto good = check_content(kind, tile); !good) return good;
    if (tile.x + tile.w > kDashboardColumns) {
        return fail_field("/w", "a tile ends in the last of the 12 columns at most");
    }
    return {};
}

}  // namespace

Result<void> check_tiles(const std::vector<Tile>& tiles) {
    for (std::size_t at = 0; at < tiles.size(); ++at) {
        auto good = check_tile(tiles[at]);
        if (good) continue;
        return std::unexpected(
            within("tiles", within(std::to_string(at), std::move(good).error())));
    }
    return {};
}

Value document_of(const std::vector<Tile>& tiles) {
    const auto writer = make_writer(Encoding::kJson);
    Codec<std::vector<Tile>>::write(*writer, tiles);
    auto value = codec::parse_json(writer->take());
    check(value.has_value());
    return std::move(*value);
}

Value tiles_schema() {
    return Value::Object{{"type", "array"},
                         {"items", schema_ref(shape<Tile>())},
                         {"maxItems", static_cast<std::int64_t>(kTilesMax)}};
}

}  // namespace tandem::contract
