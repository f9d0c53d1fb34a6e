#include "api/sight.h"

#include <algorithm>

namespace tandem::api {
namespace {

// Without the devices that it names.
bool covers_by_labels(const Allowance& allowance, const Labels& labels) {
    const Allowance by_labels{.scopes = {}, .devices = {}, .labels = allowance.labels};
    return by_labels.covers(DeviceId{}, &labels);
}

}  // namespace

Labels labels_told(const Event& event) {
    Labels out;
    const Value* labels = event.value.find("labels");
    const auto* members = labels == nullptr ? nullptr : labels->get<Value::Object>();
    if (members == nullptr) return out;
    for (const auto& [name, value] : *members) {
        if (const auto* text = value.get<std::string>()) out.emplace(name, *text);
    }
    return out;
}

bool is_of_series(Event::Kind kind) {
    return kind == Event::Kind::kReading || kind == Event::Kind::kSeries;
}

Scope scope_of(Event::Kind kind) {
    switch (kind) {
        case Event::Kind::kReading:
        case Event::Kind::kSeries:
            return Scope::kTelemetryRead;
        case Event::Kind::kConfig:
            return Scope::kConfigRead;
        case Event::Kind::kState:
            return Scope::kStateRead;
        case Event::Kind::kCommand:
            return Scope::kCommandsRead;
        case Event::Kind::kEvent:
            return Scope::kEventsRead;
        case Event::Kind::kAudit:
            return Scope::kAuditRead;
        case Event::Kind::kPresence:
        case Event::Kind::kDevice:
        case Event::Kind::kAdvice:
            break;
    }
    return Scope::kDevicesRead;
}

Sight::Sight(const Actor& actor, const EventKinds& kinds) {
    if (actor.allowances == nullptr) return;
    for (const Allowance& each : *actor.allowances) {
        Part part{.kinds = {}, .allowance = each, .labelled = {}};
        for (const Event::Kind kind : kinds.list()) {
            const Scope scope = scope_of(kind);
            if (each.scopes.has(scope) && actor.scopes.has(scope)) part.kinds.insert(kind);
        }
        if (!part.kinds.empty()) parts_.push_back(std::move(part));
    }
}

void Sight::begin_with(const Device& device) {
    for (Part& part : parts_) {
        if (covers_by_labels(part.allowance, device.labels)) {
            part.labelled.insert(device.ref.id.text());
        }
    }
}

void Sight::follow(const Event& event) {
    if (event.kind != Event::Kind::kDevice) return;
    const Labels labels = labels_told(event);
    for (Part& part : parts_) {
        if (covers_by_labels(part.allowance, labels)) {
            part.labelled.insert(event.device.id.text());
        } else {
            part.labelled.erase(event.device.id.text());
        }
    }
}

bool Sight::sees(const Event& event) const {
    return std::ranges::any_of(parts_, [&](const Part& part) {
        if (!part.kinds.contains(event.kind)) return false;
        const bool covered = part.allowance.covers(event.device.id, nullptr) ||
                             part.labelled.contains(event.device.id.text());
        return covered && (!is_of_series(event.kind) || part.allowance.covers_series(event.series));
    });
}

bool sees_all(const Actor& actor, const EventKinds& kinds) {
    // A device follows itself alone, and its filter says so.
    if (actor.kind == PrincipalKind::kDevice) return true;
    if (actor.allowances == nullptr) return false;
    return std::ranges::all_of(kinds.list(), [&](Event::Kind kind) {
        const Scope scope = scope_of(kind);
        return actor.scopes.has(scope) &&
               std::ranges::any_of(*actor.allowances, [&](const Allowance& each) {
                   return each.every_device && each.scopes.has(scope) && each.covers_series("*");
               });
    });
}

}  // namespace tandem::api
