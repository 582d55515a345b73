#include "bindings/recent_values.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "bindings/python_value.h"

namespace py = pybind11;

namespace pf::python {
namespace {

constexpr size_t kFewest = 64;

bool is_canonical(PyObject* key) {
  return PyUnicode_CheckExact(key) || PyLong_CheckExact(key) || PyBytes_CheckExact(key) || key == Py_None;
}

/// New reference; null with an error pending.
PyObject* canonical_of(PyObject* key) {
  if (is_canonical(key)) return Py_NewRef(key);
  if (!PyTuple_CheckExact(key)) {
    // 1.0 and True are equal to 1, not a number not to itself, and lists have no hash.
    std::string bytes;
    ByteWriter out(bytes);
    try {
      write_key(key, out);
    } catch (py::error_already_set& error) {
      error.restore();
      return nullptr;
    }
    auto text = py::bytes(bytes);
    return PyTuple_Pack(2, reinterpret_cast<PyObject*>(Py_TYPE(key)), text.ptr());
  }
  Py_ssize_t size = PyTuple_GET_SIZE(key);
  PyObject* parts = PyTuple_New(size);
  for (Py_ssize_t i = 0; parts && i < size; ++i) {
    PyObject* part = canonical_of(PyTuple_GET_ITEM(key, i));
    if (!part) {
      Py_CLEAR(parts);
    } else {
      PyTuple_SET_ITEM(parts, i, part);
    }
  }
  return parts;
}

/// Of objects with the same hash. Negative: an error is pending.
int are_equal(PyObject* a, PyObject* b) {
  if (a == b) return 1;
  if (!PyUnicode_CheckExact(a) || !PyUnicode_CheckExact(b)) return PyObject_RichCompareBool(a, b, Py_EQ);
  if (PyUnicode_GET_LENGTH(a) != PyUnicode_GET_LENGTH(b) || PyUnicode_KIND(a) != PyUnicode_KIND(b)) return 0;
  auto bytes = static_cast<size_t>(PyUnicode_GET_LENGTH(a)) * PyUnicode_KIND(a);
  return std::memcmp(PyUnicode_DATA(a), PyUnicode_DATA(b), bytes) == 0 ? 1 : 0;
}

}  // namespace

size_t RecentValues::place_of(Py_hash_t hash) const {
  // Hashes of numbers are the numbers: the product spreads them, and its upper bits are the best.
  constexpr uint64_t kGoldenRatio = 0x9E3779B97F4A7C15ULL;
  return (static_cast<uint64_t>(hash) * kGoldenRatio) >> (65 - std::bit_width(entries_.size()));
}

RecentValues::Entry* RecentValues::find_or_add(PyObject* key) {
  if (2 * size_ >= entries_.size()) grow();
  auto canonical = py::reinterpret_steal<py::object>(canonical_of(key));
  if (!canonical) return nullptr;
  Py_hash_t hash = PyObject_Hash(canonical.ptr());
  if (hash == -1) return nullptr;
  const size_t last = entries_.size() - 1;
  for (size_t place = place_of(hash);; place = (place + 1) & last) {
    Entry& entry = entries_[place];
    if (!entry.key) {
      entry.key = Py_NewRef(key);
      entry.canonical = canonical.release().ptr();
      entry.hash = hash;
      ++size_;
      return &entry;
    }
    if (entry.hash != hash) continue;
    int equal = are_equal(entry.canonical, canonical.ptr());
    if (equal != 0) return equal > 0 ? &entry : nullptr;
  }
}

void RecentValues::prefetch_entry(PyObject* key) const {
  if (!entries_.empty() && is_canonical(key)) __builtin_prefetch(&entries_[place_of(PyObject_Hash(key))]);
}

void RecentValues::prefetch_value(PyObject* key) const {
  if (entries_.empty() || !is_canonical(key)) return;
  const Entry& entry = entries_[place_of(PyObject_Hash(key))];
  __builtin_prefetch(entry.canonical);
  __builtin_prefetch(entry.value);
}

void RecentValues::grow() {
  std::vector<Entry> before(std::max(kFewest, 2 * entries_.size()));
  before.swap(entries_);
  const size_t last = entries_.size() - 1;
  for (const Entry& entry : before) {
    if (!entry.key) continue;
    size_t place = place_of(entry.hash);
    while (entries_[place].key) place = (place + 1) & last;
    entries_[place] = entry;
  }
}

void RecentValues::clear() {
  size_ = 0;
  for (Entry& entry : std::exchange(entries_, {})) {
    Py_XDECREF(entry.canonical);
    Py_XDECREF(entry.value);
    Py_XDECREF(entry.key);
  }
}

}  // namespace pf::python
