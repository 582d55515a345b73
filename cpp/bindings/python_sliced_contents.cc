#include "bindings/python_sliced_contents.h"

#include "base/error.h"
#include "bindings/detached.h"
#include "dataflow/window/slice_tree.h"
#include "dataflow/window/window.h"

namespace py = pybind11;

namespace pf::python {
namespace {

/// Folds each element into the value of its slice. What a window gives is copied where it may refer to values
/// that other windows will be merged from, so that whoever reads it can change it. Keeps in checkpoints: the
/// tree of slices.
class SlicedContents final : public FoldedContents {
 public:
  SlicedContents(std::shared_ptr<WindowSession> session, std::unique_ptr<PythonFold> fold,
                 const WindowSlices& slices)
      : FoldedContents(std::move(session), std::move(fold)), slices_(slices) {}

  void open(WindowServices& services) override {
    FoldedContents::open(services);
    tree_.emplace(services.state, slices_, make_serializer());
  }
  bool add(const Batch&, std::span<const uint32_t> rows) override {
    const int64_t slice = slice_begin(services_->state.current_namespace());
    NamespaceKeeper keeper(services_->state);
    services_->state.set_namespace({});
    std::optional<OwnedDatum> found = tree_->get(slice);
    const bool is_new = !found;
    py::object value = found ? object(*found) : py::object();
    found.reset();
    tree_->put(slice, datum_of(with(std::move(value), rows).release().ptr()));
    return is_new;
  }
  void merge(const Window&, const std::vector<Window>&) override { PF_CHECK(false); }  // these don't
  bool has_contents(const Window& window) override {
    NamespaceKeeper keeper(services_->state);
    services_->state.set_namespace({});
    return tree_->has_contents(time_span_of(window.bytes).start);
  }
  void clear() override {
    const int64_t window = time_span_of(services_->state.current_namespace()).start;
    NamespaceKeeper keeper(services_->state);
    services_->state.set_namespace({});
    tree_->drop(window);
  }
  bool fire(const Window& window) override {
    py::object value = value_of(window);
    if (!value) return true;
    value = result_of(std::move(value));
    PyObject* result = detached(value.release().ptr());
    if (!result) session_->fail(nullptr);
    return show(window, py::reinterpret_steal<py::object>(result));
  }

 private:
  static py::object object(const OwnedDatum& value) {
    return py::reinterpret_borrow<py::object>(object_of(value.get()));
  }
  /// Null without contents.
  py::object value_of(const Window& window) {
    NamespaceKeeper keeper(services_->state);
    services_->state.set_namespace({});
    auto value = tree_->value_of(time_span_of(window.bytes).start, [this](Datum left, Datum right) {
      py::object both = merged(py::reinterpret_borrow<py::object>(object_of(left)),
                               py::reinterpret_borrow<py::object>(object_of(right)));
      return datum_of(both.release().ptr());
    });
    return value ? object(*value) : py::object();
  }

  const WindowSlices slices_;
  std::optional<SliceTree> tree_;
};

}  // namespace

std::unique_ptr<WindowContents> make_python_sliced_contents(std::shared_ptr<WindowSession> session,
                                                            std::unique_ptr<PythonFold> fold,
                                                            const WindowSlices& slices) {
  return std::make_unique<SlicedContents>(std::move(session), std::move(fold), slices);
}

}  // namespace pf::python
