// A peer: libwebsockets, one thread, its own loop over poll.
//
//   lws        prints `listening on PORT`
//
// WebSocket: every message comes back. HTTP: a request is answered 204, but pipelined ones are not.
#include "../system.h"

#include <fmt/format.h>
#include <libwebsockets.h>

#include <array>
#include <cstdio>
#include <deque>
#include <string>
#include <string_view>

namespace {

struct Session {
    std::deque<std::string> queue;  // Each with the room in front that the library asks for.
    std::string begun;
};

// The library keeps room for this much for a connection; the session itself is made in it.
using Place = Session*;

int on_message(lws* socket, Session& session, std::string_view part) {
    if (session.begun.empty()) session.begun.assign(LWS_PRE, '\0');
    session.begun += part;
    if (lws_is_final_fragment(socket) == 0) return 0;
    session.queue.push_back(std::move(session.begun));
    session.begun.clear();
    lws_callback_on_writable(socket);
    return 0;
}

// One message for each call, as the library wants it.
int on_writable(lws* socket, Session& session) {
    if (session.queue.empty()) return 0;
    std::string& message = session.queue.front();
    auto* bytes = reinterpret_cast<unsigned char*>(message.data()) + LWS_PRE;
    const std::size_t size = message.size() - LWS_PRE;
    if (lws_write(socket, bytes, size, LWS_WRITE_TEXT) < static_cast<int>(size)) return -1;
    session.queue.pop_front();
    if (!session.queue.empty()) lws_callback_on_writable(socket);
    return 0;
}

int answer(lws* socket) {
    std::array<unsigned char, LWS_PRE + 512> buffer{};
    unsigned char* const begin = buffer.data() + LWS_PRE;
    unsigned char* at = begin;
    unsigned char* const end = buffer.data() + buffer.size() - 1;
    if (lws_add_http_common_headers(socket, 204, nullptr, 0, &at, end) != 0 ||
        lws_finalize_write_http_header(socket, begin, &at, end) != 0) {
        return 1;
    }
    return lws_http_transaction_completed(socket) != 0 ? -1 : 0;
}

int callback(lws* socket, lws_callback_reasons reason, void* user, void* in, std::size_t size) {
    auto* place = static_cast<Place*>(user);
    switch (reason) {
        case LWS_CALLBACK_ESTABLISHED:
            *place = new Session;
            return 0;
        case LWS_CALLBACK_CLOSED:
            delete *place;
            return 0;
        case LWS_CALLBACK_RECEIVE:
            return on_message(socket, **place, {static_cast<const char*>(in), size});
        case LWS_CALLBACK_SERVER_WRITEABLE:
            return on_writable(socket, **place);
        case LWS_CALLBACK_HTTP:
            // A request with a body is answered when that has come.
            return lws_hdr_total_length(socket, WSI_TOKEN_POST_URI) > 0 ? 0 : answer(socket);
        case LWS_CALLBACK_HTTP_BODY_COMPLETION:
            return answer(socket);
        default:
            return lws_callback_http_dummy(socket, reason, user, in, size);
    }
}

}  // namespace

int main() {
    tandem::bench::open_file_limit();
    lws_set_log_level(LLL_ERR, nullptr);
    const std::array<lws_protocols, 2> protocols{
        {{.name = "bench", .callback = callback, .per_session_data_size = sizeof(Place)}, {}}};
    lws_context_creation_info info{};
    info.iface = "127.0.0.1";
    info.protocols = protocols.data();
    info.keepalive_timeout = 60;
    lws_context* context = lws_create_context(&info);
    if (context == nullptr) return 2;
    fmt::print("listening on {}\n",
               lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "default")));
    std::fflush(stdout);
    while (lws_service(context, 0) >= 0) {
    }
    lws_context_destroy(context);
}
