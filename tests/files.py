"""Files that people bring, and files that bring harm. All of them are made here."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

CANARY = "Zyxwanda Quovadisari"  # in every file, where its format has room for words
PHP = f"<?php system('id'); /* {CANARY} */ ?>".encode()
MALANG = {1: "S", 2: (7.0, 57.0, 0.0), 3: "E", 4: (112.0, 37.0, 0.0)}  # where it was taken
GPS, ABOUT, TURNED = 0x8825, 0x010E, 0x0112


def a_picture(kind: str = "JPEG", size: tuple[int, int] = (300, 200), **more: Any) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    encoded = BytesIO()
    image.save(encoded, kind, **more)
    return encoded.getvalue()


def with_gps() -> bytes:
    """A photograph that tells where it was taken, by whom, and that it is to be turned."""
    exif = Image.Exif()
    exif[ABOUT] = CANARY
    exif[TURNED] = 6
    exif.get_ifd(GPS).update(MALANG)
    return a_picture(exif=exif, comment=CANARY)


def with_php() -> bytes:
    """A picture for those who look at it, a program for a careless web server."""
    return a_picture() + PHP


def a_bomb(side: int = 40_000) -> bytes:
    """A PNG of a few kilobytes that wants gigabytes."""
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    row = b"\0" * (side // 8 + 1)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    chunks = ((b"IHDR", head), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in chunks)


def a_pdf(pages: int = 2, script: str = "app.alert(1)") -> bytes:
    """A PDF with a picture on each page, and a script that runs when it is opened."""
    encoded = BytesIO()
    first, *rest = [Image.new("RGB", (200, 300), "green") for _ in range(pages)]
    first.save(encoded, "PDF", save_all=True, append_images=rest, author=CANARY)
    action = f"/OpenAction << /S /JavaScript /JS ({script}) >> /Type /Catalog".encode()
    return encoded.getvalue().replace(b"/Type /Catalog", action)


A_SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>' + b" " * 9_000
HTML = f"<!doctype html><title>{CANARY}</title><script>alert(1)</script>".encode()
AN_EXE = b"MZ\x90\0" + b"\0" * 60 + PHP
A_ZIP = b"PK\x03\x04" + b"\0" * 60 + PHP
AN_M4A = b"\0\0\0\x20ftypM4A \0\0\0\0M4A mp42isom" + PHP * 100
A_HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + PHP


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + checksum
