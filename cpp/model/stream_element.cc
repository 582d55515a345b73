#include "model/stream_element.h"

namespace pf {
namespace {

template <typename T>
std::shared_ptr<const std::vector<T>> select_from(const std::shared_ptr<const std::vector<T>>& all,
                                                  std::span<const uint32_t> rows) {
  if (!all) return nullptr;
  std::vector<T> some(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) some[i] = (*all)[rows[i]];
  return std::make_shared<const std::vector<T>>(std::move(some));
}

}  // namespace

Batch Batch::select(std::span<const uint32_t> rows) const {
  return {values->select(rows), keys ? keys->select(rows) : nullptr, select_from(timestamps, rows),
          select_from(kinds, rows)};
}

}  // namespace pf
