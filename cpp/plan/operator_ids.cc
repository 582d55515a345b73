#include "plan/operator_ids.h"

#include <cstdint>
#include <string_view>

#include "plan/stream_graph.h"

namespace pf {
namespace {

/// FNV-1a, twice: savepoints hold the result, so it never changes.
class Hash {
 public:
  void add(std::string_view bytes) {
    add_number(bytes.size());
    for (char byte : bytes) add_byte(static_cast<uint8_t>(byte));
  }
  void add_number(uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) add_byte(static_cast<uint8_t>(number >> shift));
  }
  /// 32 hexadecimal digits.
  std::string hex() const {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (uint64_t half : {first_, second_}) {
      for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[half >> shift & 15];
    }
    return text;
  }

 private:
  void add_byte(uint8_t byte) {
    constexpr uint64_t kPrime = 0x100000001b3;
    first_ = (first_ ^ byte) * kPrime;
    second_ = (second_ ^ byte ^ 0xff) * kPrime;
  }

  uint64_t first_ = 0xcbf29ce484222325;
  uint64_t second_ = 0x84222325cbf29ce4;
};

/// How records travel, as far as it doesn't follow from parallelisms.
std::string_view shipping_of(const StreamEdge& edge) {
  const bool is_plain = is_pointwise(edge.strategy) || edge.strategy == ShipStrategy::kRebalance;
  return is_plain ? "" : name_of(edge.strategy);
}

}  // namespace

std::vector<std::string> operator_ids(const StreamGraph& graph) {
  std::vector<std::string> ids;
  for (const StreamNode& node : graph.nodes()) {
    if (!node.uid_hash.empty() || !node.uid.empty()) {
      ids.push_back(node.uid_hash.empty() ? node.uid : node.uid_hash);
      continue;
    }
    Hash hash;
    hash.add_number(node.id);
    hash.add_number(graph.edges_out_of(node.id).size());
    for (const StreamEdge* edge : graph.edges_into(node.id)) {
      // Nodes are declared after their inputs, but for the way back of a loop.
      if (edge->source >= node.id) continue;
      hash.add(ids.at(edge->source - 1));
      hash.add_number(static_cast<uint64_t>(edge->input));
      hash.add_number(static_cast<uint64_t>(edge->slot));
      hash.add(shipping_of(*edge));
    }
    ids.push_back(hash.hex());
  }
  return ids;
}

}  // namespace pf
