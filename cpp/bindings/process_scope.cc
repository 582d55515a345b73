#include "bindings/process_scope.h"

#include <algorithm>

#include "bindings/python_serializer.h"
#include "bindings/python_value.h"

namespace py = pybind11;

namespace pf::python {
namespace {

/// Rows whose state is fetched from memory at once: what they need fits into the first cache.
constexpr size_t kAhead = 32;

}  // namespace

ProcessScope::ProcessScope(const OperatorContext& context, bool keyed)
    : clock_(context.clock), operator_name_(context.operator_name), keyed_(keyed) {
  if (!keyed) return;
  own_state_ = context.create_keyed_state(make_python_key_codec());
  own_timers_ = std::make_unique<TimerService>(*own_state_, *clock_, context.request_turn_at);
  state_ = own_state_.get();
  timers_ = own_timers_.get();
}

ProcessScope::ProcessScope(const OperatorContext& context, KeyedStateBackend& state, TimerService& timers)
    : clock_(context.clock),
      operator_name_(context.operator_name),
      keyed_(true),
      state_(&state),
      timers_(&timers),
      namespace_("") {}

void ProcessScope::close() {
  timers_ = nullptr;
  state_ = nullptr;
  own_timers_.reset();
  own_state_.reset();
  key_ = nullptr;
  has_key_ = false;
}

void ProcessScope::set_element(std::optional<int64_t> timestamp) {
  timestamp_ = timestamp;
  domain_ = Domain::kNone;
}

bool ProcessScope::set_key(const ObjectView& keys, size_t row) {
  if (has_key_ && keys[row] == key_) return true;
  if (row < first_ahead_ || row >= first_ahead_ + ahead_.size()) {
    look_ahead(keys, row);
    if (ahead_.size() == 0) return false;
  }
  state_->set_current_entry(ahead_[row - first_ahead_]);
  key_ = keys[row];
  has_key_ = true;
  return true;
}

void ProcessScope::look_ahead(const ObjectView& keys, size_t row) {
  ahead_.clear();
  first_ahead_ = row;
  const size_t end = std::min(row + kAhead, keys.size());
  for (size_t i = row; i < end; ++i) {
    key_bytes_.clear();
    ByteWriter key(key_bytes_);
    try {
      write_key(keys[i], key);
    } catch (py::error_already_set& error) {
      if (i == row) error.restore();  // else it is the business of that row
      break;
    }
    ahead_.add(key_bytes_);
  }
  state_->prefetch(ahead_);
}

void ProcessScope::set_key_in_state() {
  key_ = nullptr;
  has_key_ = true;
}

void ProcessScope::set_no_key() {
  key_ = nullptr;
  has_key_ = false;
}

void ProcessScope::set_timer(int64_t time, Domain domain) {
  timestamp_ = time;
  domain_ = domain;
  set_key_in_state();
}

void ProcessScope::advance_watermark(int64_t watermark) {
  watermark_ = watermark;
  if (timers_) timers_->advance_watermark(watermark);
}

bool ProcessScope::leaves_timers_to(PyObject* next_key) const {
  if (!timers_->has_timers()) return false;
  std::string bytes;
  ByteWriter out(bytes);
  write_key(next_key, out);
  return bytes != state_->current_key();
}

void ProcessScope::end_time() {
  watermark_ = kMaxTimestamp;
  if (timers_) timers_->end_time();
}

void ProcessScope::begin_time() {
  watermark_ = kMinTimestamp;
  if (timers_) timers_->begin_time();
}

PyObject* ProcessScope::key() const {
  if (!has_key_ || !state_) return Py_NewRef(Py_None);
  if (key_) return Py_NewRef(key_);
  ByteReader in(state_->current_key());
  return read_value(in);
}

std::string ProcessScope::trouble() const {
  if (!keyed_) {
    return "keyed state and timers need a keyed stream: call key_by before '" + operator_name_ + "'";
  }
  if (!state_) return "the function of '" + operator_name_ + "' has been closed: its state is gone";
  if (!has_key_) {
    return "there is no current key in '" + operator_name_ +
           "': keyed state and timers can be used while an element of the keyed stream or a timer is "
           "processed";
  }
  return {};
}

}  // namespace pf::python
