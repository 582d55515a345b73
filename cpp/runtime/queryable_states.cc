#include "runtime/queryable_states.h"

#include "base/error.h"

namespace pf {

void QueryableStates::add(const std::string& name, const Place& place) {
  std::lock_guard lock(mutex_);
  const auto [known, is_new] = places_.try_emplace(name, place);
  if (is_new || known->second == place) return;
  throw Error("the queryable name '" + name + "' is given to " + shown(known->second) + " and to " +
              shown(place) + ": it must be unique in the job");
}

QueryableStates::Place QueryableStates::find(const std::string& name) const {
  std::lock_guard lock(mutex_);
  if (const auto found = places_.find(name); found != places_.end()) return found->second;
  std::string known;
  for (const auto& [other, place] : places_) known += (known.empty() ? "'" : ", '") + other + "'";
  throw Error("the job '" + graph_.name + "' has no queryable state '" + name + "'; there are: " +
              (known.empty() ? "none" : known) + " (a state is there once its function has asked for it)");
}

std::string QueryableStates::shown(const Place& place) const {
  return "the state '" + place.state + "' of '" + graph_.node(place.node).name + "'";
}

}  // namespace pf
