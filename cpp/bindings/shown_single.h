#pragma once

namespace pf::python {

/// The shortest decimal that means the same single-precision number, as Flink shows a FLOAT:
/// 0.1 stays 0.1, and 1/3 becomes 0.33333334.
double shown_single(double number);

}  // namespace pf::python
