#include "bindings/shown_single.h"

#include <charconv>
#include <cmath>

namespace pf::python {

double shown_single(double number) {
  auto rounded = static_cast<float>(number);
  if (!std::isfinite(rounded)) return rounded;
  char text[32];
  auto end = std::to_chars(text, text + sizeof text, rounded).ptr;
  double shown = 0;
  std::from_chars(text, end, shown);
  return shown;
}

}  // namespace pf::python
