#include "door/coding.h"

#include "base/ascii.h"
#include "codec/field_list.h"
#include "door/answer.h"

namespace tandem::door {

Result<std::optional<codec::Coding>> coding_of_body(const net::HttpRequest& request) {
    const std::string name = joined_header(request, "content-encoding");
    if (request.body.empty() || name.empty() || equal_ignoring_case(name, "identity")) {
        return std::optional<codec::Coding>{};
    }
    const auto coding = codec::coding_named(name);
    if (!coding) {
        return fail(ErrorCode::kUnsupportedEncoding, "one of these is accepted: gzip, zstd");
    }
    return coding;
}

std::optional<codec::Coding> coding_for(const net::HttpRequest& request,
                                        const net::HttpResponse& answer) {
    if (net::find_header(answer.headers, "etag") != nullptr ||
        net::find_header(answer.headers, "content-encoding") != nullptr) {
        return {};
    }
    return codec::choose_coding(joined_header(request, "accept-encoding"));
}

net::HttpResponse coded(const net::HttpRequest& request, net::HttpResponse answer) {
    if (answer.body.size() < kCodedBytesMin) return answer;
    const auto coding = coding_for(request, answer);
    if (!coding) return answer;
    codec::Deflater deflater{*coding};
    std::string smaller;
    deflater.append(answer.body, smaller);
    deflater.finish(smaller);
    if (smaller.size() >= answer.body.size()) return answer;
    answer.body = std::move(smaller);
    answer.headers.emplace_back("content-encoding", std::string{codec::name_of(*coding)});
    return answer;
}

}  // namespace tandem::door
