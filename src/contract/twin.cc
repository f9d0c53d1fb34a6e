#include "contract/twin.h"

namespace tandem::contract {

Result<void> Codec<SyncView>::read(Reader&, SyncView&, const Field&) {
    return wrong("this is never read");
}

void Codec<SyncView>::write(Writer& writer, const SyncView& value) {
    writer.begin_object();
    for (const auto& [key, sync] : value.keys) {
        writer.key(key);
        writer.begin_object();
        writer.key("in_sync");
        writer.boolean(sync.in_sync);
        if (sync.pending_since) {
            writer.key("pending_since");
            write_instant(writer, *sync.pending_since);
        }
        writer.end_object();
    }
    writer.end_object();
}

Value Codec<SyncView>::schema(const Field&) {
    const Value key = Value::Object{
        {"type", "object"},
        {"properties", Value::Object{{"in_sync", Value::Object{{"type", "boolean"}}},
                                     {"pending_since", Value::Object{{"type", "number"}}}}}};
    return Value::Object{{"type", "object"}, {"additionalProperties", key}};
}

}  // namespace tandem::contract
