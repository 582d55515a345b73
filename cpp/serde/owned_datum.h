#pragma once

#include <utility>

#include "serde/serializer.h"

namespace pf {

/// Owns a decoded value outside of state. The serializer must outlive it.
class OwnedDatum {
 public:
  OwnedDatum() = default;
  OwnedDatum(const Serializer& serializer, Datum owned) : serializer_(&serializer), datum_(owned) {}
  OwnedDatum(OwnedDatum&& other) noexcept
      : serializer_(std::exchange(other.serializer_, nullptr)), datum_(other.datum_) {}
  OwnedDatum& operator=(OwnedDatum&& other) noexcept {
    std::swap(serializer_, other.serializer_);
    std::swap(datum_, other.datum_);
    return *this;
  }
  OwnedDatum(const OwnedDatum&) = delete;
  OwnedDatum& operator=(const OwnedDatum&) = delete;
  ~OwnedDatum() {
    if (serializer_) serializer_->destroy(datum_);
  }

  Datum get() const { return datum_; }
  /// Whoever takes it owns it.
  Datum release() {
    serializer_ = nullptr;
    return datum_;
  }

 private:
  const Serializer* serializer_ = nullptr;
  Datum datum_;
};

}  // namespace pf
