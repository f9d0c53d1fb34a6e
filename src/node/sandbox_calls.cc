// The system calls that a hub in its sandbox may use.
#include "node/sandbox.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>

namespace tandem::node {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kArchitecture = 0;
#endif

// Seen under the end-to-end tests, and what stands beside it: the same with other widths, what the
// C library falls back to, and the end by abort(). No execve or ptrace, of clone only threads; no
// io_uring, whose operations a filter does not see.
constexpr std::array kAllowed{
    // Files.
    SYS_openat,
    SYS_close,
    SYS_read,
    SYS_write,
    SYS_pread64,
    SYS_pwrite64,
    SYS_readv,
    SYS_writev,
    SYS_preadv,
    SYS_pwritev,
    SYS_lseek,
    SYS_fstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_statfs,
    SYS_fstatfs,
    SYS_faccessat,
    SYS_faccessat2,
    SYS_getdents64,
    SYS_fcntl,
    SYS_ioctl,
    SYS_flock,
    SYS_fsync,
    SYS_fdatasync,
    SYS_sync_file_range,
    SYS_ftruncate,
    SYS_fallocate,
    SYS_fadvise64,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_fchown,
    SYS_mkdirat,
    SYS_unlinkat,
    SYS_renameat,
    SYS_renameat2,
    SYS_readlinkat,
    SYS_umask,
    SYS_dup,
    SYS_dup3,
    SYS_pipe2,
    SYS_getcwd,
    SYS_utimensat,
    // Sockets.
    SYS_socketpair,
    SYS_bind,
    SYS_listen,
    SYS_accept4,
    SYS_connect,
    SYS_shutdown,
    SYS_sendto,
    SYS_sendmsg,
    SYS_sendmmsg,
    SYS_recvfrom,
    SYS_recvmsg,
    SYS_recvmmsg,
    SYS_getsockname,
    SYS_getpeername,
    SYS_setsockopt,
    SYS_getsockopt,
    // Waiting.
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_epoll_pwait2,
    SYS_eventfd2,
    SYS_signalfd4,
    SYS_timerfd_create,
    SYS_timerfd_settime,
    SYS_ppoll,
    SYS_pselect6,
    SYS_futex,
    SYS_nanosleep,
    SYS_clock_nanosleep,
    SYS_restart_syscall,
    SYS_sched_yield,
    // Memory and threads.
    SYS_brk,
    SYS_mmap,
    SYS_munmap,
    SYS_mprotect,
    SYS_mremap,
    SYS_madvise,
    SYS_membarrier,
    SYS_set_tid_address,
    SYS_set_robust_list,
    SYS_rseq,
    SYS_gettid,
    SYS_sched_getaffinity,
    SYS_getcpu,
    SYS_setpriority,
    SYS_exit,
    SYS_exit_group,
    // Signals.
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_tgkill,
    // What there is.
    SYS_getpid,
    SYS_getppid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_getrandom,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_gettimeofday,
    SYS_sysinfo,
    SYS_uname,
    SYS_getrusage,
    SYS_prlimit64,
    SYS_prctl,
#if defined(__x86_64__)
    // The older names of some of them.
    SYS_open,
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_mkdir,
    SYS_rmdir,
    SYS_unlink,
    SYS_rename,
    SYS_readlink,
    SYS_chmod,
    SYS_dup2,
    SYS_poll,
    SYS_epoll_wait,
    SYS_getdents,
    SYS_arch_prctl,
    SYS_time,
    SYS_pipe,
#endif
};
constexpr std::array kFamilies{AF_UNIX, AF_INET, AF_INET6};

// Of the parts of assemble(), in their order.
constexpr std::size_t kProgramSize =
    3 + kAllowed.size() * 2 + 2 + 5 + (2 + kFamilies.size() * 2) + 1;

using Program = std::array<sock_filter, kProgramSize>;

// One line of the filter after the other, without jumps further than over the next: what is
// allowed returns at once. The kernel remembers which calls always pass.
class Assembler {
public:
    void load(std::size_t offset) {
        add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
    }
    // Returns `verdict` if what was loaded is `value`.
    void return_if(std::uint32_t value, std::uint32_t verdict) {
        add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
        add(BPF_RET | BPF_K, verdict);
    }
    // Returns `verdict` if what was loaded has a bit of `bits`.
    void return_if_any(std::uint32_t bits, std::uint32_t verdict) {
        add(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
        add(BPF_RET | BPF_K, verdict);
    }
    // Goes on only if what was loaded is `value`; else over `lines`.
    void skip_unless(std::uint32_t value, std::uint8_t lines) {
        add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, lines);
    }
    void add_return(std::uint32_t verdict) { add(BPF_RET | BPF_K, verdict); }

    [[nodiscard]] Program& program() { return program_; }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    void add(int code, std::uint32_t value, std::uint8_t yes = 0, std::uint8_t no = 0) {
        program_.at(size_++) = {static_cast<std::uint16_t>(code), yes, no, value};
    }

    Program program_{};
    std::size_t size_ = 0;
};

constexpr std::uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;

Assembler assemble() {
    Assembler out;
    // The numbers of calls are another architecture's: nothing can be told from them.
    out.load(offsetof(seccomp_data, arch));
    out.skip_unless(kArchitecture, 1);
    out.load(offsetof(seccomp_data, nr));
    // A foreign architecture's number is still in place of the call's; none of ours is as large.
    for (const long call : kAllowed)
        out.return_if(static_cast<std::uint32_t>(call), SECCOMP_RET_ALLOW);
    // Threads, but no processes and no namespaces. The flags of clone3() are behind a pointer,
    // which a filter cannot follow: without it the C library takes clone().
    out.return_if(SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);
    out.skip_unless(SYS_clone, 4);
    out.load(offsetof(seccomp_data, args));
    out.return_if_any(CLONE_THREAD, SECCOMP_RET_ALLOW);
    out.add_return(kRefuse);
    // socket() only of families that the hub speaks.
    constexpr auto lines = static_cast<std::uint8_t>(1 + kFamilies.size() * 2);
    out.skip_unless(SYS_socket, lines);
    out.load(offsetof(seccomp_data, args));
    for (const int family : kFamilies)
        out.return_if(static_cast<std::uint32_t>(family), SECCOMP_RET_ALLOW);
    out.add_return(kRefuse);
    return out;
}

}  // namespace

Result<void> filter_system_calls() {
    if (kArchitecture == 0) {
        return fail(ErrorCode::kUnavailable, "the sandbox knows no system calls of this machine");
    }
    Assembler assembled = assemble();
    sock_fprog program{.len = static_cast<unsigned short>(assembled.size()),
                       .filter = assembled.program().data()};
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0) return {};
    return fail(ErrorCode::kUnavailable,
                "this kernel has no seccomp filters: " + std::generic_category().message(errno));
}

}  // namespace tandem::node
