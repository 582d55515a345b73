#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pf {

/// A hash table by bytes whose nodes stay where they are until they are erased, and that can be told what
/// will be looked up: with millions of entries most of a look-up is waiting for memory, and such waits can
/// overlap. Buckets are lists, so that a walk over their numbers sees every node that was there all the time,
/// whatever comes and goes meanwhile, as long as their count stays the same. Not thread-safe.
template <typename Value>
class EntryTable {
 public:
  struct Node {
    Node* next;  // of the same bucket
    size_t hash;
    std::string key;
    Value value;
  };

  EntryTable() : buckets_(kSmallest) {}
  ~EntryTable() {
    for (Node* node : buckets_) {
      while (node) delete std::exchange(node, node->next);
    }
  }
  EntryTable(const EntryTable&) = delete;
  EntryTable& operator=(const EntryTable&) = delete;

  static size_t hash_of(std::string_view key) { return std::hash<std::string_view>()(key); }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  size_t bucket_count() const { return buckets_.size(); }
  /// The first node of a bucket; null where it is empty.
  Node* bucket(size_t number) const { return buckets_[number]; }
  size_t bucket_of(size_t hash) const { return hash & (buckets_.size() - 1); }

  Node* find(std::string_view key, size_t hash) const {
    Node* node = buckets_[bucket_of(hash)];
    while (node && !(node->hash == hash && node->key == key)) node = node->next;
    return node;
  }
  Node* find(std::string_view key) const { return find(key, hash_of(key)); }
  /// For a key that is not there. Other nodes stay where they are.
  Node& add(std::string_view key, size_t hash) {
    if (size_ == buckets_.size()) grow();
    Node*& first = buckets_[bucket_of(hash)];
    first = new Node{first, hash, std::string(key), {}};
    ++size_;
    return *first;
  }
  void erase(Node& node) {
    Node** at = &buckets_[bucket_of(node.hash)];
    while (*at != &node) at = &(*at)->next;
    *at = node.next;
    delete &node;
    --size_;
  }
  /// Nodes must neither come nor go meanwhile.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (Node* node : buckets_) {
      for (; node; node = node->next) visit(*node);
    }
  }

  // Hints of what will be read: first the bucket, then its first node, then the one behind it, each some work
  // ahead of the next.
  void prefetch_bucket(size_t number) const { __builtin_prefetch(&buckets_[number]); }
  void prefetch_node(size_t number) const {
    const Node* node = buckets_[number];
    if (!node) return;
    __builtin_prefetch(node);
    __builtin_prefetch(&node->value);
  }
  void prefetch_second(size_t number) const {
    const Node* node = buckets_[number];
    if (!node || !node->next) return;
    __builtin_prefetch(node->next);
    __builtin_prefetch(&node->next->value);
  }

 private:
  static constexpr size_t kSmallest = 16;

  void grow() {
    std::vector<Node*> larger(buckets_.size() * 2);
    buckets_.swap(larger);
    for (Node* node : larger) {
      while (node) {
        Node* moved = std::exchange(node, node->next);
        Node*& first = buckets_[bucket_of(moved->hash)];
        moved->next = std::exchange(first, moved);
      }
    }
  }

  std::vector<Node*> buckets_;  // a power of two, at least as many as nodes
  size_t size_ = 0;
};

}  // namespace pf
