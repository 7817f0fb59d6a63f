// Membership of integer points in sets, evaluated from the sets' constraints and not by asking isl again.
#pragma once

#include "loopy/poly/isl.h"

#include <vector>

namespace loopy::testing {

// A parameter set, its names numbered as in `names`. Names of the set that are not listed must not occur in it.
class PointSet {
public:
  PointSet(const isl::set &set, const std::vector<std::string> &names);
  // values[i] is that of names[i].
  bool contains(const std::vector<int64_t> &values) const;

private:
  // floor((constant + sum of coefficients[i] * values[i] + sum of divs[j] * div j) / denominator)
  struct Affine {
    int64_t constant = 0, denominator = 1;
    std::vector<int64_t> coefficients;
    std::vector<std::pair<size_t, int64_t>> divs;
  };
  struct Constraint {
    Affine affine;  // denominator 1
    bool isEquality = false;
  };
  struct Piece {
    std::vector<Affine> divs;
    std::vector<Constraint> constraints;
  };
  static int64_t numeratorAt(const Affine &affine, const std::vector<int64_t> &values, const std::vector<int64_t> &divs);
  Affine readAffine(isl_aff *aff, const std::vector<std::string> &names, Piece &piece) const;
  size_t readDiv(isl_aff *aff, int position, const std::vector<std::string> &names, Piece &piece) const;

  std::vector<Piece> pieces_;
};

// Every point of `set` with each name in its range; calls `f` in lexicographic order.
struct NameRange {
  int64_t low = 0, high = -1;
};
void forEachPoint(const PointSet &set, const std::vector<NameRange> &ranges,
                  const std::function<void(const std::vector<int64_t> &)> &f);
// The range of a name on a set, if it is bounded; an empty one if the set is empty.
std::optional<NameRange> rangeOf(const isl::set &set, const std::string &name);
isl::set fixed(const isl::set &set, const std::map<std::string, int64_t> &values);

} // namespace loopy::testing
