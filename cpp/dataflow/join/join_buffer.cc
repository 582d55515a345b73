#include "dataflow/join/join_buffer.h"

#include <limits>
#include <vector>

namespace pf {
namespace {

/// Where a record lies: the bytes sort by time, then by number.
struct Place {
  int64_t timestamp = 0;
  int64_t number = 0;  // among the records of one timestamp
};

std::string bytes_of(const Place& place) {
  std::string bytes;
  ByteWriter out(bytes);
  out.put_ordered64(place.timestamp);
  out.put_ordered64(place.number);
  return bytes;
}

Place read_place(std::string_view bytes) {
  ByteReader in(bytes);
  int64_t timestamp = in.get_ordered64();
  return {timestamp, in.get_ordered64()};
}

class PlaceSerializer final : public Serializer {
 public:
  void write(Datum value, ByteWriter& out) const override { out.put_raw(bytes_of(*pointer(value))); }
  Datum read(ByteReader& in) const override { return datum(new Place(read_place(in.get_raw(16)))); }
  Datum copy(Datum value) const override { return datum(new Place(*pointer(value))); }
  void destroy(Datum owned) const noexcept override { delete pointer(owned); }
  std::string schema() const override { return R"({"type":"JOIN_BUFFER_PLACE"})"; }

 private:
  static Place* pointer(Datum value) { return reinterpret_cast<Place*>(value.word); }
  static Datum datum(Place* place) { return {reinterpret_cast<uint64_t>(place)}; }
};

StateId declare(KeyedStateBackend& backend, const std::string& name, SerializerPtr records) {
  StateDescriptor descriptor;
  descriptor.name = name;
  descriptor.kind = StateDescriptor::Kind::kMap;
  descriptor.map_key = std::make_shared<PlaceSerializer>();
  descriptor.value = std::move(records);
  return backend.declare(std::move(descriptor));
}

}  // namespace

JoinBuffer::JoinBuffer(KeyedStateBackend& backend, const std::string& name, std::string side,
                       SerializerPtr records)
    : backend_(backend),
      side_(std::move(side)),
      records_(backend, declare(backend, name, std::move(records))) {}

void JoinBuffer::add(int64_t timestamp, Datum owned) {
  backend_.set_namespace(side_);
  Place place{timestamp, 0};
  auto last = records_.last_key_before(bytes_of({timestamp, std::numeric_limits<int64_t>::max()}));
  if (last && read_place(*last).timestamp == timestamp) place.number = read_place(*last).number + 1;
  records_.put(bytes_of(place), owned);
}

std::string JoinBuffer::place_of(int64_t timestamp) { return bytes_of({timestamp, 0}); }

std::optional<std::string> JoinBuffer::visit(std::string_view from, int64_t to, const Visitor& visitor) {
  backend_.set_namespace(side_);
  std::optional<std::string> stopped_at;
  records_.for_each(
      [&](std::string_view key, Datum record) {
        int64_t timestamp = read_place(key).timestamp;
        if (timestamp > to) return false;
        if (visitor(timestamp, record)) return true;
        stopped_at = key;
        return false;
      },
      from);
  return stopped_at;
}

void JoinBuffer::remove_up_to(int64_t timestamp) {
  backend_.set_namespace(side_);
  std::vector<std::string> over;
  records_.for_each([&](std::string_view key, Datum) {
    if (read_place(key).timestamp > timestamp) return false;
    over.emplace_back(key);
    return true;
  });
  for (const std::string& key : over) records_.remove(key);
}

}  // namespace pf
