#include "api/paging.h"

#include "codec/base64.h"

namespace tandem::api {

std::string page_cursor(char kind, std::string_view position) {
    return codec::base64url_encode(std::string{kind} + std::string{position});
}

Result<std::string> read_page_cursor(char kind, std::string_view text) {
    auto raw = codec::base64url_decode(text);
    if (!raw || raw->empty() || raw->front() != kind) {
        return fail_field("#query/cursor", "`next` of a page of this list is expected");
    }
    return raw->substr(1);
}

}  // namespace tandem::api
