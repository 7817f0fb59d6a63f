"""Checks docs/schema/module.schema.json, and what `loopyc show --json` writes against it: schema_test.py LOOPYC ROOT."""
import json
import subprocess
import sys

import jsonschema

loopyc, root = sys.argv[1:]
with open(root + "/docs/schema/module.schema.json") as file:
    schema = json.load(file)
validator = jsonschema.Draft202012Validator
validator.check_schema(schema)
for example, pipeline in [("sgemm/sgemm", "registers"), ("sgemm/sgemm", "none"), ("spmv/spmv", "rows"), ("library/rotation", "gpu")]:
    command = [loopyc, "show", f"{root}/examples/{example}.loopy", "-p", pipeline, "--json"]
    written = subprocess.run(command, check=True, capture_output=True).stdout
    validator(schema).validate(json.loads(written))
