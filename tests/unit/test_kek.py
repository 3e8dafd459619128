"""The key of the keys in a folder: whole or not at all, ours alone, and gone when destroyed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.privacy.kek import CannotUnwrap, FileKek, NoKek, TooOpen
from shared.privacy.sealing import CannotOpen

DEKS = [bytes([n]) * 32 for n in range(3)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kek"


@pytest.fixture
def kek(folder: Path) -> FileKek:
    return FileKek.create(folder)


def files_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


async def test_what_was_wrapped_is_unwrapped(kek: FileKek) -> None:
    epoch, blobs = await kek.wrap(DEKS)
    assert epoch == 1
    assert await kek.unwrap(epoch, blobs) == DEKS
    assert all(dek not in blob for dek, blob in zip(DEKS, blobs, strict=True))


async def test_the_same_key_is_never_wrapped_alike(kek: FileKek) -> None:
    _, blobs = await kek.wrap([DEKS[0], DEKS[0]])
    assert blobs[0] != blobs[1]


def test_a_service_never_makes_one(folder: Path) -> None:
    """Where the key is lost, a new one would hide that, and all persons' keys with it."""
    with pytest.raises(NoKek):
        FileKek(folder)
    folder.mkdir(mode=0o700)
    with pytest.raises(NoKek):
        FileKek(folder)
    assert files_in(folder) == []


async def test_making_it_twice_makes_it_once(folder: Path, kek: FileKek) -> None:
    epoch, blobs = await kek.wrap(DEKS)
    assert await FileKek.create(folder).unwrap(epoch, blobs) == DEKS
    assert files_in(folder) == ["1.key"]


def test_it_is_made_for_our_eyes_only(folder: Path) -> None:
    before = os.umask(0)
    try:
        FileKek.create(folder)
    finally:
        os.umask(before)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "1.key").stat().st_mode & 0o777 == 0o600


def open_folder(folder: Path) -> None:
    folder.chmod(0o750)


def open_file(folder: Path) -> None:
    (folder / "1.key").chmod(0o640)


def link_folder(folder: Path) -> None:
    folder.rename(folder.with_name("real"))
    folder.symlink_to(folder.with_name("real"))


def link_file(folder: Path) -> None:
    (folder / "1.key").rename(folder.with_name("real.key"))
    (folder / "1.key").symlink_to(folder.with_name("real.key"))


@pytest.mark.parametrize("spoil", [open_folder, open_file, link_folder, link_file])
def test_it_refuses_to_start_where_others_could_get_at_it(
    folder: Path, kek: FileKek, spoil: Callable[[Path], None]
) -> None:
    spoil(folder)
    with pytest.raises(TooOpen):
        FileKek(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("name", ["", "1.key"])
def test_it_refuses_to_start_on_what_belongs_to_somebody_else(
    folder: Path, kek: FileKek, name: str
) -> None:
    os.chown(folder / name, 12345, 12345)
    with pytest.raises(TooOpen):
        FileKek(folder)


@pytest.mark.parametrize("content", [b"", b"x" * 16, b"x" * 31, b"x" * 33])
def test_a_damaged_file_is_not_used(folder: Path, kek: FileKek, content: bytes) -> None:
    (folder / "1.key").write_bytes(content)
    with pytest.raises(NoKek):
        FileKek(folder)


async def test_a_crash_while_it_is_made_leaves_nothing_half(folder: Path, kek: FileKek) -> None:
    (folder / "draft").write_bytes(b"half")
    assert await FileKek(folder).rotate() == 2
    epoch, blobs = await kek.wrap(DEKS)
    assert (epoch, await kek.unwrap(2, blobs)) == (2, DEKS)
    assert files_in(folder) == ["1.key", "2.key"]


async def test_after_a_rotation_the_old_still_unwraps_and_the_new_wraps(kek: FileKek) -> None:
    old, before = await kek.wrap(DEKS)
    assert await kek.rotate() == 2
    assert await kek.unwrap(old, before) == DEKS
    epoch, again = await kek.rewrap(old, before)
    assert epoch == 2
    assert await kek.unwrap(2, again) == DEKS
    with pytest.raises(CannotUnwrap):
        await kek.unwrap(1, again)


async def test_what_another_process_rotates_and_destroys_counts_here(
    folder: Path, kek: FileKek
) -> None:
    old, before = await kek.wrap(DEKS)
    other = FileKek(folder)
    await other.rotate()
    assert (await kek.wrap(DEKS))[0] == 2
    await other.destroy(1)
    with pytest.raises(NoKek):
        await kek.unwrap(old, before)


async def test_the_tenth_epoch_comes_after_the_ninth(kek: FileKek) -> None:
    assert [await kek.rotate() for _ in range(10)] == list(range(2, 12))
    assert (await kek.wrap(DEKS))[0] == 11


async def test_destroyed_epochs_are_gone_with_all_before_them(folder: Path, kek: FileKek) -> None:
    old, before = await kek.wrap(DEKS)
    await kek.rotate()
    await kek.rotate()
    await kek.destroy(2)
    await kek.destroy(2)
    assert files_in(folder) == ["3.key"]
    with pytest.raises(NoKek):
        await kek.unwrap(old, before)
    assert await kek.rotate() == 4


async def test_destroying_overwrites_the_file_before_it_is_removed(
    folder: Path, kek: FileKek
) -> None:
    content = (folder / "1.key").read_bytes()
    os.link(folder / "1.key", folder.with_name("somebody-else's-name-for-it"))
    await kek.rotate()
    await kek.destroy(1)
    assert folder.with_name("somebody-else's-name-for-it").read_bytes() != content


async def test_the_epoch_in_use_is_not_destroyed(kek: FileKek) -> None:
    _, blobs = await kek.wrap(DEKS)
    with pytest.raises(ValueError, match="rotate first"):
        await kek.destroy(1)
    assert await kek.unwrap(1, blobs) == DEKS


async def test_a_damaged_key_is_named_by_its_position(kek: FileKek) -> None:
    _, blobs = await kek.wrap(DEKS)
    for damaged in (b"", b"x", blobs[1][:-1] + bytes([blobs[1][-1] ^ 1])):
        with pytest.raises(CannotUnwrap) as refused:
            await kek.unwrap(1, [blobs[0], damaged, blobs[2]])
        assert refused.value.position == 1
        assert isinstance(refused.value, CannotOpen)


async def test_another_folders_key_does_not_unwrap(tmp_path: Path, kek: FileKek) -> None:
    _, blobs = await FileKek.create(tmp_path / "other").wrap(DEKS)
    with pytest.raises(CannotUnwrap):
        await kek.unwrap(1, blobs)


async def test_a_folder_that_went_away_is_noticed(folder: Path, kek: FileKek) -> None:
    shutil.rmtree(folder)
    with pytest.raises(NoKek):
        await kek.wrap(DEKS)
