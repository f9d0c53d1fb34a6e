#include "simulation/fiber.h"

#include "base/check.h"

#include <sys/mman.h>

#include <cstdint>
#include <vector>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TANDEM_FIBER_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define TANDEM_FIBER_TSAN 1
#endif
#endif
#if defined(TANDEM_FIBER_ASAN)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(TANDEM_FIBER_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace tandem::simulation {
namespace {

// Pages that are never touched take no memory.
constexpr std::size_t kStackBytes = std::size_t{1} << 20U;

// Each store has four threads, and each run many stores: stacks are used again.
std::vector<void*>& free_stacks() {
    static std::vector<void*> stacks;
    return stacks;
}

void* take_stack() {
    if (!free_stacks().empty()) {
        void* stack = free_stacks().back();
        free_stacks().pop_back();
        return stack;
    }
    void* stack =
        ::mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(stack != MAP_FAILED);
    return stack;
}

// Inlined: what the thread sanitizer counts at a function's end would be counted for the other
// fiber.
[[gnu::always_inline]] inline void before_switch([[maybe_unused]] void** fake,
                                                 [[maybe_unused]] const void* stack,
                                                 [[maybe_unused]] std::size_t size,
                                                 [[maybe_unused]] void* tsan) {
#if defined(TANDEM_FIBER_ASAN)
    __sanitizer_start_switch_fiber(fake, stack, size);
#endif
#if defined(TANDEM_FIBER_TSAN)
    __tsan_switch_to_fiber(tsan, 0);
#endif
}

void after_switch([[maybe_unused]] void* fake,
                  [[maybe_unused]] const void** stack,
                  [[maybe_unused]] std::size_t* size) {
#if defined(TANDEM_FIBER_ASAN)
    __sanitizer_finish_switch_fiber(fake, stack, size);
#endif
}

}  // namespace

Fiber::Fiber(Work body) : body_{std::move(body)}, stack_{take_stack()} {
    check(::getcontext(&own_) == 0);
    own_.uc_stack.ss_sp = stack_;
    own_.uc_stack.ss_size = kStackBytes;
    own_.uc_link = nullptr;
    const auto self = reinterpret_cast<std::uintptr_t>(this);
    // makecontext passes integers alone.
    ::makecontext(&own_, reinterpret_cast<void (*)()>(&Fiber::enter), 2,
                  static_cast<unsigned>(self >> 32U), static_cast<unsigned>(self));
#if defined(TANDEM_FIBER_TSAN)
    own_tsan_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
    check(ended_);
#if defined(TANDEM_FIBER_TSAN)
    __tsan_destroy_fiber(own_tsan_);
#endif
    free_stacks().push_back(stack_);
}

void Fiber::run() {
    check(!ended_);
#if defined(TANDEM_FIBER_TSAN)
    caller_tsan_ = __tsan_get_current_fiber();
#endif
    before_switch(&caller_fake_, stack_, kStackBytes, own_tsan_);
    check(::swapcontext(&caller_, &own_) == 0);
    after_switch(caller_fake_, nullptr, nullptr);
}

void Fiber::yield() {
    // Of one that has ended, the sanitizer may drop what it knows.
    before_switch(ended_ ? nullptr : &own_fake_, caller_stack_, caller_size_, caller_tsan_);
    check(::swapcontext(&own_, &caller_) == 0);
    after_switch(own_fake_, &caller_stack_, &caller_size_);
}

void Fiber::enter(unsigned high, unsigned low) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): what the constructor has taken apart
    auto* self = reinterpret_cast<Fiber*>((static_cast<std::uintptr_t>(high) << 32U) | low);
    after_switch(nullptr, &self->caller_stack_, &self->caller_size_);
    self->body();
}

void Fiber::body() {
    {
        Work work = std::move(body_);
        work();
    }
    ended_ = true;
    yield();
}

}  // namespace tandem::simulation
