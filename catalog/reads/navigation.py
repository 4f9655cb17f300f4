"""The category tree as the pages show it: header, breadcrumbs, the gates of the home page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from catalog.models import Category
from catalog.selectors import category_pictures, category_tree
from core.fast.process_cache import ProcessCache

# Each page shows the tree, so it is kept, and so are header and footer: a renamed category appears within two minutes.
_trees: ProcessCache[dict[UUID, Node]] = ProcessCache()


@dataclass(slots=True)
class Node:
    """A category in the active language with its children."""

    id: UUID
    parent_id: UUID | None
    name: str
    url: str
    picture: str
    children: list[Node] = field(default_factory=list)


def roots() -> list[Node]:
    """The categories without a parent, each with all below it. Two queries when none are kept."""
    return [node for node in _nodes().values() if node.parent_id is None]


def node_of(category_id: UUID) -> Node | None:
    """A category's place in the tree, or None if shoppers do not see it."""
    return _nodes().get(category_id)


def path_to(category_id: UUID) -> list[Node]:
    """The category and its ancestors, root first; empty if shoppers do not see it."""
    nodes = _nodes()
    path: list[Node] = []
    step: UUID | None = category_id
    while step is not None and step in nodes:
        path.insert(0, nodes[step])
        step = nodes[step].parent_id
    return path


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `navigation`, the roots of the tree; read only by templates that show it."""
    return {"navigation": SimpleLazyObject(roots)}


def _nodes() -> dict[UUID, Node]:
    return _trees.get(get_language(), _read)


def _read() -> dict[UUID, Node]:
    pictures = category_pictures()
    nodes: dict[UUID, Node] = {}
    for category in category_tree():
        node = _node(category, pictures)
        nodes[node.id] = node
        if node.parent_id in nodes:
            nodes[node.parent_id].children.append(node)
    _borrow_pictures([node for node in nodes.values() if node.parent_id is None])
    return nodes


def _node(category: Category, pictures: dict[UUID, str]) -> Node:
    return Node(
        id=category.pk,
        parent_id=category.parent_id,
        name=category.name,
        url=category.get_absolute_url(),
        picture=pictures.get(category.pk, ""),
    )


def _borrow_pictures(nodes: list[Node]) -> None:
    """A category that sells nothing itself shows the first picture found below it."""
    for node in nodes:
        _borrow_pictures(node.children)
        node.picture = node.picture or next((child.picture for child in node.children if child.picture), "")
