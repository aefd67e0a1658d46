"""A result's document as text: strict JSON, one value a line."""

import json
from collections.abc import Mapping


def render_json(document: Mapping[str, object]) -> str:
    """The document; what JSON cannot hold, such as infinity, is an error (ValueError)."""
    return json.dumps(document, indent=2, allow_nan=False) + "\n"
