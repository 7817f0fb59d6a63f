// The arguments of one run, checked against the program and brought into the layout that the program expects.
#pragma once

#include "loopy/runtime/runtime.h"

namespace loopy {

// An array argument for one set of params.
struct BoundArray {
  const ProgramArg *arg = nullptr;
  std::vector<int64_t> shape, strides; // in elements
  int64_t offset = 0;
  int64_t physicalElements = 0; // of the buffer, gaps included
  bool isDense = true;          // the buffer is the logical array in C order

  bool isWritten() const { return arg->role != Role::In; }
};

// The bytes of a buffer before a run: the caller's own where the layout allows it, else a rearranged copy.
struct InitialContent {
  const std::vector<std::byte> *given = nullptr; // outlives this; null = `own`
  std::vector<std::byte> own;
  const std::vector<std::byte> &bytes() const { return given ? *given : own; }
};

class BoundArguments {
public:
  // UserError for a missing argument, wrong type, shape or size, and for assumptions that the values violate.
  BoundArguments(const Program &program, const Arguments &arguments);

  const std::map<std::string, int64_t> &params() const { return params_; }
  const std::map<std::string, BoundArray> &arrays() const { return arrays_; }

  // The initial content of an array's buffer: the given data, or poison; gaps hold 0xA5.
  InitialContent initialContent(const BoundArray &array) const;
  // The array in a buffer after a run. UserError if the program wrote into the gaps of its layout.
  Value result(const BoundArray &array, const std::vector<std::byte> &content) const;
  // The bytes of a scalar parameter; `hostValues` are those of the host's loop variables.
  std::vector<std::byte> scalar(const FunctionParam &param, const std::map<std::string, int64_t> &hostValues) const;
  // The number of elements of a temporary that the host allocates.
  int64_t elements(const TempBuffer &buffer) const;

private:
  void bindArray(const ProgramArg &arg);
  void checkScalar(const ProgramArg &arg) const;
  void checkAssumptions() const;
  void checkNames() const;
  void requireIndexable(int64_t elements, const std::string &name) const;
  std::vector<std::byte> scattered(const BoundArray &array, const std::vector<std::byte> &logical) const;

  const Program &program_;
  const Arguments &arguments_;
  std::map<std::string, int64_t> params_;
  std::map<std::string, BoundArray> arrays_;
};

} // namespace loopy
