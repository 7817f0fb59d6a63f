// Memory of an interpreted program: finds accesses out of bounds and data races.
#pragma once

#include "support/scalar.h"

#include "loopy/lower/program.h"

#include <memory>
#include <string>
#include <vector>

namespace loopy::testing {

// Who is running, and how many barriers of each kind lie behind it.
struct Moment {
  int64_t launch = 0, group = 0, item = 0;
  int64_t localEpoch = 0, globalEpoch = 0;
};

// Who accessed a cell last.
struct Access {
  int64_t launch = -1, group = -1, item = -1, epoch = -1;
  bool severalItems = false, severalGroups = false; // others too, in the same epoch or launch
  bool atomic = false;
};

struct Cell {
  Scalar value;
  Access write, read;
};

class Buffer {
public:
  Buffer(std::string name, Type type, AddressSpace space, int64_t elements);
  AddressSpace space() const { return space_; }
  Cell &raw(int64_t index) { return cells_[static_cast<size_t>(index)]; }
  int64_t size() const { return static_cast<int64_t>(cells_.size()); }

  // Both throw a Misbehaviour for what a program must not do.
  const Scalar &read(int64_t index, const Moment &moment, bool atomic);
  void write(int64_t index, const Scalar &value, const Moment &moment, bool atomic);

private:
  std::string place(int64_t index) const;
  [[noreturn]] void race(int64_t index, const char *what) const;
  Cell &at(int64_t index, const char *what);
  int64_t epochOf(const Moment &moment) const;
  bool meets(const Access &access, const Moment &moment) const;
  void note(Access &access, const Moment &moment, bool atomic) const;

  std::string name_;
  Type type_;
  AddressSpace space_;
  std::vector<Cell> cells_;
};

using BufferRef = std::shared_ptr<Buffer>;

} // namespace loopy::testing
