"""Where things happen: the regions of Indonesia by their official codes, and finding one by name.

The codes are Kemendagri's (Kepmendagri 300.2.2-2138/2025), not BPS's, which look alike: a dot after
each level, province 35, city 35.73, district 35.73.05, kelurahan 35.73.05.1002. Districts and
villages are known for Kota Malang and the two regions around it, and for no other; the table is
made by ``python -m deploy.regions``.
"""

from shared.contracts.regions.search import Found, find
from shared.contracts.regions.table import (
    REGIONS,
    Region,
    is_known,
    is_within,
    name_of,
    normal_code,
    region,
    regions_in,
    squeezed,
)

__all__ = [
    "REGIONS",
    "Found",
    "Region",
    "find",
    "is_known",
    "is_within",
    "name_of",
    "normal_code",
    "region",
    "regions_in",
    "squeezed",
]
