#include "base/error.h"

namespace pf {

void fail_check(const char* condition, const char* file, int line) {
  throw std::logic_error(std::string("pyflinkpp internal error: ") + condition + " does not hold at " + file +
                         ":" + std::to_string(line));
}

}  // namespace pf
