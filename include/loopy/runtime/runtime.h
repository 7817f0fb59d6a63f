// Runs programs: C through the system compiler and dlopen, OpenCL through the ICD loader. One interface for both.
#pragma once

#include "loopy/codegen/emit.h"

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace loopy {

// A dense array or a scalar in *logical* index space, C order.
struct Value {
  Type type;
  std::vector<int64_t> shape;      // empty for a scalar
  std::vector<std::byte> bytes;    // C order, elements of type.sizeInBytes()
  int64_t elements() const;
};
using Arguments = std::map<std::string, Value>;  // by the user's names; scalars too

struct DeviceInfo {
  std::string platform, name, version, driver;
  bool isCpu = false;
  uint64_t localMemoryBytes = 0, maxWorkGroupSize = 0, globalMemoryBytes = 0, maxAllocationBytes = 0;
  std::array<uint64_t, 3> maxWorkItemSizes{};
  unsigned computeUnits = 0;
  bool hasDoubles = false, hasHalves = false;
  Target target() const;           // an OpenCL target with this device's limits
  // What the program needs and the device has not, as "`a` is of float16"; "" where nothing is amiss.
  std::string lacks(const Program &program) const;
};
// All OpenCL devices of all platforms; empty (no error) where there is no platform.
std::vector<DeviceInfo> listDevices();
// By index ("0") or part of the name or platform, any case; "" = a PoCL CPU device first, else the first one.
// UserError listing what there is when nothing matches.
DeviceInfo findDevice(const std::string &selector);

struct RunOptions {
  int warmups = 0;
  double warmupSeconds = 0;        // untimed runs go on until they have taken so long together
  int repetitions = 1;             // timed runs; outputs are those of the first one, inout data is restored between
  double timeLimit = 0;            // seconds after which no further run is started (one is always timed); 0 = none
  bool collectOutputs = true;      // false: RunResult::outputs stays empty
  bool contraction = true;         // false: no fma contraction, correctly rounded division and square root
  bool sanitizeBounds = false;     // WroteOutside when memory before or behind an array was written
};
struct WroteOutside : UserError {
  using UserError::UserError;
};
struct RunTimes {
  // Of each repetition, from the start of the first launch to the end of the last one, by the device's clock; C: wall time.
  std::vector<double> eventSeconds;
  std::vector<double> wallSeconds;
  double compileSeconds = 0;
  bool fromCache = false;
};
struct RunResult {
  Arguments outputs;               // all out and inout arrays
  RunTimes times;
};

class Runtime {
public:
  virtual ~Runtime() = default;
  // The user's arrays that the program takes in others (Program::homes) are brought there before, and back after the run.
  // `arguments` holds every in and inout array and every scalar that no shape determines; out arrays may be given to
  // set their initial content (else they are poisoned with NaN, or 0xA5 bytes for integers).
  // UserError for a missing argument, wrong type, shape or size, and for assumptions that the values violate.
  RunResult run(const Program &program, const Arguments &arguments, const RunOptions &options);

private:
  // The same for what the program itself takes.
  virtual RunResult execute(const Program &program, const Arguments &arguments, const RunOptions &options) = 0;
};

// The user's arguments as those that the program takes: arrays that have homes elsewhere are put there, with poison where
// nothing is, and integer params get the values that the shapes of the user's arrays determine. UserError as for run.
Arguments packed(const Program &program, const Arguments &arguments);
// The user's results, out of the program's.
Arguments unpacked(const Program &program, const Arguments &packedArguments, const Arguments &outputs);

std::unique_ptr<Runtime> makeCRuntime();                              // $CC, else cc
std::unique_ptr<Runtime> makeOpenCLRuntime(const DeviceInfo &device);

// The value of an integer scalar, and the other way round.
Value scalarOf(Type type, int64_t value);
int64_t integerOf(const Value &value);

// Integer parameters from array shapes and given scalars. UserError when one cannot be found or two disagree.
std::map<std::string, int64_t> resolveParams(const Program &program, const Arguments &arguments);
// Evaluates an integer expression over params (shape, extents).
int64_t evaluate(Expr e, const std::map<std::string, int64_t> &values);
// The shape of every array argument under these parameter values.
std::vector<int64_t> shapeOf(const ProgramArg &arg, const std::map<std::string, int64_t> &params);

// What `out` arrays hold before a run, so that an element that nobody writes is seen: NaNs with a payload that no
// arithmetic makes, 0xA5 in the bytes of integers and bools.
void poison(Value &value);
bool isPoison(Type type, const std::byte *element);

// .npy, versions 1 to 3, little endian, C and Fortran order. UserError for anything else.
Value readNpy(const std::string &path);
void writeNpy(const std::string &path, const Value &value);

// What a device was measured to do at best: a large copy (bytes read and written), and independent multiply-adds (two
// operations each).
struct Peaks {
  double bytesPerSecond = 0, operationsPerSecond = 0;
};
// Measured once for each device and driver (C: compiler, processor, number of threads) and kept in the cache directory.
// `doubles`: operations on float64, else on float32.
Peaks peaksOf(const DeviceInfo &device, bool doubles);
Peaks peaksOfC(bool openMp, bool doubles);
// The threads that a C program runs on: one, or with OpenMP what $OMP_NUM_THREADS or the machine gives.
unsigned threadsOfC(bool openMp);

// Bytes of all arrays and buffers of a program.
uint64_t memoryNeeded(const Program &program, const std::map<std::string, int64_t> &params);

// Reproducible data: floats in [-1, 1], integers in [0, 8), by a counter-based generator from (seed, name, index).
Value randomValue(Type type, const std::vector<int64_t> &shape, uint64_t seed, std::string_view name);

// The directory of the binary cache ($LOOPYC_CACHE_DIR, $XDG_CACHE_HOME/loopyc, ~/.cache/loopyc).
std::string cacheDirectory();

} // namespace loopy
