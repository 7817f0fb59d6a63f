// The whole public interface of loopy:
//
//     loopy::Context context;
//     loopy::Module module = loopy::parseFile(context, "sgemm.loopy");
//     loopy::Kernel kernel = module.kernel("sgemm");
//     kernel = loopy::splitIname(kernel, {.iname = "i", .factor = 16, .outerTag = "g.1", .innerTag = "l.1"});
//     kernel = loopy::prefetch(kernel, {.array = "a", .at = "k_outer"});
//     std::string source = loopy::emit(loopy::lower(kernel, loopy::Target::openCL())).source;
//
// A context and what was made in it is used by one thread at a time; several contexts by several threads. Errors are
// loopy::UserError (the caller's mistake, with located diagnostics) and loopy::InternalError (a bug of loopy).
#pragma once

#include "loopy/analysis/bounds.h"
#include "loopy/analysis/dependence.h"
#include "loopy/analysis/prove.h"
#include "loopy/check/check.h"
#include "loopy/check/compare.h"
#include "loopy/check/inputs.h"
#include "loopy/check/sizes.h"
#include "loopy/codegen/emit.h"
#include "loopy/frontend/parse.h"
#include "loopy/ir/module.h"
#include "loopy/ir/tree.h"
#include "loopy/ir/verify.h"
#include "loopy/json/module_json.h"
#include "loopy/lower/lower.h"
#include "loopy/runtime/runtime.h"
#include "loopy/support/sources.h"
#include "loopy/support/version.h"
#include "loopy/transforms/passes.h"
#include "loopy/transforms/pipeline.h"
