#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "serde/bytes.h"

namespace pf {

/// A decoded value as state holds it: one word that only its serializer understands - a number, or a pointer
/// to something that the serializer's `destroy` lets go of. Whoever holds a Datum says whether it owns it.
struct Datum {
  uint64_t word = 0;
};

/// Turns values of one type into bytes and back. Immutable; methods are called on the thread of the task
/// whose state it serves, and for values of Python's with the GIL.
class Serializer {
 public:
  virtual ~Serializer() = default;
  virtual void write(Datum value, ByteWriter& out) const = 0;
  /// Within a handler of what `write` threw: throws it on, saying whose value could not be written.
  virtual void fail_to_write(const std::string& whose) const;
  /// Gives an owned value. Throws Error for bytes that `write` did not make.
  virtual Datum read(ByteReader& in) const = 0;
  /// Another owner of an equal value.
  virtual Datum copy(Datum value) const = 0;
  virtual void destroy(Datum owned) const noexcept = 0;
  /// Hints that the value will be read, the second when what the first asked for is there.
  virtual void prefetch(Datum) const {}
  virtual void prefetch_contents(Datum) const {}
  /// Describes the type, as JSON: what a savepoint records, and what two uses of a state name must agree on.
  virtual std::string schema() const = 0;
};
using SerializerPtr = std::shared_ptr<const Serializer>;

/// Signed 64-bit integers.
SerializerPtr make_long_serializer();
/// 64-bit floating point numbers.
SerializerPtr make_double_serializer();
/// Bytes that only their owner understands, which the schema names: a Datum is a `std::string*`.
SerializerPtr make_bytes_serializer(std::string schema);
inline const std::string& bytes_of(Datum bytes) { return *reinterpret_cast<std::string*>(bytes.word); }
inline Datum datum_of_bytes(std::string bytes) {
  return {reinterpret_cast<uint64_t>(new std::string(std::move(bytes)))};
}

}  // namespace pf
