#include "bindings/column_key.h"

#include "bindings/column_from_objects.h"
#include "bindings/object_column.h"
#include "bindings/user_failure.h"
#include "model/nested_column.h"

namespace py = pybind11;

namespace pf::python {
namespace {

class ColumnKeyExtractor final : public KeyExtractor {
 public:
  ColumnKeyExtractor(const ColumnKeySpec& spec, const DeclaredBy& declared)
      : spec_(spec), declared_(declared) {
    if (spec.called) called_ = spec.called->create();
  }

  void extract(Batch& batch) override {
    if (called_) called_->extract(batch);
    if (batch.values->opaque()) batch.values = laid_out(*batch.values, spec_.record);
    if (called_) {
      if (batch.keys->opaque()) batch.keys = laid_out(*batch.keys, spec_.key);
    } else if (spec_.field) {
      batch.keys = dynamic_cast<const StructColumn&>(*batch.values).fields().at(*spec_.field);
    } else {
      batch.keys = batch.values;
    }
  }

 private:
  ColumnPtr laid_out(const Column& column, const TypeInfoPtr& type) const {
    py::gil_scoped_acquire gil;  // the lane's thread has it already
    try {
      return column_from_objects(static_cast<const ObjectColumn&>(column).objects(), type);
    } catch (const py::error_already_set& error) {
      throw UserFailure(context_of(declared_), error, nullptr);
    }
  }

  ColumnKeySpec spec_;
  DeclaredBy declared_;
  std::unique_ptr<KeyExtractor> called_;
};

class ColumnKeyExtractorFactory final : public KeyExtractorFactory {
 public:
  ColumnKeyExtractorFactory(ColumnKeySpec spec, DeclaredBy declared)
      : spec_(std::move(spec)), declared_(std::move(declared)) {}
  std::unique_ptr<KeyExtractor> create() const override {
    py::gil_scoped_acquire gil;
    return std::make_unique<ColumnKeyExtractor>(spec_, declared_);
  }
  bool needs_lane() const override { return spec_.called && spec_.called->needs_lane(); }
  std::shared_ptr<const KeyOrder> key_order() const override {
    return std::make_shared<KeyOrder>(spec_.declared);
  }

 private:
  ColumnKeySpec spec_;
  DeclaredBy declared_;
};

}  // namespace

std::shared_ptr<const KeyExtractorFactory> make_column_key(ColumnKeySpec spec, DeclaredBy declared) {
  return std::make_shared<ColumnKeyExtractorFactory>(std::move(spec), std::move(declared));
}

}  // namespace pf::python
