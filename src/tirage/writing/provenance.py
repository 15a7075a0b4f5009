"""How a picture was made, carried in its XMP (ISO 16684-1), and read back so that it can be made again."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any, BinaryIO

import numpy as np

from ..photo.errors import FileError
from ..photo.frame import LONGEST_MERGE_HISTORY, RawFrame
from ..photo.image import DisplayImage
from ..photo.recipe import Recipe
from .exif import SOFTWARE

NAMESPACE = "urn:tirage:1#"
#: What stands before the packet in a JPEG's APP1 and in a PNG's iTXt; a TIFF has a tag for it.
JPEG_HEADER = b"http://ns.adobe.com/xap/1.0/\0"
PNG_KEYWORD = b"XML:com.adobe.xmp\0"
TIFF_TAG = 700
_LARGEST = 1 << 20
_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:tirage="{namespace}"{properties}/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


def packet(photo: DisplayImage) -> bytes:
    """The XMP of `photo`: its recipe as JSON, the source's name, the versions that made it. No clock, no place.

    A look that is a file is noted as `lookFile`, since that file too is needed to make the picture again.
    """
    look = photo.recipe.look
    is_file = look.endswith(".toml") or "/" in look or "\\" in look
    properties = {
        "xmp:CreatorTool": SOFTWARE,
        "tirage:source": PurePath(photo.source).name,
        "tirage:lookFile" if is_file else "tirage:look": look,
        "tirage:recipe": json.dumps(photo.recipe.to_mapping()),
        "tirage:merge": _history(photo.merged),
        "tirage:versions": f"{SOFTWARE}, numpy {np.__version__}",
    }
    return _packet(properties)


def packet_of_merge(frame: RawFrame) -> bytes:
    """The XMP of a frame merged of several: which, and by which parameters, as JSON."""
    return _packet(
        {
            "xmp:CreatorTool": SOFTWARE,
            "tirage:source": PurePath(frame.source).name,
            "tirage:merge": _history(frame.merged),
            "tirage:versions": f"{SOFTWARE}, numpy {np.__version__}",
        }
    )


def _history(merged: Mapping[str, Any]) -> str:
    """What a frame was merged of as JSON, "" where that is nothing.

    No more than fits into the segment of a JPEG: many long names keep their ends, where they differ; thousands of
    frames are not told.
    """
    for longest in range(255, -1, -1) if merged else ():
        text = json.dumps({key: _cut(value, longest) for key, value in merged.items()}, ensure_ascii=False)
        if len(text) <= LONGEST_MERGE_HISTORY:
            return text
    return ""


def _cut(value: Any, longest: int) -> Any:
    """A name, or each name of a list, of `longest` characters at most."""
    if isinstance(value, list):
        return [_cut(one, longest) for one in value]
    if not isinstance(value, str) or len(value) <= longest:
        return value
    return "\u2026" + value[len(value) - longest + 1 :] if longest else ""


def _packet(properties: dict[str, str]) -> bytes:
    written = "".join(f'\n    {key}="{_xml_text(text)}"' for key, text in properties.items() if text)
    return _PACKET.format(namespace=NAMESPACE, properties=written).encode()


def recipe_of(path: Path | str) -> Recipe:
    """The recipe in a picture that tirage wrote (JPEG, PNG or TIFF, told by content), or in a .toml or .json file.

    Raises FileError when the file can't be read or holds none, UsageError when it holds a choice that tirage lacks.
    """
    path = Path(path)
    try:
        with open(path, "rb") as file:
            head = file.read(8)
            file.seek(0)
            for magic, packets in _READERS.items():
                if head.startswith(magic):
                    return Recipe.from_mapping(_table_in_picture(packets(file), path), f"recipe in '{path}'")
            return Recipe.from_mapping(_table_in_text(file.read(_LARGEST), path), f"recipe '{path}'")
    except OSError as error:
        raise FileError(f"can't read the recipe '{path}': {error.strerror}") from error


def _table_in_text(data: bytes, path: Path) -> dict[str, Any]:
    """The table of a recipe file."""
    suffix = path.suffix.lower()
    if suffix not in (".toml", ".json"):
        raise FileError(f"'{path}' holds no recipe; give a .toml or .json file, or a picture that tirage wrote")
    try:
        if suffix == ".json":
            table = json.loads(data)
        else:
            import tomllib

            table = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # what JSON, TOML and UTF-8 decoders raise
        raise FileError(f"the recipe '{path}' is not valid {suffix[1:].upper()}: {error}") from error
    if not isinstance(table, dict):
        raise FileError(f"the recipe '{path}' must be a table of choices, such as look = \"lively\"")
    return table


def _table_in_picture(packets: Iterator[bytes], path: Path) -> dict[str, Any]:
    """The table in the first of the XMP `packets` that holds one."""
    from xml.etree import ElementTree

    key = f"{{{NAMESPACE}}}recipe"
    try:
        for data in packets:
            if len(data) >= _LARGEST or b"<!DOCTYPE" in data:
                continue
            for element in ElementTree.fromstring(data.strip(b"\0 \r\n\t")).iter():
                # An attribute as written; an element once other software has rewritten the packet.
                text = element.text if element.tag == key else element.get(key)
                if text is not None and isinstance(table := json.loads(text), dict):
                    return table
    except (ElementTree.ParseError, ValueError, RecursionError, struct.error, zlib.error) as error:
        raise FileError(f"the recipe in '{path}' is damaged; give a .toml or .json recipe instead") from error
    raise FileError(f"'{path}' carries no recipe: tirage did not write it, or other software took its XMP away")


def _packets_of_jpeg(file: BinaryIO) -> Iterator[bytes]:
    """XMP among the segments before the scan."""
    file.seek(2)
    while (marker := file.read(2)) and marker != b"\xff\xda":
        (length,) = struct.unpack(">H", file.read(2))
        data = file.read(max(length - 2, 0))
        if marker == b"\xff\xe1" and data.startswith(JPEG_HEADER):
            yield data.removeprefix(JPEG_HEADER)


def _packets_of_png(file: BinaryIO) -> Iterator[bytes]:
    """XMP among the chunks: keyword, compression flag and method, language, translated keyword, text."""
    file.seek(8)
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind != b"iTXt" or length > _LARGEST:
            file.seek(length + 4, 1)
            continue
        data = file.read(length)
        file.seek(4, 1)
        if data.startswith(PNG_KEYWORD):
            is_compressed, rest = data[len(PNG_KEYWORD)], data[len(PNG_KEYWORD) + 2 :]
            text = rest.split(b"\0", 2)[-1]
            yield zlib.decompressobj().decompress(text, _LARGEST) if is_compressed else text


def _packets_of_tiff(file: BinaryIO) -> Iterator[bytes]:
    """XMP in the first directory, in either byte order."""
    order = "<" if file.read(4).startswith(b"I") else ">"
    file.seek(struct.unpack(f"{order}I", file.read(4))[0])
    (count,) = struct.unpack(f"{order}H", file.read(2))
    for tag, _, length, place in struct.iter_unpack(f"{order}HHII", file.read(12 * count)):
        if tag == TIFF_TAG and length < _LARGEST:
            file.seek(place)
            yield file.read(length)


_READERS = {
    b"\xff\xd8\xff": _packets_of_jpeg,
    b"\x89PNG\r\n\x1a\n": _packets_of_png,
    b"II*\0": _packets_of_tiff,
    b"MM\0*": _packets_of_tiff,
}


def _xml_text(text: str) -> str:
    """`text` as the value of an XML attribute, with U+FFFD for what XML can't hold or nobody can read."""
    text = "".join(character if character.isprintable() else "\ufffd" for character in text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
