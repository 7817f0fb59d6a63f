// Checks JSON against a schema, as far as docs/schema/module.schema.json uses JSON Schema: type, const, enum, pattern,
// properties, required, additionalProperties, items, minItems, maxItems, minimum, maximum, oneOf, anyOf and $ref.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace loopy::test {

// The pointer and the reason of the first violation, "" if there is none. Throws std::logic_error for a keyword that it
// does not know.
std::string schemaViolation(const nlohmann::json &schema, const nlohmann::json &value);

} // namespace loopy::test
