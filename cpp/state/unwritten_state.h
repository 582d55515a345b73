#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "state/shared_files.h"

namespace pf {

struct OperatorSnapshot;

/// Keyed state as it was when it was frozen, and not in bytes yet: what of a snapshot is made while its
/// operator works on. First `write_some` is called on the task's thread until there is no more of that kind,
/// then `write` once on any other. It refers to nothing that dies with the operator, except in `write_some`.
class UnwrittenState {
 public:
  virtual ~UnwrittenState() = default;
  /// Writes what only the task's thread may look at. Between two elements; false when there is more, and
  /// `is_over` has said that it is enough for now.
  virtual bool write_some(const std::function<bool()>& /*is_over*/) { return true; }
  /// Puts the state where `snapshot` has what is written. May block. Throws Error where it can't.
  virtual void write(OperatorSnapshot& snapshot, SharedFiles& shared) = 0;

  /// Nobody needs it any more: `write` is to throw soon. Any thread.
  void give_up() { given_up_ = true; }
  bool is_given_up() const { return given_up_; }

 protected:
  /// Throws Error when it has been given up.
  void check_wanted() const;

 private:
  std::atomic<bool> given_up_{false};
};

}  // namespace pf
