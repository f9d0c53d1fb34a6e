#include "domain/twin.h"

#include "base/check.h"

namespace tandem {
namespace {

Result<void> check_version(const TwinDocument& old, std::optional<std::int64_t> if_match) {
    if (!if_match || *if_match == old.version) return {};
    return fail(ErrorCode::kPreconditionFailed, "the version is " + std::to_string(old.version) +
                                                    ", not " + std::to_string(*if_match) +
                                                    ": read it again and repeat the change");
}

}  // namespace

std::string_view name_of(TwinSide side) {
    switch (side) {
        case TwinSide::kConfig:
            return "config";
        case TwinSide::kState:
            return "state";
        case TwinSide::kAcknowledged:
            break;
    }
    return "acknowledged";
}

Result<TwinDocument> put(const TwinDocument& old,
                         Value value,
                         std::optional<std::int64_t> if_match,
                         Instant now) {
    if (auto same = check_version(old, if_match); !same) return pass(same);
    const auto* members = value.get<Value::Object>();
    if (members == nullptr) return fail_field("", "an object is expected");
    TwinDocument fresh{.value = {}, .version = old.version + 1, .updated = now, .changed = {}};
    for (const auto& [key, member] : *members) {
        const Value* before = old.value.find(key);
        const auto known = old.changed.find(key);
        const bool same = before != nullptr && *before == member && known != old.changed.end();
        fresh.changed.emplace(key, same ? known->second : now);
    }
    fresh.value = std::move(value);
    return fresh;
}

Result<TwinDocument> patch(const TwinDocument& old,
                           const Value& change,
                           std::optional<std::int64_t> if_match,
                           Instant now) {
    if (change.get<Value::Object>() == nullptr) return fail_field("", "an object is expected");
    Value merged = old.value;
    merge_patch(merged, change);
    return put(old, std::move(merged), if_match, now);
}

ConfigDelta delta_between(const TwinDocument& before, const TwinDocument& after) {
    return {.version = after.version,
            .from = before.version,
            .delta = merge_diff(before.value, after.value)};
}

Result<TwinDocument> acknowledge_config(const Twin& twin, std::int64_t version, Instant now) {
    if (version < 0 || version > twin.config.version) {
        return fail_field("/version",
                          "the config has the version " + std::to_string(twin.config.version));
    }
    const bool current = version == twin.config.version;
    const std::int64_t known = acknowledged_version(twin);
    if (version == known || (!current && known == 0)) return twin.acknowledged;
    return TwinDocument{
        .value = Value::Object{{"version", current ? version : 0},
                               {"config", current ? twin.config.value : Value{Value::Object{}}}},
        .version = twin.acknowledged.version + 1,
        .updated = now,
        .changed = {}};
}

std::int64_t acknowledged_version(const Twin& twin) {
    const Value* version = twin.acknowledged.value.find("version");
    const auto* number = version == nullptr ? nullptr : version->get<std::int64_t>();
    return number == nullptr ? 0 : *number;
}

std::optional<ConfigDelta> unacknowledged(const Twin& twin) {
    TwinDocument known{.value = Value::Object{}, .version = acknowledged_version(twin)};
    if (known.version == twin.config.version) return {};
    const Value* config = twin.acknowledged.value.find("config");
    if (config != nullptr && config->get<Value::Object>() != nullptr) known.value = *config;
    return delta_between(known, twin.config);
}

std::map<std::string, KeySync> sync_of(const Twin& twin) {
    std::map<std::string, KeySync> out;
    const auto* wanted = twin.config.value.get<Value::Object>();
    check(wanted != nullptr);
    for (const auto& [key, value] : *wanted) {
        const Value* reported = twin.state.value.find(key);
        KeySync sync{.in_sync = reported != nullptr && *reported == value, .pending_since = {}};
        if (!sync.in_sync) {
            const auto since = twin.config.changed.find(key);
            if (since != twin.config.changed.end()) sync.pending_since = since->second;
        }
        out.emplace(key, sync);
    }
    return out;
}

}  // namespace tandem
