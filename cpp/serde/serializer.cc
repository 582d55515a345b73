#include "serde/serializer.h"

#include <bit>

namespace pf {
namespace {

class LongSerializer final : public Serializer {
 public:
  void write(Datum value, ByteWriter& out) const override { out.put_fixed64(value.word); }
  Datum read(ByteReader& in) const override { return {in.get_fixed64()}; }
  Datum copy(Datum value) const override { return value; }
  void destroy(Datum) const noexcept override {}
  std::string schema() const override { return R"({"type":"LONG"})"; }
};

class DoubleSerializer final : public Serializer {
 public:
  void write(Datum value, ByteWriter& out) const override { out.put_fixed64(value.word); }
  Datum read(ByteReader& in) const override { return {in.get_fixed64()}; }
  Datum copy(Datum value) const override { return value; }
  void destroy(Datum) const noexcept override {}
  std::string schema() const override { return R"({"type":"DOUBLE"})"; }
};

}  // namespace

SerializerPtr make_long_serializer() { return std::make_shared<LongSerializer>(); }
SerializerPtr make_double_serializer() { return std::make_shared<DoubleSerializer>(); }

}  // namespace pf
