#include "state/in_flight_snapshot.h"

#include <utility>

#include "base/error.h"
#include "serde/bytes.h"

namespace pf {
namespace {

constexpr std::string_view kMagic = "PFIF";
constexpr uint8_t kVersion = 1;

}  // namespace

InFlightSnapshot::InFlightSnapshot(std::string bytes) : bytes_(std::move(bytes)) {
  ByteReader in(bytes_);
  if (in.rest().substr(0, kMagic.size()) != kMagic) {
    throw Error("these bytes are not what was in flight at a checkpoint");
  }
  in.get_raw(kMagic.size());
  if (const uint8_t version = in.get_byte(); version != kVersion) {
    throw Error("what was in flight is of version " + std::to_string(version) +
                ", and this release reads version " + std::to_string(kVersion));
  }
  while (!in.at_end()) {
    Channel& channel = channels_.emplace_back();
    channel.input = static_cast<uint32_t>(in.get_varint());
    channel.from = in.get_bytes();
    channel.sender = static_cast<uint32_t>(in.get_varint());
    channel.elements = in.get_bytes();
  }
}

InFlightSnapshotWriter::InFlightSnapshotWriter() {
  ByteWriter out(bytes_);
  out.put_raw(kMagic);
  out.put_byte(kVersion);
}

void InFlightSnapshotWriter::add_channel(const InFlightChannel& channel, std::string_view elements) {
  ByteWriter out(bytes_);
  out.put_varint(channel.input);
  out.put_bytes(channel.from);
  out.put_varint(channel.sender);
  out.put_bytes(elements);
}

}  // namespace pf
