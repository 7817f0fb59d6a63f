#include "fault.h"

#include <array>
#include <csetjmp>
#include <csignal>

namespace loopy {

namespace {

thread_local sigjmp_buf *returnPoint = nullptr;

// The fault is raised again, unwatched, where it is not ours.
void handle(int signal) {
  if (returnPoint)
    siglongjmp(*returnPoint, signal);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

constexpr std::array watched = {SIGFPE, SIGSEGV, SIGBUS};

// Watches for faults as long as it lives.
class Watch {
public:
  explicit Watch(sigjmp_buf &point) {
    returnPoint = &point;
    struct sigaction action = {};
    action.sa_handler = handle;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < watched.size(); ++i)
      sigaction(watched[i], &action, &before_[i]);
  }
  ~Watch() {
    for (size_t i = 0; i < watched.size(); ++i)
      sigaction(watched[i], &before_[i], nullptr);
    returnPoint = nullptr;
  }
  Watch(const Watch &) = delete;
  Watch &operator=(const Watch &) = delete;

private:
  std::array<struct sigaction, watched.size()> before_;
};

} // namespace

std::string runWatched(const std::function<void()> &code) {
  sigjmp_buf point;
  const Watch watch(point);
  const int signal = sigsetjmp(point, 1);
  if (signal == 0) {
    code();
    return "";
  }
  return signal == SIGFPE ? "divided an integer by zero" : "used memory outside of its arrays";
}

} // namespace loopy
