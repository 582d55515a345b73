#pragma once

#include <vector>

#include <pybind11/pybind11.h>

namespace pf::python {

/// The values of recent keys, in front of keyed state: a hash table of Python objects by key. Two keys are
/// the same where their bytes in the state are. Lives with the operator that owns it; needs the GIL.
class RecentValues {
 public:
  /// Its references are the table's.
  struct Entry {
    PyObject* key = nullptr;    // as it was first met; null: the entry is free
    PyObject* value = nullptr;  // null: none yet
    bool changed = false;       // since the state had it

   private:
    friend class RecentValues;
    PyObject* canonical = nullptr;  // equal to that of another key only if the keys are the same
    Py_hash_t hash = 0;
  };

  RecentValues() = default;
  RecentValues(const RecentValues&) = delete;
  RecentValues& operator=(const RecentValues&) = delete;
  ~RecentValues() { clear(); }

  /// The entry of the key; one that is new has no value. Valid until the next call. Null with a Python error
  /// pending where the key has no hash or no bytes.
  Entry* find_or_add(PyObject* key);
  /// Brings nearer what `find_or_add` of the key will read, in two stages some keys apart, so that the
  /// memory's latency passes while earlier keys are worked on.
  void prefetch_entry(PyObject* key) const;
  void prefetch_value(PyObject* key) const;

  size_t size() const { return size_; }
  void clear();
  template <typename Visit>
  void for_each(Visit visit) {
    for (Entry& entry : entries_) {
      if (entry.key) visit(entry);
    }
  }

 private:
  size_t place_of(Py_hash_t hash) const;
  void grow();

  std::vector<Entry> entries_;  // a power of two, at most half of them taken; a key is at its place or behind
  size_t size_ = 0;
};

}  // namespace pf::python
