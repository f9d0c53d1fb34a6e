#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tandem {

/// A payload as a tree: what JSON, CBOR and XML all mean. Whole numbers are 64-bit and exact
/// (unsigned only above 2^63-1), others finite doubles; −0 is a double. Keys of an object are
/// unique and keep their order.
class Value {
public:
    using Array = std::vector<Value>;
    using Object = std::vector<std::pair<std::string, Value>>;

    Value() = default;
    // Not in each file that has one: there is much to what the compiler makes of them.
    Value(const Value& other);
    Value(Value&& other) noexcept;
    Value& operator=(const Value& other);
    Value& operator=(Value&& other) noexcept;
    ~Value();
    // NOLINTBEGIN(google-explicit-constructor): literals read as values
    Value(std::nullptr_t) {}
    // Constrained, or every pointer would become a boolean.
    template <typename T>
        requires std::same_as<T, bool>
    Value(T boolean) : data_{boolean} {}
    Value(int number) : data_{std::int64_t{number}} {}
    Value(std::int64_t number) : data_{number} {}
    Value(std::uint64_t number);
    Value(double number) : data_{number} {}
    Value(std::string text) : data_{std::move(text)} {}
    Value(std::string_view text) : data_{std::string{text}} {}
    Value(const char* text) : data_{std::string{text}} {}
    Value(Array items) : data_{std::move(items)} {}
    Value(Object members) : data_{std::move(members)} {}
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] bool is_null() const { return data_.index() == 0; }
    /// The alternative of type `T` (bool, int64_t, uint64_t, double, std::string, Array, Object),
    /// or nullptr.
    template <typename T>
    [[nodiscard]] const T* get() const {
        return std::get_if<T>(&data_);
    }
    template <typename T>
    [[nodiscard]] T* get() {
        return std::get_if<T>(&data_);
    }
    [[nodiscard]] bool is_number() const { return data_.index() >= 2 && data_.index() <= 4; }
    /// Any number as a double, rounded where it must be; 0 for what is no number.
    [[nodiscard]] double as_double() const;

    /// The member `key` of an object, or nullptr.
    [[nodiscard]] const Value* find(std::string_view key) const;
    [[nodiscard]] Value* find(std::string_view key);
    /// Sets a member; a value that is no object becomes one.
    void set(std::string_view key, Value value);
    /// Removes a member; false when there was none.
    bool erase(std::string_view key);

    /// Deep equality. 1 and 1.0 differ (another type), as do 0.0 and −0.0; NaN does not occur.
    friend bool operator==(const Value& left, const Value& right);

    [[nodiscard]] const auto& data() const { return data_; }

private:
    std::variant<std::monostate,
                 bool,
                 std::int64_t,
                 std::uint64_t,
                 double,
                 std::string,
                 Array,
                 Object>
        data_;
};

/// About how many bytes of memory a value takes.
[[nodiscard]] std::size_t weight_of(const Value& value);

/// Applies a JSON Merge Patch, RFC 7396 section 2.
void merge_patch(Value& target, const Value& patch);

/// The merge patch that makes `to` out of `from`; both are objects. A member that is null cannot be
/// said in a patch: it is as if it were not there.
[[nodiscard]] Value merge_diff(const Value& from, const Value& to);

}  // namespace tandem
