#include "store/embedded/weight.h"

namespace tandem::store {
namespace {

// What only its kind makes heavy; the rest is in its size.
template <typename Small>
std::size_t document_of(const Small& /*change*/) {
    return 0;
}
std::size_t document_of(const PutDevice& put) {
    return weight_of(put.device.schema);
}
std::size_t document_of(const PutTwin& put) {
    return weight_of(put.document.value);
}
std::size_t document_of(const PutCommand& put) {
    return weight_of(put.command.params) + weight_of(put.command.progress) +
           weight_of(put.command.result);
}
std::size_t document_of(const PutReply& put) {
    return put.reply.headers.size() + put.reply.body.size();
}

std::size_t document_of(const PutDashboard& put) {
    return weight_of(put.dashboard.tiles);
}
std::size_t document_of(const PutApp& put) {
    return weight_of(put.app.jwks);
}

}  // namespace

std::size_t weight_of(const Transaction& transaction) {
    std::size_t weight = sizeof(Transaction);
    // Each as its own kind: those that are kept twice, as they were and as they will be, are rare.
    for (const Change& change : transaction.changes) {
        weight += std::visit([](const auto& typed) { return sizeof(typed) + document_of(typed); },
                             change);
    }
    for (const Event& event : transaction.events)
        weight += sizeof(Event) + weight_of(event.value);
    return weight;
}

std::size_t weight_of(const std::vector<DeviceReadings>& batch) {
    std::size_t weight = 0;
    for (const DeviceReadings& of_device : batch) {
        weight += sizeof(DeviceReadings);
        for (const Reading& reading : of_device.readings) {
            weight += sizeof(Reading) + weight_of(reading.value);
        }
    }
    return weight;
}

}  // namespace tandem::store
