#include "serde/serializer.h"

#include <bit>
#include <exception>

#include "base/error.h"

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

class BytesSerializer final : public Serializer {
 public:
  explicit BytesSerializer(std::string schema) : schema_(std::move(schema)) {}
  void write(Datum value, ByteWriter& out) const override { out.put_bytes(bytes_of(value)); }
  Datum read(ByteReader& in) const override { return datum_of_bytes(std::string(in.get_bytes())); }
  Datum copy(Datum value) const override { return datum_of_bytes(bytes_of(value)); }
  void destroy(Datum owned) const noexcept override { delete &bytes_of(owned); }
  std::string schema() const override { return schema_; }

 private:
  const std::string schema_;
};

}  // namespace

void Serializer::fail_to_write(const std::string& whose) const {
  try {
    throw;
  } catch (const Error&) {  // of what lies beneath, which says itself what is wrong
    throw;
  } catch (const std::exception& error) {
    throw Error(whose + " could not be written: " + error.what());
  }
}

SerializerPtr make_long_serializer() { return std::make_shared<LongSerializer>(); }
SerializerPtr make_double_serializer() { return std::make_shared<DoubleSerializer>(); }
SerializerPtr make_bytes_serializer(std::string schema) {
  return std::make_shared<BytesSerializer>(std::move(schema));
}

}  // namespace pf
