#include "control/checkpoint/checkpoint_sharing.h"

#include <utility>
#include <vector>

#include "base/crc32c.h"

namespace pf {

SharedFile CheckpointSharing::Writing::keep(const std::string& name,
                                            const std::function<std::string()>& read) {
  if (auto known = owner_.registry_.refer(checkpoint_, name)) return *known;
  std::string bytes = read();
  SharedFile file{name, bytes.size(), crc32c(bytes)};
  owner_.storage_.put_shared(name, bytes);
  owner_.registry_.add(checkpoint_, file);
  new_bytes_ += bytes.size();
  return file;
}

bool CheckpointSharing::take_over(const Location& folder, const Checkpoint& claimed) {
  std::vector<SharedFile> files;
  for (const Checkpoint::Operator& op : claimed.operators) {
    for (const Checkpoint::Subtask& subtask : op.subtasks) {
      if (!subtask.state || !subtask.state->unpacked) continue;
      for (const KeyedFiles::Shared& shared : subtask.state->unpacked->files().shared) {
        files.push_back(shared.file);
      }
    }
  }
  auto taken = storage_.take_over(folder, files);
  if (!taken) return false;
  for (const SharedFile& file : *taken) registry_.add(claimed.id, file);
  return true;
}

void CheckpointSharing::forget(uint64_t checkpoint) {
  std::vector<std::string> unneeded = registry_.forget(checkpoint);
  if (!unneeded.empty()) storage_.remove_shared(unneeded);
}

}  // namespace pf
