#include "base/temporary_folder.h"

#include <cstdlib>

namespace pf {

std::filesystem::path temporary_folder() {
  for (const char* name : {"TMPDIR", "TMP", "TEMP", "TEMPDIR"}) {
    if (const char* folder = std::getenv(name)) return folder;
  }
  return "/tmp";
}

}  // namespace pf
