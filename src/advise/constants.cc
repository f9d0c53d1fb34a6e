#include "advise/constants.h"

#include "base/check.h"
#include "codec/json.h"

#include <algorithm>
#include <cmath>

namespace tandem::advise {
namespace {

using enum Origin;

// docs/advise.md says of each group what it is for. The bytes of the first group are those of a
// device that calls itself `me`, with a key, at `127.0.0.1:8080`; tests/scenario/wire_sizes_test.cc
// counts them in what client and hub write.
constexpr std::string_view kSizes = "tests/scenario/wire_sizes_test.cc";
constexpr std::string_view kOurs = "docs/measurements.md, readings in";
constexpr std::string_view kEngine = "docs/measurements.md, the engine alone";
constexpr std::string_view kHandshake =
    "counted with openssl s_client and s_server 3.0, TLS 1.3, X25519, P-256";
constexpr std::string_view kEspressif =
    "Espressif, ESP-IDF programming guide, low power mode in Wi-Fi scenarios (ESP32), at 3.3 V";
constexpr std::string_view kEspJoin =
    "G. Moloney, upy-esp32-experiments, ESPNow and Wi-Fi energy usage: DHCP, 204.3 mC in 1.63 s";
constexpr std::string_view kTr = "3GPP TR 45.820 (Release 13), section 5.4, battery model";
constexpr std::string_view kNordic =
    "Nordic Semiconductor, nRF9160 product specification, modem current consumption, at 3.7 V";
constexpr std::string_view kList = "list price of a public cloud, 2024, rounded";

constexpr std::array<ConstantRow, kConstants> kRows{{
    {Constant::kPostUp, "bytes.post.up", 237, "B", 0, kCounted, kSizes},
    {Constant::kPostDown, "bytes.post.down", 411, "B", 0, kCounted, kSizes},
    {Constant::kGetUp, "bytes.get.up", 201, "B", 0, kCounted, kSizes},
    {Constant::kGetDown, "bytes.get.down", 326, "B", 0, kCounted, kSizes},
    {Constant::kNotModifiedDown, "bytes.not_modified.down", 285, "B", 0, kCounted, kSizes},
    {Constant::kNextUp, "bytes.next.up", 213, "B", 0, kCounted, kSizes},
    {Constant::kNextDown, "bytes.next.down", 540, "B", 0, kCounted, kSizes},
    {Constant::kNextEmptyDown, "bytes.next_empty.down", 356, "B", 0, kCounted, kSizes},
    {Constant::kFinishUp, "bytes.finish.up", 287, "B", 0, kCounted, kSizes},
    {Constant::kFinishDown, "bytes.finish.down", 467, "B", 0, kCounted, kSizes},
    {Constant::kPollUp, "bytes.poll.up", 192, "B", 0, kCounted, kSizes},
    {Constant::kPollDown, "bytes.poll.down", 361, "B", 0, kCounted, kSizes},
    {Constant::kPollEmptyDown, "bytes.poll_empty.down", 360, "B", 0, kCounted, kSizes},
    {Constant::kSseUp, "bytes.sse.up", 171, "B", 0, kCounted, kSizes},
    {Constant::kSseDown, "bytes.sse.down", 353, "B", 0, kCounted, kSizes},
    {Constant::kSseEvent, "bytes.sse_event", 43, "B", 0, kCounted, kSizes},
    {Constant::kSseComment, "bytes.sse_comment", 8, "B", 0, kCounted, kSizes},
    {Constant::kUpgradeUp, "bytes.upgrade.up", 297, "B", 0, kCounted, kSizes},
    {Constant::kUpgradeDown, "bytes.upgrade.down", 339, "B", 0, kCounted, kSizes},
    {Constant::kSocketWriteUp, "bytes.ws_write.up", 70, "B", 0, kCounted, kSizes},
    {Constant::kSocketReplyDown, "bytes.ws_reply.down", 110, "B", 0, kCounted, kSizes},
    {Constant::kSocketTellUp, "bytes.ws_tell.up", 75, "B", 0, kCounted, kSizes},
    {Constant::kSocketAckDown, "bytes.ws_ack.down", 52, "B", 0, kCounted, kSizes},
    {Constant::kSocketEvent, "bytes.ws_event", 43, "B", 0, kCounted, kSizes},
    {Constant::kSocketCommandDown, "bytes.ws_command.down", 104, "B", 0, kCounted, kSizes},
    {Constant::kSocketFinishUp, "bytes.ws_finish.up", 126, "B", 0, kCounted, kSizes},
    {Constant::kSocketFinishDown, "bytes.ws_finish.down", 238, "B", 0, kCounted, kSizes},
    {Constant::kSocketPing, "bytes.ws_ping", 2, "B", 0, kStandard,
     "RFC 6455 sections 5.2 and 5.5.2: two bytes, and four of mask from a client"},
    {Constant::kTimedItem, "bytes.timed_item", 25, "B", 0, kStandard,
     "docs/reference/formats.md: {\"t\":1732387200000,\"v\":…} and a comma"},
    {Constant::kEventItem, "bytes.event_item", 58, "B", 0, kCounted, kSizes},
    {Constant::kCborBody, "ratio.cbor_body", 0.80, "of JSON", 0.15, kMeasured,
     "docs/measurements.md, one message in each format: 86 of 108 bytes"},
    {Constant::kCborEnvelope, "ratio.cbor_envelope", 0.75, "of JSON", 0.1, kAssumed,
     "the members' names stay, quotes and digits go"},
    {Constant::kDeflateBatch, "ratio.deflate", 0.25, "of JSON", 0.5, kAssumed,
     "zlib on a batch of readings alike; a payload that repeats nothing gains nothing"},

    {Constant::kIpHeader, "ip.header", 20, "B", 0, kStandard, "RFC 791 section 3.1"},
    {Constant::kTcpHeader, "tcp.header", 32, "B", 0, kStandard,
     "RFC 9293 section 3.1, with the timestamps of RFC 7323 section 3.2"},
    {Constant::kTcpSyn, "tcp.syn", 40, "B", 0, kStandard,
     "RFC 9293 section 3.7.1, RFC 7323, RFC 2018: size, SACK, timestamps, window scale"},
    {Constant::kTcpSegment, "tcp.segment", 1'448, "B", 0, kStandard,
     "1,500 of Ethernet less the headers, RFC 894, RFC 6691"},
    {Constant::kTcpRetry, "tcp.retry", 0.2, "s", 0, kStandard,
     "Linux TCP_RTO_MIN; RFC 6298 section 2.4 says 1 s"},
    {Constant::kTlsRecord, "tls.record", 22, "B", 0, kStandard,
     "RFC 8446 section 5.2: header 5, type 1, tag 16"},
    {Constant::kTlsFullUp, "tls.full.up", 410, "B", 0.1, kMeasured, kHandshake},
    {Constant::kTlsFullDown, "tls.full.down", 370, "B", 0.1, kMeasured, kHandshake},
    {Constant::kTlsChain, "tls.chain", 1'900, "B", 0.5, kAssumed,
     "a leaf and an intermediate with elliptic keys; a self-signed one has 413"},
    {Constant::kTlsResumedUp, "tls.resumed.up", 681, "B", 0.1, kMeasured, kHandshake},
    {Constant::kTlsResumedDown, "tls.resumed.down", 241, "B", 0.1, kMeasured, kHandshake},
    {Constant::kTlsTicket, "tls.ticket", 255, "B", 0.1, kMeasured, kHandshake},

    {Constant::kRestIdle, "hub.rest_idle", 75, "s", 0, kSetting, "limit http.idle_time"},
    {Constant::kSseEvery, "hub.sse_comment", 15, "s", 0, kSetting, "docs/reference/stream.md"},
    {Constant::kPollWait, "hub.poll_wait", 60, "s", 0, kSetting, "docs/reference/stream.md"},
    {Constant::kPingLeast, "hub.ping_least", 10, "s", 0, kSetting, "docs/reference/websocket.md"},
    {Constant::kPingMost, "hub.ping_most", 240, "s", 0, kSetting, "docs/reference/websocket.md"},
    {Constant::kDeflateFrom, "hub.deflate_from", 512, "B", 0, kSetting, "limit ws.deflate_bytes"},

    {Constant::kCpuRest, "cpu.rest", 75.7, "µs", 0.3, kMeasured, kOurs},
    {Constant::kCpuSocket, "cpu.ws", 61.2, "µs", 0.3, kMeasured, kOurs},
    {Constant::kCpuRestReading, "cpu.rest_reading", 3.39, "µs", 0.3, kMeasured, kOurs},
    {Constant::kCpuSocketReading, "cpu.ws_reading", 3.93, "µs", 0.3, kMeasured, kOurs},
    {Constant::kCpuCborReading, "cpu.cbor_reading", 2.96, "µs", 0.3, kMeasured, kOurs},
    {Constant::kCpuConnect, "cpu.connect", 100, "µs", 0.5, kAssumed,
     "what the hub reckons with for a newcomer's first bytes, src/net/socket.cc"},
    {Constant::kCpuTlsFull, "cpu.tls_full", 500, "µs", 0.5, kAssumed,
     "what the hub reckons with for a handshake's signature, src/net/socket.cc"},
    {Constant::kCpuTlsResumed, "cpu.tls_resumed", 200, "µs", 0.5, kAssumed,
     "the same without the signature, with two X25519"},
    {Constant::kCpuTlsRecord, "cpu.tls_record", 2, "µs", 0.5, kMeasured, kEngine},
    {Constant::kCpuDeflate, "cpu.deflate", 30, "µs", 0.5, kAssumed,
     "inflating some kilobytes; zlib's own speed"},
    {Constant::kCpuPing, "cpu.ping", 12, "µs", 0.5, kMeasured, kEngine},
    {Constant::kCpuEventSocket, "cpu.ws_event", 4, "µs", 0.5, kMeasured, kEngine},
    {Constant::kCpuEventSse, "cpu.sse_event", 5, "µs", 0.5, kAssumed,
     "as over a WebSocket, with a chunk's head for each"},
    {Constant::kCpuCommand, "cpu.command", 300, "µs", 0.5, kAssumed,
     "two durable changes; the same through every door"},
    {Constant::kClientRest, "client.rest", 34.5, "µs", 0.5, kMeasured, kOurs},
    {Constant::kClientSocket, "client.ws", 29.1, "µs", 0.5, kMeasured, kOurs},

    {Constant::kMemoryHttp, "memory.http", 1'532, "B", 0.3, kMeasured,
     "docs/measurements.md, a hub with nothing to do"},
    {Constant::kMemorySocket, "memory.ws", 3'793, "B", 0.3, kMeasured,
     "docs/measurements.md, a hub with nothing to do"},
    {Constant::kMemorySubscription, "memory.subscription", 983, "B", 0.3, kMeasured,
     "docs/measurements.md, a hub with nothing to do"},
    {Constant::kMemoryTls, "memory.tls", 14'438, "B", 0.2, kMeasured, kEngine},
    {Constant::kMemoryKernel, "memory.kernel", 4'096, "B", 0.5, kAssumed,
     "Linux: struct tcp_sock, dentry, inode, epoll item, from slabtop"},

    {Constant::kWifiSleep, "wifi.sleep", 0.0165, "mW", 0.5, kPublished, kEspressif},
    {Constant::kWifiJoin, "wifi.join", 1'022, "mJ", 0.5, kPublished, kEspJoin},
    {Constant::kWifiJoinTime, "wifi.join_time", 1.63, "s", 0.5, kPublished, kEspJoin},
    {Constant::kWifiListen, "wifi.listen", 7.69, "mW", 0.3, kPublished, kEspressif},
    {Constant::kWifiListenShort, "wifi.listen_short", 11.0, "mW", 0.3, kPublished, kEspressif},
    {Constant::kWifiBeacon, "wifi.beacon", 0.3072, "s", 0, kStandard,
     "three beacons of 100 time units, IEEE 802.11 section 11.1.3: DTIM 3"},
    {Constant::kWifiBeaconShort, "wifi.beacon_short", 0.1024, "s", 0, kStandard,
     "one beacon of 100 time units: DTIM 1"},
    {Constant::kWifiActive, "wifi.active", 330, "mW", 0.4, kPublished,
     "Espressif, ESP32 datasheet, RF power consumption: receiving, 100 mA at 3.3 V"},
    {Constant::kWifiStay, "wifi.stay", 0.05, "s", 0.5, kPublished,
     "Espressif, ESP-IDF: minimum active time of a station that sleeps"},
    {Constant::kCellSleep, "cellular.sleep", 0.015, "mW", 0.5, kPublished, kTr},
    {Constant::kCellPaged, "cellular.paged", 3, "mW", 0.5, kPublished, kTr},
    {Constant::kCellReceive, "cellular.receive", 80, "mW", 0.3, kPublished, kTr},
    {Constant::kCellSend, "cellular.send", 500, "mW", 0.3, kPublished, kTr},
    {Constant::kCellTail, "cellular.tail", 30, "mW", 0.5, kAssumed,
     "connected and idle: between light sleep and receiving of TR 45.820"},
    {Constant::kCellTailTime, "cellular.tail_time", 10, "s", 0.5, kPublished,
     "J. Huang and others, MobiSys 2012: 11.6 s of LTE; operators set it"},
    {Constant::kCellPaging, "cellular.paging", 2.56, "s", 0, kStandard,
     "3GPP TS 36.331, defaultPagingCycle, the longest"},
    {Constant::kLteWake, "lte_m.wake", 105, "mJ", 0.4, kPublished, kNordic},
    {Constant::kLteWakeTime, "lte_m.wake_time", 1.5, "s", 0.4, kPublished, kNordic},
    {Constant::kLteUp, "lte_m.up", 180, "kbit/s", 0.5, kPublished, kNordic},
    {Constant::kNbWake, "nb_iot.wake", 550, "mJ", 0.4, kPublished, kNordic},
    {Constant::kNbWakeTime, "nb_iot.wake_time", 2.7, "s", 0.4, kPublished, kNordic},
    {Constant::kNbUp, "nb_iot.up", 16.9, "kbit/s", 0.5, kStandard,
     "3GPP Release 13, single tone of 15 kHz, peak"},

    {Constant::kPriceCpuHour, "price.cpu_hour", 0.022, "$", 0.5, kAssumed, kList},
    {Constant::kPriceMemoryHour, "price.gib_hour", 0.003, "$", 0.5, kAssumed, kList},
    {Constant::kPriceGigabyte, "price.gb", 0.05, "$", 0.5, kAssumed,
     "between a flat rate and what clouds take for traffic that leaves them"},
    {Constant::kPriceCellularGigabyte, "price.gb_cellular", 20, "$", 0.5, kAssumed,
     "a flat rate for things: about 10 for 500 MB"},
    {Constant::kPriceBatteryWh, "price.battery_wh", 0.5, "$", 0.5, kAssumed,
     "a lithium cell AA, 4.5 Wh by its datasheet, about 2; no work of changing it"},
}};

static_assert([] {
    for (std::size_t at = 0; at < kConstants; ++at)
        if (kRows[at].id != static_cast<Constant>(at)) return false;
    return true;
}());

constexpr std::array<std::string_view, 6> kOrigins{"standard", "counted",   "setting",
                                                   "measured", "published", "assumed"};

}  // namespace

std::string_view name_of(Origin origin) {
    return kOrigins.at(static_cast<std::size_t>(origin));
}

std::span<const ConstantRow> constant_rows() {
    return kRows;
}

const ConstantRow& row(Constant id) {
    return kRows.at(static_cast<std::size_t>(id));
}

Constants::Constants() {
    for (const ConstantRow& each : kRows)
        put(each.id, each.value);
}

Result<void> Constants::set(std::string_view name, double value) {
    const auto* found = std::ranges::find(kRows, name, &ConstantRow::name);
    if (found == kRows.end()) {
        return fail_field("/constants/" + std::string{name}, "there is no such constant");
    }
    if (!std::isfinite(value) || value < 0) {
        return fail_field("/constants/" + std::string{name}, "a number from 0 is accepted");
    }
    put(found->id, value);
    return {};
}

bool Constants::replaced(Constant id) const {
    // What was never set is the table's very number.
    return (*this)[id] < row(id).value || (*this)[id] > row(id).value;
}

Result<Constants> read_calibration(std::string_view json) {
    auto read = codec::parse_json(json);
    if (!read) return pass(read);
    const Value* members = read->find("constants");
    const auto* rows = members == nullptr ? nullptr : members->get<Value::Object>();
    if (rows == nullptr) {
        return fail_field("/constants", "an object of names and numbers is needed");
    }
    Constants made;
    for (const auto& [name, said] : *rows) {
        const Value* inner = said.find("value");
        const Value& value = inner == nullptr ? said : *inner;
        if (!value.is_number()) {
            return fail_field("/constants/" + name, "a number is accepted");
        }
        if (auto good = made.set(name, value.as_double()); !good) return pass(good);
    }
    // What is divided by.
    for (const Constant each : {Constant::kTcpSegment, Constant::kSseEvery, Constant::kPollWait,
                                Constant::kPingLeast, Constant::kPingMost}) {
        if (made[each] > 0) continue;
        return fail_field("/constants/" + std::string{row(each).name},
                          "a number above 0 is accepted");
    }
    if (made[Constant::kPingLeast] > made[Constant::kPingMost]) {
        return fail_field("/constants/hub.ping_least", "hub.ping_most at most is accepted");
    }
    return made;
}

}  // namespace tandem::advise
