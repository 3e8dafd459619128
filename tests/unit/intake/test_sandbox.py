"""What a harmful file can do to us: nothing; and what the copy of it still has of it: nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from services.intake.documents import copying
from services.intake.documents.copying import SANDBOX, Copied, Copier, kind_of
from tests import files

MODES = ("1", "L", "LA", "P", "RGBA", "I;16")  # of a PNG
TRIES = """
import os, socket, sys
sys.path.insert(0, sys.argv[1])
import sandbox
sandbox.warm_up()
sandbox.lock_up()
tries = {
    "connect": socket.socket, "read": lambda: open("/etc/passwd"),
    "write": lambda: open(sys.argv[2], "w"), "delete": lambda: os.unlink(sys.argv[2]),
    "look": lambda: os.stat("/etc"), "fork": os.fork, "kill": lambda: os.kill(os.getppid(), 0),
    "start": lambda: os.execv(sys.executable, [sys.executable]), "pipe": os.pipe,
    "loosen": lambda: sandbox.resource.setrlimit(sandbox.resource.RLIMIT_NOFILE, (9, 9)),
}
for name, attempt in tries.items():
    try:
        attempt()
    except (OSError, ValueError):
        continue
    sys.stdout.write(name + " ")
"""


def copied(content: bytes, media_type: str = "image/jpeg") -> Copied | None:
    async def copy() -> Copied | None:
        return await Copier().copy(content, media_type)

    return asyncio.run(copy())


def copy_of(content: bytes, media_type: str = "image/jpeg") -> bytes:
    found = copied(content, media_type)
    assert found is not None
    return found.content


@pytest.fixture
def unprotected() -> Iterator[Path]:
    """A file that everybody may change or remove."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "evidence"
        file.write_text("still here")
        for each in (file, file.parent):
            each.chmod(0o777)
        yield file


def test_who_takes_the_sandbox_over_can_do_nothing_with_it(unprotected: Path) -> None:
    file = unprotected
    command = [sys.executable, "-I", "-c", TRIES, str(SANDBOX.parent), str(file)]
    done = subprocess.run(command, env={}, capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert file.read_text() == "still here"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_drawn_anew_as_a_jpeg(kind: str) -> None:
    found = copied(files.a_picture(kind), f"image/{kind.lower()}")
    assert found is not None
    assert (found.media_type, found.pages, found.of_pages) == ("image/jpeg", 1, 1)
    image = Image.open(BytesIO(found.content))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (300, 200))
    red, _, blue = image.getpixel((20, 100))  # type: ignore[misc]
    assert red > 200 > 50 > blue


def test_where_and_by_whom_it_was_taken_stays_in_the_original() -> None:
    original = files.with_gps()
    assert files.GPS in Image.open(BytesIO(original)).getexif()
    assert files.CANARY.encode() in original
    copy = copy_of(original)
    image = Image.open(BytesIO(copy))
    assert dict(image.getexif()) == {}
    assert not {"exif", "comment", "xmp", "icc_profile"} & image.info.keys()
    assert b"Exif" not in copy
    assert files.CANARY.encode() not in copy
    assert image.size == (200, 300)  # and it stands upright


def test_what_hung_on_to_a_picture_is_cut_off() -> None:
    copy = copy_of(files.with_php())
    assert b"<?php" not in copy
    assert copy.endswith(b"\xff\xd9")


def test_a_large_picture_is_made_smaller() -> None:
    image = Image.open(BytesIO(copy_of(files.a_picture(size=(5_000, 1_000)))))
    assert image.size == (2_400, 480)


def test_a_transparent_picture_lies_on_white() -> None:
    encoded = BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(encoded, "PNG")
    image = Image.open(BytesIO(copy_of(encoded.getvalue(), "image/png")))
    assert min(image.getpixel((20, 20))) > 250  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("JPEG", "CMYK"), ("JPEG", "L"), *(("PNG", each) for each in MODES)],
)
def test_a_picture_of_any_making_is_seen(kind: str, mode: str) -> None:
    encoded = BytesIO()
    Image.new(mode, (40, 40)).save(encoded, kind)
    copy = copy_of(encoded.getvalue(), f"image/{kind.lower()}")
    assert Image.open(BytesIO(copy)).size == (40, 40)


def test_of_a_picture_that_moves_it_is_said_how_much_is_not_seen() -> None:
    encoded = BytesIO()
    first, *rest = [Image.new("RGB", (40, 40), color) for color in ("red", "green", "blue")]
    first.save(encoded, "WEBP", save_all=True, append_images=rest)
    found = copied(encoded.getvalue(), "image/webp")
    assert found is not None
    assert (found.pages, found.of_pages) == (1, 3)


def test_a_pdf_becomes_pictures_of_its_pages_and_its_script_stays_behind() -> None:
    original = files.a_pdf(pages=3)
    assert b"/JavaScript" in original
    found = copied(original, "application/pdf")
    assert found is not None
    assert (found.pages, found.of_pages) == (3, 3)
    assert len(pypdfium2.PdfDocument(found.content)) == 3
    for word in (b"JavaScript", b"/JS", b"OpenAction", b"alert", b"Zyxwanda"):
        assert word not in found.content


def test_of_a_long_pdf_the_first_pages_are_copied_and_it_is_said_how_many() -> None:
    found = copied(files.a_pdf(pages=23), "application/pdf")
    assert found is not None
    assert (found.pages, found.of_pages) == (20, 23)


UNUSABLE: dict[str, tuple[bytes, str]] = {
    "a bomb": (files.a_bomb(), "image/png"),
    "a smaller bomb": (files.a_bomb(8_000), "image/png"),
    "half of a picture": (files.a_picture("PNG")[:400], "image/png"),
    "half of a photograph": (files.a_picture(size=(900, 900))[:2_000], "image/jpeg"),
    "a beginning and nothing": (b"\xff\xd8\xff\xe0" + b"\0" * 100, "image/jpeg"),
    "a TIFF": (files.a_picture("TIFF"), "image/jpeg"),
    "no PDF": (b"%PDF-1.7\n" + files.HTML, "application/pdf"),
    "nothing": (b"", "image/jpeg"),
}


@pytest.mark.parametrize(("content", "media_type"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_of_what_cannot_be_seen_there_is_no_copy(content: bytes, media_type: str) -> None:
    assert copied(content, media_type) is None


def test_a_copy_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "PATIENCE", 0.01)
    assert copied(files.a_picture()) is None


def test_who_would_wait_too_long_for_a_turn_goes_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "QUEUE", 0.01)

    async def crowded() -> Copied | None:
        return await Copier(at_once=0).copy(files.a_picture(), "image/jpeg")

    assert asyncio.run(crowded()) is None


LIES = {
    "no word about it": files.a_picture(),
    "not what was asked for": b'{"pages": 1, "of_pages": 1}\n' + files.HTML,
    "a PDF for a picture": b'{"pages": 1, "of_pages": 1}\n' + files.a_pdf(),
    "no pages": b'{"pages": 0, "of_pages": 1}\n' + files.a_picture(),
    "far too much": b'{"pages": 1, "of_pages": 1}\n' + files.a_picture() + bytes(21_000_000),
}


@pytest.mark.parametrize("said", LIES.values(), ids=LIES.keys())
def test_the_sandbox_is_not_believed_whatever_it_says(
    said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lie(*_: object) -> bytes:
        return said

    monkeypatch.setattr(copying, "_run", lie)
    assert copied(files.a_picture()) is None


KINDS: dict[str, tuple[bytes, str | None]] = {
    "a photograph": (files.a_picture(), "image/jpeg"),
    "a PNG": (files.a_picture("PNG"), "image/png"),
    "a WebP": (files.a_picture("WEBP"), "image/webp"),
    "a PDF": (files.a_pdf(), "application/pdf"),
    "a voice": (files.AN_M4A, "audio/mp4"),
    "a program": (files.AN_EXE, None),
    "a page": (files.HTML, None),
    "a drawing": (files.A_SVG, None),
    "an archive": (files.A_ZIP, None),
    "a TIFF": (files.a_picture("TIFF"), None),
    "a HEIC": (files.A_HEIC, None),
    "nothing": (b"", None),
}


@pytest.mark.parametrize(("content", "kind"), KINDS.values(), ids=KINDS.keys())
def test_a_file_is_what_its_first_bytes_say(content: bytes, kind: str | None) -> None:
    assert kind_of(content) == kind
