#pragma once

#include "contract/user.h"

#include <optional>
#include <string>
#include <vector>

namespace tandem::contract {

// ---------------------------------------------------------------- messages

struct ClaimCodeCreate {
    std::optional<std::string> device;
    std::optional<std::string> prefix;
    std::string type;
    Labels labels;
    std::int64_t uses = 1;
    std::optional<Instant> expires;
};
inline const Shape& shape_of(const ClaimCodeCreate*) {
    static const Shape made{
        .name = "ClaimCodeCreate",
        .fields = {
            field<&ClaimCodeCreate::device>(
                {.name = "device",
                 .form = Form::kName,
                 .says = "The one that it is for, whether it is there or not; any new one when "
                         "missing."}),
            field<&ClaimCodeCreate::prefix>({.name = "prefix",
                                             .form = Form::kName,
                                             .says = "What the ids of new ones begin with."}),
            field<&ClaimCodeCreate::type>(
                {.name = "type", .max = 64, .says = "The type of the devices that it makes."}),
            field<&ClaimCodeCreate::labels>(
                {.name = "labels", .max = 32, .says = "And their labels."}),
            field<&ClaimCodeCreate::uses>(
                {.name = "uses",
                 .min = 1,
                 .max = 100'000,
                 .says = "For how many devices: more than one makes it a fleet's key."}),
            field<&ClaimCodeCreate::expires>(
                {.name = "expires", .says = "A year ahead at most; a day when missing."})}};
    return made;
}

struct ClaimCodeView {
    std::string id;
    std::optional<std::string> code;
    std::optional<std::string> device;
    std::optional<std::string> prefix;
    std::string type;
    Labels labels;
    std::int64_t uses = 1;
    std::string made_by;
    Instant created;
    Instant expires;
};
inline const Shape& shape_of(const ClaimCodeView*) {
    static const Shape made{
        .name = "ClaimCode",
        .fields = {
            field<&ClaimCodeView::id>({.name = "id", .required = true}),
            field<&ClaimCodeView::code>(
                {.name = "code", .says = "What the device sends: shown this once, never again."}),
            field<&ClaimCodeView::device>({.name = "device"}),
            field<&ClaimCodeView::prefix>({.name = "prefix"}),
            field<&ClaimCodeView::type>({.name = "type", .required = true}),
            field<&ClaimCodeView::labels>({.name = "labels", .required = true}),
            field<&ClaimCodeView::uses>(
                {.name = "uses", .required = true, .says = "Devices that may still come."}),
            field<&ClaimCodeView::made_by>(
                {.name = "made_by",
                 .required = true,
                 .says = "Whose grants let its devices in: when they end, it does."}),
            field<&ClaimCodeView::created>({.name = "created", .required = true}),
            field<&ClaimCodeView::expires>({.name = "expires", .required = true})}};
    return made;
}

struct ClaimCodeRef {
    std::string claim_code;
};
inline const Shape& shape_of(const ClaimCodeRef*) {
    static const Shape made{
        .name = "ClaimCodeRef",
        .fields = {field<&ClaimCodeRef::claim_code>({.name = "claim_code",
                                                     .from = From::kPath,
                                                     .required = true,
                                                     .form = Form::kName,
                                                     .says = "The claim code's id."})}};
    return made;
}

struct ConsentView {
    std::string id;
    std::string app;
    std::vector<std::string> scopes;
    Instant created;
    Instant used;
    Instant expires;
};
inline const Shape& shape_of(const ConsentView*) {
    static const Shape made{
        .name = "Consent",
        .fields = {
            field<&ConsentView::id>({.name = "id", .required = true}),
            field<&ConsentView::app>({.name = "app", .required = true}),
            field<&ConsentView::scopes>({.name = "scopes", .required = true}),
            field<&ConsentView::created>({.name = "created", .required = true}),
            field<&ConsentView::used>(
                {.name = "used", .required = true, .says = "When it last asked for tokens."}),
            field<&ConsentView::expires>({.name = "expires", .required = true})}};
    return made;
}

struct ConsentRef {
    std::string consent;
};
inline const Shape& shape_of(const ConsentRef*) {
    static const Shape made{.name = "ConsentRef",
                            .fields = {field<&ConsentRef::consent>({.name = "consent",
                                                                    .from = From::kPath,
                                                                    .required = true,
                                                                    .form = Form::kName,
                                                                    .says = "The consent's id."})}};
    return made;
}

struct DenialCreate {
    std::string issuer;
    std::optional<std::string> subject;
    std::optional<std::string> token;
};
inline const Shape& shape_of(const DenialCreate*) {
    static const Shape made{
        .name = "DenialCreate",
        .fields = {
            field<&DenialCreate::issuer>({.name = "issuer",
                                          .required = true,
                                          .max = 2'048,
                                          .says = "As the settings name it."}),
            field<&DenialCreate::subject>(
                {.name = "sub", .min = 1, .max = 256, .says = "All tokens of this subject."}),
            field<&DenialCreate::token>(
                {.name = "jti", .min = 1, .max = 256, .says = "Or the one with this id."})}};
    return made;
}

struct DenialView {
    std::string issuer;
    std::optional<std::string> subject;
    std::optional<std::string> token;
    Instant until;
};
inline const Shape& shape_of(const DenialView*) {
    static const Shape made{
        .name = "Denial",
        .fields = {field<&DenialView::issuer>({.name = "issuer", .required = true}),
                   field<&DenialView::subject>({.name = "sub"}),
                   field<&DenialView::token>({.name = "jti"}),
                   field<&DenialView::until>(
                       {.name = "until",
                        .required = true,
                        .says = "What was issued before now has run out by then."})}};
    return made;
}

// ---------------------------------------------------------------- operations

inline const auto kClaimCodesCreate = operation<ClaimCodeCreate, ClaimCodeView>({
    .name = "claim_codes.create",
    .method = Method::kPost,
    .path = "/v1/claim-codes",
    .scope = Scope::kAccessManage,
    .status = 201,
    .audited = true,
    .secret = true,
    .says = "Makes a code with which a device that nobody has registered becomes one, or a fleet "
            "does: the device sends it to `/oauth/token` and gets its key.",
    .errors = {ErrorCode::kConflict},
    .example = R"({"body":{"prefix":"pump-","type":"pump","labels":{"site":"hall-3"},"uses":500}})",
    .answer = R"({"id":"kQ3vW8nZr1LpXa0c","code":"7QK2M9XH4TRB8WVN3JYD5CEP","prefix":"pump-",)"
              R"("type":"pump","labels":{"site":"hall-3"},"uses":500,"made_by":"app:admin",)"
              R"("created":1732386600000,"expires":1732473000000})",
});

inline const auto kClaimCodesList = operation<PageQuery, Page<ClaimCodeView>>({
    .name = "claim_codes.list",
    .path = "/v1/claim-codes",
    .scope = Scope::kAccessManage,
    .says = "Lists the claim codes of the tenant in order of id, without the codes themselves.",
    .example = R"({"query":{"limit":10}})",
    .answer = R"({"items":[{"id":"kQ3vW8nZr1LpXa0c","prefix":"pump-","type":"pump",)"
              R"("labels":{"site":"hall-3"},"uses":500,"made_by":"app:admin",)"
              R"("created":1732386600000,"expires":1732473000000}]})",
});

inline const auto kClaimCodesDelete = operation<ClaimCodeRef, Nothing>({
    .name = "claim_codes.delete",
    .method = Method::kDelete,
    .path = "/v1/claim-codes/{claim_code}",
    .scope = Scope::kAccessManage,
    .urgency = Urgency::kVital,
    .status = 204,
    .audited = true,
    .says = "Ends a claim code. Devices that came with it keep their keys.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"claim_code":"$claim_code"}})",
});

inline const auto kConsentsList = operation<PageQuery, Page<ConsentView>>({
    .name = "consents.list",
    .path = "/v1/consents",
    .says = "Lists what the calling user has agreed that apps may do in their name.",
    .example = R"({"query":{"limit":10}})",
    .answer = R"({"items":[{"id":"kQ3vW8nZr1LpXa0c","app":"dashboard",)"
              R"("scopes":["telemetry:read","self:read"],"created":1732386600000,)"
              R"("used":1732386600000,"expires":1734978600000}]})",
});

inline const auto kConsentsDelete = operation<ConsentRef, Nothing>({
    .name = "consents.delete",
    .method = Method::kDelete,
    .path = "/v1/consents/{consent}",
    .urgency = Urgency::kVital,
    .status = 204,
    .audited = true,
    .says = "Takes back a consent of the calling user: its tokens end at once, and their sockets.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"consent":"$consent"}})",
});

inline const auto kDenialsCreate = operation<DenialCreate, DenialView>({
    .name = "denials.create",
    .method = Method::kPost,
    .path = "/v1/denials",
    .scope = Scope::kAccessManage,
    .urgency = Urgency::kVital,
    .status = 201,
    .audited = true,
    .says = "Refuses tokens of an outside issuer, all of a subject or one, until those that there "
            "are have run out. Their sockets end at once, and sessions of the subject.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"body":{"issuer":"https://idp.example","sub":"248289761001"}})",
    .answer = R"({"issuer":"https://idp.example","sub":"248289761001","until":1732473060000})",
});

}  // namespace tandem::contract
