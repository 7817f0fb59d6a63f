#include "support/program_memory.h"

#include <algorithm>

namespace loopy::testing {

Buffer::Buffer(std::string name, Type type, AddressSpace space, int64_t elements)
    : name_(std::move(name)), type_(type), space_(space) {
  cells_.resize(static_cast<size_t>(std::max<int64_t>(elements, 0)), Cell{Scalar::unset(type), {}, {}});
}

const Scalar &Buffer::read(int64_t index, const Moment &moment, bool atomic) {
  Cell &cell = at(index, "reads");
  if (space_ != AddressSpace::Private) {
    if (meets(cell.write, moment) && !(atomic && cell.write.atomic))
      race(index, "reads what another one writes");
    note(cell.read, moment, atomic);
  }
  return cell.value;
}

void Buffer::write(int64_t index, const Scalar &value, const Moment &moment, bool atomic) {
  Cell &cell = at(index, "writes");
  if (space_ != AddressSpace::Private) {
    if (meets(cell.write, moment) && !(atomic && cell.write.atomic))
      race(index, "writes what another one writes");
    if (meets(cell.read, moment) && !(atomic && cell.read.atomic))
      race(index, "writes what another one reads");
    note(cell.write, moment, atomic);
  }
  cell.value = convert(value, type_);
}

std::string Buffer::place(int64_t index) const { return name_ + "[" + std::to_string(index) + "]"; }

void Buffer::race(int64_t index, const char *what) const {
  throw Misbehaviour(std::string("a data race: a work-item ") + what + ", " + place(index));
}

Cell &Buffer::at(int64_t index, const char *what) {
  if (index < 0 || index >= size())
    throw Misbehaviour(std::string("the program ") + what + " " + place(index) + " of " + std::to_string(size()) +
                       " elements");
  return cells_[static_cast<size_t>(index)];
}

int64_t Buffer::epochOf(const Moment &moment) const {
  return space_ == AddressSpace::Local ? moment.localEpoch : moment.globalEpoch;
}

// Another work-item made this access, and nothing orders it before this moment.
bool Buffer::meets(const Access &access, const Moment &moment) const {
  if (access.launch != moment.launch)
    return false;
  if (access.group != moment.group || access.severalGroups)
    return true;
  return access.epoch == epochOf(moment) && (access.item != moment.item || access.severalItems);
}

void Buffer::note(Access &access, const Moment &moment, bool atomic) const {
  if (access.launch != moment.launch)
    access = Access{};
  const int64_t epoch = epochOf(moment);
  access.severalGroups |= access.launch == moment.launch && access.group != moment.group;
  const bool isSameEpoch = access.group == moment.group && access.epoch == epoch;
  access.severalItems = isSameEpoch && (access.severalItems || access.item != moment.item);
  access.atomic = atomic && (access.launch < 0 || !isSameEpoch || access.atomic);
  access.launch = moment.launch;
  access.group = moment.group;
  access.item = moment.item;
  access.epoch = epoch;
}

} // namespace loopy::testing
