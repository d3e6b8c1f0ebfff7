"""A vendor's policy file: its form, its checks and the way in and out of it.

``load(path)`` reads a TOML file, ``from_document(data)`` what the database stores; both answer
a ``PolicyFile`` that has passed every check or raise ``PolicyFileError`` with all problems.
"""

from vendors.catalog.schema.base import Period, Size, Text
from vendors.catalog.schema.errors import PolicyFileError, Problem
from vendors.catalog.schema.file import PolicyFile
from vendors.catalog.schema.reading import (
    catalog_path,
    from_document,
    from_toml,
    load,
    load_slug,
    slugs,
)

__all__ = [
    "Period",
    "PolicyFile",
    "PolicyFileError",
    "Problem",
    "Size",
    "Text",
    "catalog_path",
    "from_document",
    "from_toml",
    "load",
    "load_slug",
    "slugs",
]
