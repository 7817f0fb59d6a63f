// Results of parts of a reduction's terms, which can be combined in any grouping.
//
// What a part comes to is a tuple: the values of the accumulators, and for a segmented sum whether a segment begins in
// the part. Combining is associative; for all operators but segmented sums it is commutative, too.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

// left op right, for parts that follow each other: of segmented sums (v, f) op (w, g) = (g ? w : v + w, f or g).
std::vector<Expr> combinedParts(Context &context, ReductionOp op, const std::vector<Expr> &left,
                                const std::vector<Expr> &right);
// What the accumulators become when a part follows what they hold.
std::vector<Expr> continuedBy(Context &context, ReductionOp op, const std::vector<Expr> &accumulators,
                              const std::vector<Expr> &part);

// Adds temporaries for parts, called `name`, `name_index` and `name_flag`: like the accumulators of the reduction, with
// so many more implicit axes. Returns their names, in the order of the tuple.
std::vector<std::string> addPartArrays(Kernel &kernel, const ReductionInfo &reduction, int moreAxes,
                                       const std::string &name);

// Makes reductions of arrays that addPartArrays made: of the values, and for a segmented sum of the flags. Returns
// their ids.
std::vector<std::string> addPartReductions(Kernel &kernel, const ReductionInfo &reduction,
                                           const std::vector<std::string> &arrays);

// The element of a temporary for the part that the accumulator `place`, of type `type`, belongs to.
using PartElement = std::function<Expr(const std::string &array, const Load &place, Type type)>;
std::vector<Expr> partElements(const std::vector<std::string> &arrays, const std::vector<Expr> &places,
                               const PartElement &element);

// With the value of a further implicit axis, behind those of the accumulator.
PartElement elementWithAxis(const Kernel &kernel, Expr value);

// The start of the reductions `ids` of the arrays `own`: like `init`, called id, id_flag.
std::vector<Statement> startsOfPart(const Kernel &kernel, const ReductionInfo &reduction, const Statement &like,
                                    const std::vector<std::string> &own, const std::vector<std::string> &ids,
                                    const std::vector<Expr> &places, const PartElement &element);

// An update that has its own accumulators, the arrays `own` with the reductions `ids`; behind it that of the flag,
// where there is one. Nothing if that of a segmented sum has not the form v = flag ? e : v + e.
std::optional<std::vector<Statement>> updatesOfPart(const Kernel &kernel, const ReductionInfo &reduction,
                                                    const Statement &update, const std::vector<std::string> &own,
                                                    const std::vector<std::string> &ids, const PartElement &element);

} // namespace loopy
