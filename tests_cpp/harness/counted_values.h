#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "serde/serializer.h"

namespace pf::testing {

/// Integers on the heap that know how many of them live, so that a test sees every leak and double release;
/// bytes are as long as `padding` says.
class CountedSerializer : public Serializer {
 public:
  explicit CountedSerializer(size_t padding = 0) : padding_(padding) {}

  Datum make(int64_t number) const {
    ++alive_;
    return {reinterpret_cast<uint64_t>(new int64_t(number))};
  }
  static int64_t& number(Datum value) { return *reinterpret_cast<int64_t*>(value.word); }
  int64_t alive() const { return alive_; }
  bool refuses_to_write = false;

  void write(Datum value, ByteWriter& out) const override {
    if (refuses_to_write) throw Error("a value that can't be written");
    out.put_fixed64(static_cast<uint64_t>(number(value)));
    out.put_raw(std::string(padding_, 'x'));
  }
  Datum read(ByteReader& in) const override {
    auto number = static_cast<int64_t>(in.get_fixed64());
    in.get_raw(padding_);
    return make(number);
  }
  Datum copy(Datum value) const override { return make(number(value)); }
  void destroy(Datum owned) const noexcept override {
    --alive_;
    delete &number(owned);
  }
  std::string schema() const override { return R"({"type":"COUNTED"})"; }

 private:
  size_t padding_;
  mutable int64_t alive_ = 0;
};

}  // namespace pf::testing
