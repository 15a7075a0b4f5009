"""What a DNG that tirage merged of several frames says of them."""

from __future__ import annotations

import json
from typing import Any

from ..photo.errors import FileError
from ..photo.frame import LONGEST_MERGE_HISTORY
from .tags import Tag
from .tiff import Directory

#: The attribute of the XMP packet that holds it as JSON; `writing.provenance` writes it.
_KEY = "{urn:tirage:1#}merge"
_LARGEST = 1 << 20
#: No parameter of a merge is greater.
_MOST = 100


def merge_history(main: Directory) -> dict[str, Any]:
    """`RawFrame.merged` as the file's XMP states it; empty where it states none, or nothing that makes sense."""
    try:
        packet = main.bytes(Tag.XMP).strip(b"\0 \r\n\t")
    except FileError:
        return {}
    if not packet or len(packet) > _LARGEST or b"tirage" not in packet or b"<!" in packet:
        return {}
    from xml.etree import ElementTree  # here: few files get so far

    try:
        for element in ElementTree.fromstring(packet).iter():
            # An attribute as written; an element once other software has rewritten the packet.
            text = element.text if element.tag == _KEY else element.get(_KEY)
            if text and len(text) <= LONGEST_MERGE_HISTORY and _makes_sense(found := json.loads(text)):
                return found
    except (ElementTree.ParseError, ValueError, RecursionError):
        pass
    return {}


def _makes_sense(found: Any) -> bool:
    if not isinstance(found, dict):
        return False
    names = [found.get("frames"), found.get("left_out", [])]
    if not all(isinstance(one, list) and all(isinstance(name, str) for name in one) for one in names):
        return False
    numbers = (found.get(name, 1.0) for name in ("scale", "robustness", "denoise"))
    sensible = all(isinstance(number, int | float) and 0 <= number <= _MOST for number in numbers)
    return isinstance(found.get("reference", ""), str) and sensible
