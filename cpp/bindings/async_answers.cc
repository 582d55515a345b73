#include "bindings/async_answers.h"

#include <iterator>

namespace pf::python {

void AsyncAnswers::put(std::vector<AsyncAnswer> answers) {
  // Held through the call: after `disconnect` nobody knows whether the task is still there.
  std::lock_guard lock(mutex_);
  if (!request_turn_) return;
  answers_.insert(answers_.end(), std::make_move_iterator(answers.begin()),
                  std::make_move_iterator(answers.end()));
  request_turn_();
}

std::vector<AsyncAnswer> AsyncAnswers::take() {
  std::lock_guard lock(mutex_);
  return std::exchange(answers_, {});
}

void AsyncAnswers::disconnect() {
  std::vector<AsyncAnswer> dropped;  // without the lock: objects may run code when they die
  std::lock_guard lock(mutex_);
  request_turn_ = nullptr;
  dropped.swap(answers_);
}

}  // namespace pf::python
