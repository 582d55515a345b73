#include "bindings/python_window_assigner.h"

#include "bindings/shown.h"

namespace py = pybind11;

namespace pf::python {
namespace {

class PythonAssigner final : public WindowAssigner {
 public:
  PythonAssigner(std::shared_ptr<WindowSession> session, bool event_time, std::string merging)
      : session_(std::move(session)), event_time_(event_time), merging_(std::move(merging)) {}

  void open(WindowServices&) override {
    assign_ = session_->attribute("assign_windows");
    merge_ = session_->attribute("merge_windows");
  }
  void close() override { assign_ = merge_ = py::object(); }
  bool is_event_time() const override { return event_time_; }
  bool uses_state() const override { return true; }
  bool merging() const override { return !merging_.empty(); }
  Window decode(std::string_view bytes) const override {
    return session_->guarded(nullptr, [&] { return session_->windows().decode(bytes); });
  }

  uint32_t assign(const Batch&, size_t row, int64_t timestamp, WindowSets& sets) override {
    PyObject* element = session_->row(row);
    auto time = py::int_(timestamp);
    py::object assigned = session_->call(element, assign_, element, time.ptr());
    if (!PyObject_HasAttrString(assigned.ptr(), "__iter__")) {
      PyErr_Format(PyExc_TypeError, "assign_windows returned %U: it has to return a collection of windows",
                   shown(assigned.ptr()).ptr());
      session_->fail(element);
    }
    return session_->guarded(element, [&] {
      std::vector<Window> windows;
      for (py::handle window : assigned) windows.push_back(session_->windows().window_of(window.ptr()));
      return sets.add(std::move(windows));
    });
  }

  std::vector<Merge> merge(const std::vector<Window>& windows) const override {
    if (merging_ == "sessions") return merge_time_windows(windows);
    return session_->guarded(nullptr, [&] {
      WindowObjects& objects = session_->windows();
      py::list candidates;
      for (const Window& window : windows) candidates.append(py::handle(objects.object_of(window)));
      std::vector<Merge> merges;
      for (py::handle group : merge_(candidates)) {
        auto [result, members] = py::cast<std::pair<py::object, py::list>>(group);
        Merge merge{objects.window_of(result.ptr()), {}};
        for (py::handle member : members) merge.merged.push_back(objects.window_of(member.ptr()));
        merges.push_back(std::move(merge));
      }
      return merges;
    });
  }
  bool has_cover() const override { return merging_ == "sessions"; }
  std::optional<Window> cover(const Window& left, const Window& right) const override {
    return cover_time_windows(left, right);
  }

 private:
  std::shared_ptr<WindowSession> session_;
  bool event_time_;
  std::string merging_;
  py::object assign_;
  py::object merge_;
};

}  // namespace

std::unique_ptr<WindowAssigner> make_python_assigner(std::shared_ptr<WindowSession> session, bool event_time,
                                                     std::string merging) {
  return std::make_unique<PythonAssigner>(std::move(session), event_time, std::move(merging));
}

}  // namespace pf::python
