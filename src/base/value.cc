#include "base/value.h"

#include "base/check.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace tandem {

Value::Value(const Value& other) = default;
Value::Value(Value&& other) noexcept = default;
Value& Value::operator=(const Value& other) = default;
Value& Value::operator=(Value&& other) noexcept = default;
Value::~Value() = default;

Value::Value(std::uint64_t number) {
    if (number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        data_ = static_cast<std::int64_t>(number);
    } else {
        data_ = number;
    }
}

double Value::as_double() const {
    if (const auto* number = get<std::int64_t>()) return static_cast<double>(*number);
    if (const auto* number = get<std::uint64_t>()) return static_cast<double>(*number);
    if (const auto* number = get<double>()) return *number;
    return 0;
}

const Value* Value::find(std::string_view key) const {
    const auto* members = get<Object>();
    if (members == nullptr) return nullptr;
    const auto found = std::ranges::find(*members, key, &Object::value_type::first);
    return found == members->end() ? nullptr : &found->second;
}

Value* Value::find(std::string_view key) {
    const Value* found = std::as_const(*this).find(key);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): this is not const
    return const_cast<Value*>(found);
}

void Value::set(std::string_view key, Value value) {
    if (Value* found = find(key)) {
        *found = std::move(value);
        return;
    }
    if (get<Object>() == nullptr) data_ = Object{};
    get<Object>()->emplace_back(std::string{key}, std::move(value));
}

bool Value::erase(std::string_view key) {
    auto* members = get<Object>();
    if (members == nullptr) return false;
    return std::erase_if(*members, [&](const auto& member) { return member.first == key; }) > 0;
}

bool operator==(const Value& left, const Value& right) {
    // By bits: −0.0 is kept apart from 0.0, or writing one over the other would change nothing.
    const auto* a = left.get<double>();
    const auto* b = right.get<double>();
    if (a != nullptr && b != nullptr) {
        return std::bit_cast<std::uint64_t>(*a) == std::bit_cast<std::uint64_t>(*b);
    }
    if (left.data_.index() != right.data_.index()) return false;
    const auto* x = left.get<Value::Object>();
    if (x == nullptr) return left.data_ == right.data_;
    const auto* y = right.get<Value::Object>();
    // The order of members carries no meaning.
    return x->size() == y->size() && std::ranges::all_of(*x, [&](const auto& member) {
               const Value* other = right.find(member.first);
               return other != nullptr && *other == member.second;
           });
}

std::size_t weight_of(const Value& value) {  // NOLINT(misc-no-recursion): bounded as it was read
    std::size_t weight = sizeof(Value);
    if (const auto* text = value.get<std::string>()) weight += text->size();
    if (const auto* items = value.get<Value::Array>()) {
        for (const Value& item : *items)
            weight += weight_of(item);
    }
    if (const auto* members = value.get<Value::Object>()) {
        for (const auto& [key, member] : *members) {
            weight += sizeof(std::string) + key.size() + weight_of(member);
        }
    }
    return weight;
}

void merge_patch(Value& target, const Value& patch) {
    const auto* changes = patch.get<Value::Object>();
    if (changes == nullptr) {
        target = patch;
        return;
    }
    if (target.get<Value::Object>() == nullptr) target = Value::Object{};
    for (const auto& [key, change] : *changes) {
        if (change.is_null()) {
            target.erase(key);
        } else if (Value* member = target.find(key)) {
            merge_patch(*member, change);
        } else {
            Value fresh;
            merge_patch(fresh, change);
            target.set(key, std::move(fresh));
        }
    }
}

Value merge_diff(const Value& from, const Value& to) {
    const auto* before = from.get<Value::Object>();
    const auto* after = to.get<Value::Object>();
    check(before != nullptr && after != nullptr);
    Value::Object changes;
    for (const auto& [key, old] : *before) {
        const Value* now = to.find(key);
        if (!old.is_null() && (now == nullptr || now->is_null()))
            changes.emplace_back(key, nullptr);
    }
    for (const auto& [key, now] : *after) {
        const Value* old = from.find(key);
        if (now.is_null() || (old != nullptr && *old == now)) continue;
        const bool inner = old != nullptr && old->get<Value::Object>() != nullptr &&
                           now.get<Value::Object>() != nullptr;
        changes.emplace_back(key, inner ? merge_diff(*old, now) : now);
    }
    return changes;
}

}  // namespace tandem
