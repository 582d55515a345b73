#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dataflow/window/slice_tree.h"
#include "dataflow/window/window_contents.h"
#include "harness/text_results.h"
#include "harness/values.h"

namespace pf::testing {

/// What number_windows.h shows of windows, for those that share slices: "[0,10) 1 2 3", numbers by size.
/// Counts how often slices are merged.
class SlicedNumbers final : public WindowContents {
 public:
  SlicedNumbers(const WindowSlices& slices, std::function<void()> on_add, int* merges)
      : slices_(slices), on_add_(std::move(on_add)), merges_(merges) {}

  void open(WindowServices& services) override {
    WindowContents::open(services);
    tree_.emplace(services.state, slices_, make_bytes_serializer(R"("NUMBERS")"));
  }
  bool add(const Batch& batch, std::span<const uint32_t> rows) override {
    if (on_add_) on_add_();
    const std::string at(services_->state.current_namespace());
    services_->state.set_namespace({});
    std::optional<OwnedDatum> found = tree_->get(slice_begin(at));
    std::string numbers = found ? bytes_of(found->get()) : "";
    ByteWriter out(numbers);
    for (uint32_t row : rows) out.put_ordered64(longs_of(batch)[row]);
    tree_->put(slice_begin(at), datum_of_bytes(numbers));
    services_->state.set_namespace(at);
    return !found;
  }
  void merge(const Window&, const std::vector<Window>&) override { PF_CHECK(false); }
  bool has_contents(const Window& window) override {
    const std::string at(services_->state.current_namespace());
    services_->state.set_namespace({});
    const bool has = tree_->has_contents(time_span_of(window.bytes).start);
    services_->state.set_namespace(at);
    return has;
  }
  void clear() override {
    const std::string at(services_->state.current_namespace());
    services_->state.set_namespace({});
    tree_->drop(time_span_of(at).start);
    services_->state.set_namespace(at);
  }
  bool fire(const Window& window) override {
    services_->state.set_namespace({});
    TimeSpan span = time_span_of(window.bytes);
    auto value = tree_->value_of(span.start, [this](Datum left, Datum right) {
      if (merges_) ++*merges_;
      return datum_of_bytes(bytes_of(left) + bytes_of(right));
    });
    services_->enter(window);
    if (!value) return true;
    std::vector<int64_t> numbers;
    for (ByteReader in(bytes_of(value->get())); !in.at_end();) numbers.push_back(in.get_ordered64());
    std::sort(numbers.begin(), numbers.end());
    std::string text = "[" + std::to_string(span.start) + "," + std::to_string(span.end) + ")";
    for (int64_t number : numbers) text += " " + std::to_string(number);
    results_.add(std::move(text), window.max_timestamp);
    return true;
  }
  bool full() const override { return results_.full(services_->context); }
  void flush(Outbox& out) override { results_.flush(out); }

 private:
  const WindowSlices slices_;
  const std::function<void()> on_add_;
  int* const merges_;
  std::optional<SliceTree> tree_;
  TextResults results_;
};

}  // namespace pf::testing
