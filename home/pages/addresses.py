"""Where a page is found on the site."""

from __future__ import annotations


def path_of(url_path: str) -> str:
    """The public path of a page from its place in the tree: "/home/policies/" is "/policies/".

    The product has one site whose root is a child of the tree's root, so the first segment goes.
    """
    return "/" + url_path.lstrip("/").partition("/")[2]
