#include "door/account.h"

#include "contract/command.h"
#include "contract/stream.h"

#include <algorithm>
#include <array>

namespace tandem::door {
namespace {

using advise::Flow;

// Around the parameters of commands in an answer to who takes them, about: what else is said of a
// command. advise/constants.cc counts it with the rest of the framing.
constexpr std::size_t kAroundTaken = 210;
// `{"items":[]}` in any encoding; a command has more.
constexpr std::size_t kEmptyList = 64;
// SYN-ACK: it leaves before there is a connection to count on. The kernel begins a connection that
// was accepted with the SYN counted.
constexpr double kSynAck = 1;

enum class Role : std::uint8_t { kPlain, kAsk, kReport, kEvents };

Role role_of(const contract::Operation& operation) {
    const auto* const named = &operation.name;
    const std::array<const std::string_view*, 4> reports{
        &contract::kCommandsAck.name, &contract::kCommandsFinish.name,
        &contract::kCommandsProgress.name, &contract::kCommandsRenew.name};
    if (*named == contract::kCommandsTake.name) return Role::kAsk;
    if (*named == contract::kStreamRead.name) return Role::kEvents;
    const bool report =
        std::ranges::any_of(reports, [&](const std::string_view* each) { return *each == *named; });
    return report ? Role::kReport : Role::kPlain;
}

bool reads(const contract::Operation& operation) {
    return operation.method == contract::Method::kGet;
}

// Of the parameters; no less than one byte.
double parameter_bytes(std::size_t whole, std::size_t around) {
    return whole > around ? static_cast<double>(whole - around) : 1;
}

Flow flow_of(Role role,
             const contract::Operation& operation,
             std::size_t asked,
             const api::Reply& reply) {
    Flow flow{.messages_up = 1};
    switch (role) {
        case Role::kAsk:
            flow.asks = 1;
            if (reply.status == 200 && reply.body.size() > kEmptyList) {
                flow.commands = 1;
                flow.command_bytes = parameter_bytes(reply.body.size(), kAroundTaken);
            }
            break;
        case Role::kReport:
            break;
        case Role::kEvents:
            flow.event_bytes = static_cast<double>(reply.body.size());
            break;
        case Role::kPlain:
            flow.plain = 1;
            flow.plain_bytes =
                static_cast<double>(asked + (reads(operation) ? reply.body.size() : 0));
            break;
    }
    return flow;
}

}  // namespace

std::shared_ptr<Account> Account::of(net::Transport& transport, api::World world) {
    if (transport.watcher() != nullptr) {
        return std::static_pointer_cast<Account>(transport.watcher());
    }
    auto made = std::make_shared<Account>(transport, world);
    transport.set_watcher(made);
    return made;
}

Account::Account(net::Transport& transport, api::World world)
    : transport_{&transport},
      world_{world},
      seen_at_{world.monotonic()},
      from_{seen_at_},
      tls_{transport.peer().tls},
      v6_{transport.peer().address.find(':') != std::string::npos} {
    pending_.connections = 1;
    pending_.handshakes = tls_ ? 1 : 0;
}

Account::~Account() {
    let_go();
}

void Account::let_go() {
    if (ledger_ != nullptr) {
        std::erase(ledger_->open, static_cast<api::Meter*>(this));
        ledger_ = nullptr;
    }
}

Account::Mark Account::mark_of(const net::Traffic& all) const {
    Mark made{.app_up = static_cast<double>(all.plain_up),
              .app_down = static_cast<double>(all.plain_down)};
    if (!all.tcp) return made;
    const net::TcpCount& tcp = *all.tcp;
    const double above_up = std::max(static_cast<double>(tcp.bytes_received) - made.app_up, 0.0);
    const double above_down = std::max(static_cast<double>(tcp.bytes_sent) - made.app_down, 0.0);
    const double header = net::kPacketHeaders + (v6_ ? net::kIpv6More : 0);
    made.headers_up = header * tcp.segments_received + net::kSynMore;
    made.headers_down = header * (tcp.segments_sent + kSynAck) + net::kSynMore;
    made.packets = tcp.segments_received + tcp.segments_sent + kSynAck;
    // Above what the protocol has is TLS, or, without that, what was sent again.
    (tls_ ? made.tls_up : made.headers_up) += above_up;
    (tls_ ? made.tls_down : made.headers_down) += above_down;
    return made;
}

// Puts what has passed since the last time into the ledger.
void Account::settle(const Mark& until, Monotonic to) {
    pending_.app_up += until.app_up - counted_.app_up;
    pending_.app_down += until.app_down - counted_.app_down;
    pending_.tls_up += until.tls_up - counted_.tls_up;
    pending_.tls_down += until.tls_down - counted_.tls_down;
    pending_.headers_up += until.headers_up - counted_.headers_up;
    pending_.headers_down += until.headers_down - counted_.headers_down;
    pending_.packets += until.packets - counted_.packets;
    pending_.connected = static_cast<double>((to - from_) / 1us) / 1e6;
    ledger_->ledger.add(door_, from_, to, pending_);
    pending_ = {};
    counted_ = until;
    from_ = to;
}

void Account::belong(const DeviceRef& device, advise::Door door) {
    if (transport_ == nullptr) return;
    const bool same = ledger_ != nullptr && ledger_->device == device;
    if (same && door == door_) return;
    const bool first = ledger_ == nullptr;
    if (!first) {
        const net::Traffic all = transport_->traffic();
        Mark until = mark_of(all);
        until.app_up = std::max(seen_up_, counted_.app_up);
        if (all.tcp) {
            until.headers_up -= net::kPacketHeaders;
            until.packets -= 1;
        }
        settle(until, std::max(seen_at_, from_));
    }
    if (!same) {
        let_go();
        ledger_ = world_.shard().ledgers->of(device, from_);
        ledger_->open.push_back(this);
    }
    ledger_->tls = tls_;
    door_ = door;
}

void Account::note(const Flow& message) {
    if (ledger_ == nullptr || transport_ == nullptr) return;
    pending_ += message;
    const Monotonic now = world_.monotonic();
    seen_up_ = static_cast<double>(transport_->plain_up());
    seen_at_ = now;
    if (advise::Ledger::parts(from_, now)) read();
    consider(world_, *ledger_);
}

void Account::note_event(std::size_t bytes) {
    pending_.messages_down += 1;
    pending_.events += 1;
    pending_.event_bytes += static_cast<double>(bytes);
}

void Account::read() {
    if (ledger_ == nullptr || transport_ == nullptr) return;
    const net::Traffic all = transport_->traffic();
    if (all.tcp) ledger_->round_trip = all.tcp->round_trip;
    settle(mark_of(all), world_.monotonic());
}

void Account::on_over(const net::Traffic& all) {
    transport_ = nullptr;
    if (ledger_ == nullptr) return;
    if (all.tcp) ledger_->round_trip = all.tcp->round_trip;
    const Mark until = mark_of(all);
    // A transport that cannot count has nothing to say at its end.
    settle(until.app_up >= counted_.app_up ? until : counted_, world_.monotonic());
    let_go();
}

const api::Hint* Account::hint() const {
    return ledger_ == nullptr ? nullptr : ledger_->hint.get();
}

Noted noted_request(const contract::Operation& operation,
                    bool waits,
                    std::size_t asked,
                    const api::Reply& reply) {
    const Role role = role_of(operation);
    Noted noted{.flow = flow_of(role, operation, asked, reply)};
    if (reply.encoding == contract::Encoding::kEventStream) {
        noted.door = advise::Door::kSse;
    } else if (waits && (role == Role::kAsk || role == Role::kEvents)) {
        noted.door = advise::Door::kPoll;
    }
    noted.flow.messages_down = 1;
    return noted;
}

Flow noted_message(const contract::Operation& operation,
                   std::size_t asked,
                   const api::Reply& reply) {
    return flow_of(role_of(operation), operation, asked, reply);
}

Flow noted_command(const advise::Constants& constants, std::size_t bytes) {
    const double around = constants[advise::Constant::kSocketCommandDown];
    return {.commands = 1,
            .command_bytes = parameter_bytes(bytes, static_cast<std::size_t>(around))};
}

}  // namespace tandem::door
