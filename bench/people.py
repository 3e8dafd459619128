"""People who do not exist, with names that are common in East Java, and how others write them down.

Everything comes from one seed. The names are common given names put together at random.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

FIRST_NAMES = """
    Siti Sri Nur Dwi Dewi Tri Eka Muhammad Ani Endang Wahyu Rina Yuli Indah Lilik Umi Ratna Fitri
    Retno Sulis Titik Anis Ika Ayu Rini Khoirul Ahmad Nanik Kartini Sumarni Suparmi Ngatini Yanti
    Lestari Maria Novi Vina Zulaikha Choirun Halimah Khusnul Djumiati Sutini Wiwik Yayuk Erna Diah
    Evi Nia Putri Rizki Bagus Aditya Dimas Fajar Bayu Agus Slamet Bambang Joko Hadi Budi Eko Arif
    Abdul Imam Yusuf Zainal Syaiful Faisal Kholifah Juwariyah Sulastri Suyati Painem Tumini
    Mujiati Rukmini Sukarti Kasiani Supiyah Mariyam Aisyah Zahra Nabila Salsabila Keisha Naura
    Alya Citra Intan Melati Mawar Kirana Laras Galuh Niken Ajeng Wulan Puspita Ratih Ningrum
    Yohana Theresia Agnes Kristina Veronika Lidia Debora Ester Ruth Natalia Silvia Dina Desi Mira
"""
SECOND_NAMES = """
    Aminah Wahyuni Lestari Rahayu Hidayah Khotimah Handayani Astuti Puspitasari Wulandari Fatimah
    Setyowati Susanti Kusuma Pratiwi Anggraini Safitri Utami Maharani Permatasari Kusumawati
    Rahmawati Sulistyowati Ningsih Wahyuningsih Purwanti Hartati Maryam Zulaikah Mukaromah
    Nurhayati Romlah Jannah Azizah Ulfa Mufidah Kholifah Masruroh Choiriyah Rofiah Munawaroh
    Susilowati Widyastuti Ekawati Yuliana Yulianti Kurniawati Kristanti Damayanti Oktaviani
    Agustina Novitasari Febrianti Apriliani Mayasari Juniarti Septiani Desianti Rosita Juwita
    Suryani Haryani Mulyani Sugiarti Sumiati Suharti Supriyati Sundari Winarsih Pujiastuti
    Hidayat Prasetyo Santoso Wijaya Setiawan Kurniawan Saputra Nugroho Firmansyah Ramadhan
    Maulana Hakim Rahman Anam Mustofa Basuki Sutrisno Purnomo Gunawan Wibowo Harianto Cahyono
    Syafitri Zakiyah Fauziah Istiqomah Qomariyah Khasanah Chasanah Ismawati Mardiana Kartika
    Larasati Cahyani Paramita Anjani Saraswati Prameswari Dyah Ayuningtyas Kinasih Palupi
"""
FIRST, SECOND = FIRST_NAMES.split(), SECOND_NAMES.split()
OLD = (("u", "oe"), ("j", "dj"), ("c", "tj"), ("y", "j"), ("sy", "sj"), ("ny", "nj"))
ARABIC = (("kh", "ch"), ("h", "kh"), ("sy", "s"), ("z", "s"), ("f", "v"), ("q", "k"), ("i", "y"))
SHORT = {"Muhammad": "Moch.", "Siti": "St.", "Abdul": "Abd.", "Ahmad": "Ach.", "Nur": "Noer"}
TITLES = ("Ibu", "Bu", "Mbak", "Ny.", "Hj.", "Sdri.", "Pak", "Bpk.", "H.")
KELURAHAN = [f"35.73.{k:02}.{1000 + n}" for k in range(1, 6) for n in range(1, 13)][:57]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
FIRST_DAY = date(1946, 1, 1)


@dataclass(frozen=True)
class Somebody:
    """A person, as one form has her."""

    name: str
    born_on: date | None
    phone: str | None
    kelurahan: str | None


def people(chance: random.Random, how_many: int) -> list[Somebody]:
    """Return so many persons; a few names are frequent and most are not."""
    return [_somebody(chance) for _ in range(how_many)]


def told_again(chance: random.Random, one: Somebody) -> Somebody:
    """Return somebody as she is written down the next time: not quite the same."""
    name = chance.choice(CHANGES)(chance, one.name)
    if chance.random() < 0.25:
        name = chance.choice(CHANGES)(chance, name)
    return Somebody(
        name, _birthday_again(chance, one), _phone_again(chance, one), _place_again(chance, one)
    )


def somebody_new(chance: random.Random, known: list[Somebody]) -> Somebody:
    """Return somebody nobody knows; one in fifty shares the telephone of somebody we know."""
    new = _somebody(chance)
    draw = chance.random()
    return replace(
        new,
        born_on=new.born_on if draw < 0.9 else None,
        phone=chance.choice(known).phone if chance.random() < 0.02 else new.phone,
        kelurahan=new.kelurahan if chance.random() < 0.8 else None,
    )


def _somebody(chance: random.Random) -> Somebody:
    name = [_common(chance, FIRST)] if chance.random() < 0.95 else [_common(chance, SECOND)]
    if chance.random() < 0.88:
        name.append(_common(chance, SECOND))
    if chance.random() < 0.2:
        name.insert(1, _common(chance, FIRST))
    born = FIRST_DAY + timedelta(days=int(chance.triangular(0, 77 * 365, 45 * 365)))
    if chance.random() < 0.04:
        born = date(born.year, 1, 1)  # nobody knows the day
    return Somebody(" ".join(dict.fromkeys(name)), born, _phone(chance), chance.choice(KELURAHAN))


def _common(chance: random.Random, names: list[str]) -> str:
    """Return a name: the first of the list often, the last seldom."""
    return names[min(int(len(names) * chance.random() ** 1.6), len(names) - 1)]


def _phone(chance: random.Random) -> str:
    return f"+6281{chance.randrange(10**9):09}"


def _birthday_again(chance: random.Random, one: Somebody) -> date | None:
    draw, born = chance.random(), one.born_on
    if born is None or draw < 0.1:
        return None
    if draw < 0.2:
        return date(born.year + chance.choice((-1, 1)), born.month, min(born.day, 28))
    if draw < 0.28 and born.day <= 12:
        return date(born.year, born.day, born.month)
    if draw < 0.35:
        return born + timedelta(days=chance.choice((-1, 1)))
    return born


def _phone_again(chance: random.Random, one: Somebody) -> str | None:
    draw = chance.random()
    return one.phone if draw < 0.45 else _phone(chance) if draw < 0.75 else None


def _place_again(chance: random.Random, one: Somebody) -> str | None:
    draw = chance.random()
    return one.kelurahan if draw < 0.6 else chance.choice(KELURAHAN) if draw < 0.8 else None


def _old_spelling(_: random.Random, name: str) -> str:
    return _respelled(name, OLD)


def _another_script(chance: random.Random, name: str) -> str:
    return _respelled(name, (chance.choice(ARABIC), chance.choice(ARABIC)))


def _respelled(name: str, rules: tuple[tuple[str, str], ...]) -> str:
    lower = name.lower()
    for plain, other in rules:
        lower = lower.replace(plain, other, 1)
    return lower.title()


def _shortened(chance: random.Random, name: str) -> str:
    words = [SHORT.get(word, word) for word in name.split()]
    if words == name.split() and len(words) > 1:
        words[0] = f"{words[0][0]}." if chance.random() < 0.3 else words[0]
    return " ".join(words)


def _titled(chance: random.Random, name: str) -> str:
    degree = chance.choice(("", "", ", S.Pd.", " binti Abdullah"))
    return f"{chance.choice(TITLES)} {name}{degree}"


def _mistyped(chance: random.Random, name: str) -> str:
    at = chance.randrange(1, len(name) - 1)
    kind = chance.randrange(4)
    if kind == 0:
        return name[:at] + chance.choice(LETTERS) + name[at + 1 :]
    if kind == 1:
        return name[:at] + name[at + 1 :]
    if kind == 2:
        return name[:at] + chance.choice(LETTERS) + name[at:]
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def _doubled(chance: random.Random, name: str) -> str:
    at = chance.randrange(1, len(name))
    return name[:at] + name[at - 1] + name[at:]


def _one_word(chance: random.Random, name: str) -> str:
    return chance.choice(name.split())


def _word_left_out(chance: random.Random, name: str) -> str:
    words = name.split()
    return " ".join(chance.sample(words, max(1, len(words) - 1)))


def _turned(_: random.Random, name: str) -> str:
    return " ".join(reversed(name.split()))


def _joined(_: random.Random, name: str) -> str:
    return name.replace(" ", "", 1).capitalize()


CHANGES: tuple[Callable[[random.Random, str], str], ...] = (
    *(_old_spelling, _old_spelling, _another_script, _shortened, _shortened, _titled, _titled),
    *(_mistyped, _mistyped, _mistyped, _doubled, _one_word, _word_left_out, _turned, _joined),
)
