"""The envelope in the OpenAPI document: what renderer and exception handler do, said once for all."""

from typing import Any

_ERROR = {
    "type": "object",
    "required": ["success", "error_code", "message", "details"],
    "properties": {
        "success": {"type": "boolean", "enum": [False]},
        "error_code": {"type": "string", "description": "Stable, for machines."},
        "message": {"type": "string", "description": "For people, in the language of Accept-Language."},
        "details": {"type": "object", "additionalProperties": True},
    },
}
_ERROR_REF = {"$ref": "#/components/schemas/Error"}
_NOTHING = {"nullable": True, "enum": [None]}
_PAGINATION = {
    "type": "object",
    "required": ["page", "page_size", "total", "pages", "next", "previous"],
    "properties": {
        "page": {"type": "integer"},
        "page_size": {"type": "integer"},
        "total": {"type": "integer"},
        "pages": {"type": "integer"},
        "next": {"type": "string", "format": "uri", "nullable": True},
        "previous": {"type": "string", "format": "uri", "nullable": True},
    },
}


def wrap_in_envelope(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """drf-spectacular post-processing hook."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas["Error"], schemas["Pagination"] = _ERROR, _PAGINATION
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            if isinstance(operation, dict) and "responses" in operation:
                _wrap_operation(operation)
    return result


def _wrap_operation(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        succeeds = status.startswith("2")
        content = response.setdefault("content", {"application/json": {"schema": _NOTHING if succeeds else _ERROR_REF}})
        if succeeds:
            for media in content.values():
                media["schema"] = _success(media["schema"])
    operation["responses"]["default"] = {
        "description": "Refused; error_code says why.",
        "content": {"application/json": {"schema": _ERROR_REF}},
    }


def _success(schema: dict[str, Any]) -> dict[str, Any]:
    paginated = schema.pop("x-paginated", False)
    pagination: dict[str, Any] = {"$ref": "#/components/schemas/Pagination"}
    return {
        "type": "object",
        "required": ["success", "data", "message", "errors", "pagination"],
        "properties": {
            "success": {"type": "boolean", "enum": [True]},
            "data": schema,
            "message": {"type": "string", "nullable": True},
            "errors": {"type": "array", "items": {"type": "string"}, "nullable": True},
            "pagination": pagination if paginated else {"nullable": True, "allOf": [pagination]},
        },
    }
