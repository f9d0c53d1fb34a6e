#pragma once

#include "contract/user.h"

#include <optional>
#include <string>
#include <vector>

namespace tandem::contract {

/// A dashboard is so many columns wide.
inline constexpr std::int64_t kDashboardColumns = 12;
inline constexpr std::size_t kTilesMax = 64;

// ---------------------------------------------------------------- messages

/// What a tile has beside what it shows: which of them says its kind (dashboard.cc).
struct TileOptions {
    std::optional<double> min;
    std::optional<double> max;
    std::optional<double> step;
    std::optional<Duration> span;
    std::optional<std::string> unit;
    std::optional<std::int64_t> decimals;
    std::optional<std::string> text;
    std::optional<Value> params;
};
inline const Shape& shape_of(const TileOptions*) {
    static const Shape made{
        .name = "TileOptions",
        .fields = {
            field<&TileOptions::min>({.name = "min", .says = "Of a slider or a set point."}),
            field<&TileOptions::max>({.name = "max", .says = "Of a slider or a set point."}),
            field<&TileOptions::step>(
                {.name = "step", .says = "Of a slider or a set point; above 0."}),
            field<&TileOptions::span>({.name = "span",
                                       .min = 60'000,
                                       .max = 366.0 * 86'400'000,
                                       .unit = "milliseconds",
                                       .says = "How far back a chart looks."}),
            field<&TileOptions::unit>(
                {.name = "unit",
                 .max = 32,
                 .says = "Of a value, a chart, a slider or a set point: instead of the series'."}),
            field<&TileOptions::decimals>({.name = "decimals",
                                           .min = 0,
                                           .max = 9,
                                           .says = "Of a value: digits behind the point."}),
            field<&TileOptions::text>({.name = "text", .max = 4'096, .says = "Of a text."}),
            field<&TileOptions::params>(
                {.name = "params", .says = "What a command is sent with; anything."})}};
    return made;
}

/// A tile: what it shows or does, and where it stands.
struct Tile {
    std::string kind;
    std::optional<std::string> device;
    std::optional<std::string> series;
    std::optional<std::string> key;
    std::optional<std::string> command;
    std::optional<std::string> param;
    std::optional<std::string> title;
    std::int64_t x = 0;
    std::int64_t y = 0;
    std::int64_t w = 1;
    std::int64_t h = 1;
    std::optional<TileOptions> options;
};
inline const Shape& shape_of(const Tile*) {
    static const Shape made{
        .name = "Tile",
        .fields = {
            field<&Tile::kind>({.name = "kind",
                                .required = true,
                                .choices = {"value", "chart", "switch", "slider", "setpoint",
                                            "colour", "command", "text"}}),
            field<&Tile::device>({.name = "device",
                                  .form = Form::kName,
                                  .says = "Which one; all but a text have one."}),
            field<&Tile::series>(
                {.name = "series", .form = Form::kName, .says = "What a value or a chart shows."}),
            field<&Tile::key>({.name = "key",
                               .min = 1,
                               .max = 64,
                               .says = "Of the twin: what a value shows of the state, or what a "
                                       "switch, a slider, a set point or a colour sets in the "
                                       "config."}),
            field<&Tile::command>({.name = "command",
                                   .form = Form::kName,
                                   .says = "What is sent instead, and by a command tile."}),
            field<&Tile::param>({.name = "param",
                                 .min = 1,
                                 .max = 64,
                                 .says = "Of the command: which of its params is set; needed "
                                         "where a tile sets something."}),
            field<&Tile::title>(
                {.name = "title", .max = 128, .says = "For people; else what the device says."}),
            field<&Tile::x>({.name = "x",
                             .required = true,
                             .min = 0,
                             .max = kDashboardColumns - 1,
                             .says = "The first of the 12 columns that it stands in."}),
            field<&Tile::y>({.name = "y",
                             .required = true,
                             .min = 0,
                             .max = 1'000,
                             .says = "And the first row."}),
            field<&Tile::w>({.name = "w",
                             .required = true,
                             .min = 1,
                             .max = kDashboardColumns,
                             .says = "Columns."}),
            field<&Tile::h>({.name = "h", .required = true, .min = 1, .max = 24, .says = "Rows."}),
            field<&Tile::options>({.name = "options"})}};
    return made;
}

/// What a dashboard's maker says of it.
struct DashboardFields {
    std::string title;
    std::string shared = "private";
    std::vector<Tile> tiles;
};
template <typename T>
std::vector<Field> dashboard_fields() {
    return {field<&T::title>({.name = "title", .required = true, .min = 1, .max = 128}),
            field<&T::shared>(
                {.name = "shared",
                 .choices = {"private", "tenant"},
                 .says = "Who may read it beside its owner: nobody, or everybody of the tenant."}),
            field<&T::tiles>({.name = "tiles",
                              .max = kTilesMax,
                              .says = "In the order in which they are read out. 64 KiB as JSON."})};
}

/// Whether each tile has what its kind needs and nothing else, and stands inside of the columns;
/// else kInvalidField that names the field.
[[nodiscard]] Result<void> check_tiles(const std::vector<Tile>& tiles);
/// The tiles as a document, as they are stored and told.
[[nodiscard]] Value document_of(const std::vector<Tile>& tiles);
[[nodiscard]] Value tiles_schema();

struct DashboardCreate : DashboardFields {};
inline const Shape& shape_of(const DashboardCreate*) {
    static const Shape made{.name = "DashboardCreate",
                            .fields = dashboard_fields<DashboardCreate>()};
    return made;
}

/// A dashboard without its tiles.
struct DashboardHead {
    std::string id;
    std::string title;
    std::optional<std::string> owner;
    std::string shared;
    Instant created;
    Instant updated;
    std::int64_t version = 0;
};
template <typename T>
std::vector<Field> dashboard_head() {
    return {
        field<&T::id>({.name = "id", .required = true, .form = Form::kName}),
        field<&T::title>({.name = "title", .required = true}),
        field<&T::owner>(
            {.name = "owner",
             .says = "`user:anna` or `app:wall`; missing where whose it was is no more."}),
        field<&T::shared>({.name = "shared", .required = true, .choices = {"private", "tenant"}}),
        field<&T::created>({.name = "created", .required = true}),
        field<&T::updated>({.name = "updated", .required = true}),
        field<&T::version>({.name = "version", .required = true})};
}
inline const Shape& shape_of(const DashboardHead*) {
    static const Shape made{.name = "DashboardHead", .fields = dashboard_head<DashboardHead>()};
    return made;
}

struct DashboardView : DashboardHead {
    Value tiles;
};
inline const Shape& shape_of(const DashboardView*) {
    static const Shape made = [] {
        Shape shape{.name = "Dashboard", .fields = dashboard_head<DashboardView>()};
        shape.fields.push_back(field<&DashboardView::tiles>(
            {.name = "tiles", .required = true, .described = tiles_schema}));
        return shape;
    }();
    return made;
}

template <auto kMember>
Field dashboard_in_path() {
    return field<kMember>({.name = "dashboard",
                           .from = From::kPath,
                           .required = true,
                           .form = Form::kName,
                           .says = "The dashboard's id."});
}

struct DashboardGet {
    std::string dashboard;
};
inline const Shape& shape_of(const DashboardGet*) {
    static const Shape made{.name = "DashboardGet",
                            .fields = {dashboard_in_path<&DashboardGet::dashboard>()}};
    return made;
}

struct DashboardPut : DashboardFields {
    std::string dashboard;
    std::optional<EntityTags> if_match;
    std::optional<EntityTags> if_none_match;
};
inline const Shape& shape_of(const DashboardPut*) {
    static const Shape made = [] {
        Shape shape{.name = "DashboardPut", .fields = dashboard_fields<DashboardPut>()};
        shape.fields.push_back(dashboard_in_path<&DashboardPut::dashboard>());
        return with_preconditions<DashboardPut>(std::move(shape));
    }();
    return made;
}

struct DashboardDelete {
    std::string dashboard;
    std::optional<EntityTags> if_match;
    std::optional<EntityTags> if_none_match;
};
inline const Shape& shape_of(const DashboardDelete*) {
    static const Shape made = with_preconditions<DashboardDelete>(
        {.name = "DashboardDelete", .fields = {dashboard_in_path<&DashboardDelete::dashboard>()}});
    return made;
}

// ---------------------------------------------------------------- operations

inline const auto kDashboardsCreate = operation<DashboardCreate, DashboardView>({
    .name = "dashboards.create",
    .method = Method::kPost,
    .path = "/v1/dashboards",
    .scope = Scope::kDashboardsWrite,
    .status = 201,
    .audited = true,
    .versioned = true,
    .located = true,
    .says = "Makes a dashboard, which is the caller's.",
    .errors = {ErrorCode::kConflict},
    .example = R"({"body":{"title":"Hall 3","tiles":[{"kind":"value","device":"lamp-1",)"
               R"("series":"power","x":0,"y":0,"w":3,"h":2}]}})",
    .answer = R"({"id":"01JD9N4K2VQ8W3T5X7Z0ABCDEF","title":"Hall 3","owner":"app:admin",)"
              R"("shared":"private","created":1732386600000,"updated":1732386600000,)"
              R"("version":1,"tiles":[{"kind":"value","device":"lamp-1","series":"power",)"
              R"("x":0,"y":0,"w":3,"h":2}]})",
});

inline const auto kDashboardsList = operation<PageQuery, Page<DashboardHead>>({
    .name = "dashboards.list",
    .path = "/v1/dashboards",
    .scope = Scope::kDashboardsRead,
    .says = "Lists the dashboards that the caller may read, the oldest first, without their "
            "tiles.",
    .example = R"({"query":{"limit":10}})",
    .answer = R"({"items":[{"id":"01JD9N4K2VQ8W3T5X7Z0ABCDEF","title":"Hall 3",)"
              R"("owner":"app:admin","shared":"private","created":1732386600000,)"
              R"("updated":1732386600000,"version":1}]})",
});

inline const auto kDashboardsGet = operation<DashboardGet, DashboardView>({
    .name = "dashboards.get",
    .path = "/v1/dashboards/{dashboard}",
    .scope = Scope::kDashboardsRead,
    .versioned = true,
    .says = "Gives a dashboard.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"dashboard":"$dashboard"}})",
    .answer = R"({"id":"01JD9N4K2VQ8W3T5X7Z0ABCDEF","title":"Hall 3","owner":"app:admin",)"
              R"("shared":"private","created":1732386600000,"updated":1732386600000,)"
              R"("version":1,"tiles":[{"kind":"value","device":"lamp-1","series":"power",)"
              R"("x":0,"y":0,"w":3,"h":2}]})",
});

inline const auto kDashboardsPut = operation<DashboardPut, DashboardView>({
    .name = "dashboards.put",
    .method = Method::kPut,
    .path = "/v1/dashboards/{dashboard}",
    .scope = Scope::kDashboardsWrite,
    .audited = true,
    .versioned = true,
    .says = "Replaces a dashboard; needs If-Match. For its owner, and who manages access.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kPreconditionFailed,
               ErrorCode::kPreconditionRequired},
    .example = R"({"path":{"dashboard":"$dashboard"},"headers":{"if-match":"\"1\""},)"
               R"("body":{"title":"Hall 3","shared":"tenant","tiles":[]}})",
    .answer = R"({"id":"01JD9N4K2VQ8W3T5X7Z0ABCDEF","title":"Hall 3","owner":"app:admin",)"
              R"("shared":"tenant","created":1732386600000,"updated":1732386600000,)"
              R"("version":2,"tiles":[]})",
});

inline const auto kDashboardsDelete = operation<DashboardDelete, Nothing>({
    .name = "dashboards.delete",
    .method = Method::kDelete,
    .path = "/v1/dashboards/{dashboard}",
    .scope = Scope::kDashboardsWrite,
    .status = 204,
    .audited = true,
    .says = "Deletes a dashboard. For its owner, and who manages access.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kPreconditionFailed},
    .example = R"({"path":{"dashboard":"$dashboard"}})",
});

}  // namespace tandem::contract
