"""The envelope in the OpenAPI document: what renderer and exception handler do, said once for all."""

from typing import Any

from core.api.tags import IF_MATCH
from core.error_codes import all_error_codes

PAGINATED = "x-paginated"  # how a list's schema tells the hook below that it comes in pages

_NULL = {"type": "null"}
_ERROR = {
    "type": "object",
    "required": ["success", "error_code", "message", "details"],
    "properties": {
        "success": {"type": "boolean", "enum": [False]},
        "error_code": {"$ref": "#/components/schemas/ErrorCode"},
        "message": {"type": "string", "description": "For people, in the language of Accept-Language."},
        "details": {"$ref": "#/components/schemas/ErrorDetails"},
    },
}
_ERROR_DETAILS = {
    "type": "object",
    "description": "What else there is to know; docs/errors.md tells it for each code.",
    "properties": {
        "fields": {
            "type": "object",
            "description": (
                "Every field at fault by its path: `email`, `shipping_address.city`, `items.0.quantity`; a parameter "
                "or header by its name, the body as a whole as `body`."
            ),
            "additionalProperties": {"$ref": "#/components/schemas/FieldFault"},
        },
        "retry_after": {"type": "integer", "description": "Seconds, as in the header Retry-After."},
    },
    "additionalProperties": True,
}
_FIELD_FAULT = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {
        "code": {"$ref": "#/components/schemas/ErrorCode"},
        "message": {"type": "string", "description": "For people, in the language of Accept-Language."},
    },
}
_ERROR_REF = {"$ref": "#/components/schemas/Error"}
_FILE = {"type": "object", "additionalProperties": True}
_PAGINATION = {
    "type": "object",
    "required": ["page", "page_size", "total", "pages", "next", "previous"],
    "properties": {
        "page": {"type": ["integer", "null"], "description": "Null, like total and pages, with a cursor."},
        "page_size": {"type": "integer"},
        "total": {"type": ["integer", "null"]},
        "pages": {"type": ["integer", "null"]},
        "next": {"type": ["string", "null"], "format": "uri"},
        "previous": {"type": ["string", "null"], "format": "uri"},
    },
}


def _envelope(pagination: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["success", "data", "message", "errors", "pagination"],
        "properties": {
            "success": {"type": "boolean", "enum": [True]},
            "message": {"type": ["string", "null"], "description": "For people."},
            "errors": {"type": ["array", "null"], "items": {"type": "string"}},
            "pagination": pagination,
        },
    }


def wrap_in_envelope(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """drf-spectacular post-processing hook."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    pages = {f"#/components/schemas/{name}": schemas.pop(name) for name in list(schemas) if PAGINATED in schemas[name]}
    schemas |= {
        "Error": _ERROR,
        "ErrorCode": {
            "type": "string",
            "description": "Stable, for machines; docs/errors.md tells what each means and what to do.",
            "enum": list(all_error_codes()),
        },
        "ErrorDetails": _ERROR_DETAILS,
        "FieldFault": _FIELD_FAULT,
        "Pagination": _PAGINATION,
        "Answer": _envelope(_NULL),
        "PageAnswer": _envelope({"$ref": "#/components/schemas/Pagination"}),
    }
    _close_bodies(result)
    for operations in result.get("paths", {}).values():
        for method, operation in operations.items():
            if isinstance(operation, dict) and "responses" in operation:
                _wrap_operation(operation, pages)
                _tell_of_tags(method, operation)
    return result


def _close_bodies(result: dict[str, Any]) -> None:
    """Say of every object in a body that it has no other names than those told."""
    schemas = result["components"]["schemas"]
    for name, schema in schemas.items():
        # By their names: drf-spectacular's COMPONENT_SPLIT_REQUEST is on.
        if name.endswith("Request") and schema.get("type") == "object":
            schema.setdefault("additionalProperties", False)
    schemas.get("Money", {}).setdefault("additionalProperties", False)


def _wrap_operation(operation: dict[str, Any], pages: dict[str, dict[str, Any]]) -> None:
    for status, response in operation["responses"].items():
        succeeds = status.startswith("2")
        content = response.setdefault("content", {"application/json": {"schema": _NULL if succeeds else _ERROR_REF}})
        if succeeds:
            for media in content.values():
                # A download comes as it is.
                is_file = media["schema"].get("format") == "binary"
                media["schema"] = _FILE if is_file else _success(media["schema"], pages)
    refused = {
        "description": "Refused; error_code says why.",
        "headers": {
            "Retry-After": {
                "description": "With 429, and where it is worth trying again: after how many seconds.",
                "schema": {"type": "integer"},
            }
        },
        "content": {"application/json": {"schema": _ERROR_REF}},
    }
    operation["responses"] |= {"4XX": refused, "default": refused}


def _tell_of_tags(method: str, operation: dict[str, Any]) -> None:
    """What core.api.tags answers without being asked by a view."""
    if method == "get":
        operation["responses"]["304"] = {"description": "What If-None-Match names still holds; no body."}
    elif any(parameter["name"] == IF_MATCH for parameter in operation.get("parameters", [])):
        operation["responses"]["412"] = {
            "description": "Somebody changed it since; `details.etag` is that of now.",
            "content": {"application/json": {"schema": _ERROR_REF}},
        }


def _success(schema: dict[str, Any], pages: dict[str, dict[str, Any]]) -> dict[str, Any]:
    page = pages.get(schema.get("$ref", ""))
    envelope = {"$ref": f"#/components/schemas/{'Answer' if page is None else 'PageAnswer'}"}
    data = schema if page is None else {key: value for key, value in page.items() if key != PAGINATED}
    return {"allOf": [envelope, {"type": "object", "required": ["data"], "properties": {"data": data}}]}
