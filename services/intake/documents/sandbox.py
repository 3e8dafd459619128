"""Makes a harmless copy of a picture or a PDF, in a process that can do nothing else.

It is a program of its own: bytes come by the standard input, the copy leaves by the standard
output. Whoever takes it over by a clever file can open no file and no connection, start nothing and
see nothing but that file; the parent (copying.py) holds nothing it says for true.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import struct
import sys
import warnings
from contextlib import suppress
from io import BytesIO

import pypdfium2
from PIL import Image, ImageOps

MEGABYTE = 1024 * 1024
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2_400  # pixels of the copy
PAGE_SIDE = 1_800  # pixels of a copied page
PAGE_SCALE = 2.0  # 144 dpi, unless the page is larger than that
MOST_PAGES = 20
PICTURES = ("JPEG", "PNG", "WEBP")
QUALITY = 85
CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWIPC = 0x10000000, 0x40000000, 0x08000000
PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 4, 22, 38
FILTER = 2  # the mode of seccomp
LOAD, IF_EQUAL, IF_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06  # what its programs are made of
ALLOW, REFUSE, END = 0x7FFF0000, 0x00050001, 0x80000000  # REFUSE says EPERM
OTHER_NUMBERS = 0x40000000  # from here on the same calls have a second number (x32)
SIGNALS = {  # by machine: its name for seccomp, and every call that sends a signal
    "x86_64": (0xC000003E, (62, 129, 200, 234, 297, 424)),
    "aarch64": (0xC00000B7, (129, 130, 131, 138, 240, 424)),
}
NOBODY = 65_534
EMPTY = "/proc/self/fdinfo"  # a folder in which nobody can make or find anything of use
LIMITS = {
    resource.RLIMIT_AS: 1_024 * MEGABYTE,
    resource.RLIMIT_CPU: 15,  # seconds
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_NPROC: 0,  # root is not bound by this one: see lock_up
    resource.RLIMIT_NOFILE: 3,  # what is open already: no file, no socket, ever
}


def main() -> int:
    """Read the original, write a line about the copy and the copy; return 0 if there is one."""
    make = {"picture": picture, "pdf": pdf}[sys.argv[1]]
    warm_up()
    lock_up()
    try:
        copy, pages, of_pages = make(sys.stdin.buffer.read())
    except Exception:  # its text may hold what is in the file
        return 1
    about = json.dumps({"pages": pages, "of_pages": of_pages})
    sys.stdout.buffer.write(about.encode() + b"\n" + copy)
    return 0


def warm_up() -> None:
    """Load whatever decoding needs; afterwards nothing can be loaded any more."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    Image.preinit()
    Image.init()
    tiny = Image.new("RGB", (8, 8))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned: so that turning is loaded too
    for name in PICTURES:
        encoded = BytesIO()
        tiny.save(encoded, name, exif=exif)
        picture(encoded.getvalue())
    encoded = BytesIO()
    tiny.save(encoded, "PDF")
    pdf(encoded.getvalue())


def lock_up() -> None:
    """Give up everything that decoding does not need, for ever."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    # No network, and no file to delete or rename. Some machines forbid this; the limits still hold.
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC) == 0:
        with suppress(OSError):
            os.chroot(EMPTY)
            os.chdir("/")
    for what, most in LIMITS.items():
        resource.setrlimit(what, (most, most))
    send_no_signals(libc)


def send_no_signals(libc: ctypes.CDLL) -> None:
    """Give up ending or disturbing other processes: the service runs under the same user.

    On a machine whose calls we do not know the numbers of, nothing is given up.
    """
    machine, calls = SIGNALS.get(os.uname().machine, (0, ()))
    if not calls:
        return
    refuse = 5 + len(calls) + 1  # where the program says so
    steps = [(LOAD, 0, 0, 4), (IF_EQUAL, 1, 0, machine), (RETURN, 0, 0, END), (LOAD, 0, 0, 0)]
    steps.append((IF_AT_LEAST, refuse - 5, 0, OTHER_NUMBERS))
    steps += [(IF_EQUAL, refuse - at - 1, 0, call) for at, call in enumerate(calls, start=5)]
    steps += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE)]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in steps))
    filter = ctypes.create_string_buffer(struct.pack("HP", len(steps), ctypes.addressof(program)))
    if libc.prctl(PR_SET_SECCOMP, FILTER, filter, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


def picture(original: bytes) -> tuple[bytes, int, int]:
    """Return the picture as people see it, encoded anew: no EXIF, no comment, nothing after it."""
    with Image.open(BytesIO(original), formats=PICTURES) as image:
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        image.load()
        frames: int = getattr(image, "n_frames", 1)
        turned = ImageOps.exif_transpose(image)
    turned.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    clean = Image.new("RGB", turned.size, "white")
    if turned.has_transparency_data:
        seen = turned.convert("RGBA")
        clean.paste(seen, mask=seen)
    else:
        clean.paste(turned.convert("RGB"))
    encoded = BytesIO()
    clean.save(encoded, "JPEG", quality=QUALITY)
    return encoded.getvalue(), 1, frames


def pdf(original: bytes) -> tuple[bytes, int, int]:
    """Return a PDF that holds pictures of the first pages, and no script, form or attachment."""
    document = pypdfium2.PdfDocument(original)
    pages = [page_of(document, n) for n in range(min(len(document), MOST_PAGES))]
    encoded = BytesIO()
    pages[0].save(encoded, "PDF", save_all=True, append_images=pages[1:], quality=QUALITY)
    return encoded.getvalue(), len(pages), len(document)


def page_of(document: pypdfium2.PdfDocument, n: int) -> Image.Image:
    """Return one page as it looks."""
    page = document[n]
    scale = min(PAGE_SCALE, PAGE_SIDE / max(1.0, *page.get_size()))
    image: Image.Image = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    page.close()
    return image


if __name__ == "__main__":
    sys.exit(main())
