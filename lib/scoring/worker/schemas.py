"""What `/swagger.json` says of a script's data."""

import json
import sys

from .logs import swagger_logger

#: A schema holds whole samples. A longer one would be a burden for the front, which keeps it, and no help to its readers.
_MOST_CHARACTERS = 4 << 20
_OPEN = '{"type": "object"}'
_UNDECORATED = {"type": "object", "example": {}}
#: Versions of the document, as inference-schema and as its readers call them.
_VERSIONS = ((2, ("2", "2.0")), (3, ("3", "3.0")), (3.1, ("3.1",)))


def of(run):
    """JSON texts, because numbers keep their Python form only as text; and the versions that can express them."""
    known = sys.modules.get("inference_schema.schema_util")
    if known is None:
        return {"input": json.dumps(_UNDECORATED), "output": json.dumps(_UNDECORATED), "versions": [each for each, _ in _VERSIONS]}
    supported = known.get_supported_versions(run)
    versions = [version for version, names in _VERSIONS if any(name in supported for name in names)]
    decorated = known.is_schema_decorated(run)
    made = (known.get_input_schema(run), known.get_output_schema(run)) if decorated else (_UNDECORATED, _UNDECORATED)
    return {"input": _text(made[0]), "output": _text(made[1]), "versions": versions}


def told(schemas):
    """What of it goes to the front."""
    if schemas is None:
        return None
    swagger_logger.info("Swaggers are prepared for the following versions: %s.", schemas["versions"])
    return {**schemas, "input": _bounded("input", schemas["input"]), "output": _bounded("output", schemas["output"])}


def _bounded(what, text):
    if len(text) <= _MOST_CHARACTERS:
        return text
    swagger_logger.warning("/swagger.json leaves the %s open: its schema with the sample has %s characters; at most %s are kept", what, len(text), _MOST_CHARACTERS)
    return _OPEN


def _text(schema):
    try:
        return json.dumps(schema)
    except (TypeError, ValueError) as error:
        swagger_logger.error("/swagger.json has no schema, because the sample cannot become JSON: %s", error)
        return _OPEN
