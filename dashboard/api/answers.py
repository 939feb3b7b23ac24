"""What addresses answer besides success, for the OpenAPI document: every status that can come, and no other."""

from typing import Any, Final

# Said with its media type: addresses that answer pages, tables or streams refuse in JSON all the same.
ERROR: Final[dict[str, Any]] = {
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorDocument"}}}
}


def refusal(description: str) -> dict[str, Any]:
    """Describe an error answer."""
    return {**ERROR, "description": description}


Answers = dict[int | str, dict[str, Any]]

# Of every address that is described.
EVERYWHERE: Final[Answers] = {
    421: refusal("Asked under a host's name that is not this server's"),
    422: refusal("What was asked or sent has no meaning; `error.values` names it"),
    500: refusal("A fault of the server; its log has the reason under `error.values.id`"),
}
# Of every address under /api/v1.
ALWAYS: Final[Answers] = {
    **EVERYWHERE,
    401: refusal("The key of the screen that asks is not in force"),
    403: refusal("Not for who asks: a screen only looks, the person of the session holds no duty today, another site"),
    503: refusal("No answer at the moment; try again after `Retry-After` seconds"),
}
