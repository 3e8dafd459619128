"""Regions by their codes and names, and every trap in saying where something happened."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy import regions as maker
from shared.contracts.codes import CODES
from shared.contracts.regions import (
    REGIONS,
    find,
    is_known,
    is_within,
    name_of,
    normal_code,
    region,
    regions_in,
    table,
)

CITY, AROUND, BATU = "35.73", "35.07", "35.79"
VILLAGES = [each for each in REGIONS.values() if is_within(each.code, CITY) and each.level == 4]


def codes_of(text: str) -> list[str]:
    return [each.code for each in find(text).regions]


def test_the_table_is_what_the_package_says() -> None:
    written = {name: (maker.FOLDER / name).read_text() for name in maker.documents()}
    assert written == maker.documents(), "run python -m deploy.regions"


def test_the_licence_of_the_data_lies_beside_them() -> None:
    licence = (maker.FOLDER / "LICENSE.txt").read_text()
    assert "MIT License" in licence
    assert "Cahya DSN" in licence


def test_the_whole_country_is_in_it_and_the_city_in_detail() -> None:
    kinds = [each.kind for each in REGIONS.values()]
    assert kinds.count("PROVINCE") == 38
    assert kinds.count("REGENCY") + kinds.count("CITY") == 514
    assert set(kinds) == CODES["region_kind"].keys()
    assert [each.name for each in regions_in(CITY)] == [
        *("Blimbing", "Klojen", "Kedungkandang", "Sukun", "Lowokwaru")
    ]
    assert len(VILLAGES) == 57
    assert {each.kind for each in VILLAGES} == {"KELURAHAN"}  # there is no desa in the city
    assert all(each.postal_code and each.postal_code[:2] == "65" for each in VILLAGES)
    assert len(regions_in(AROUND)) == 33
    assert sum(len(regions_in(each.code)) for each in regions_in(AROUND)) == 12 + 378
    assert sum(len(regions_in(each.code)) for each in regions_in(BATU)) == 5 + 19


def test_loading_it_takes_no_time() -> None:
    def once() -> float:
        begun = time.process_time()
        table._load()
        return time.process_time() - begun

    assert min(once() for _ in range(20)) < 0.01


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("35.73.05.1002", "Merjosari, Lowokwaru, Kota Malang"),
        ("3573051002", "Merjosari, Lowokwaru, Kota Malang"),
        ("35.07.22", "Dau, Kabupaten Malang"),
        ("35.79", "Kota Batu, Jawa Timur"),
        ("35", "Jawa Timur"),
        ("35.14.05.2001", "Kabupaten Pasuruan, Jawa Timur"),  # we know the regency only
        ("99.01", None),
    ],
)
def test_a_code_has_a_name(code: str, name: str | None) -> None:
    assert name_of(code) == name


def test_a_region_is_found_by_its_code_however_it_is_dotted() -> None:
    assert region("3573051002") == region("35.73.05.1002") == REGIONS["35.73.05.1002"]
    assert region("35.73.05.1099") is region("35.7") is region("Malang") is None
    assert codes_of(" 3573051002 ") == ["35.73.05.1002"]


@pytest.mark.parametrize("text", ["", "3", "35.7", "35.73.5", "Malang", "35.73.05.100", "٣٥"])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a region code"):
        normal_code(text)


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("35.73.99", False),  # the district of invented people
        ("35.73.05.1099", False),
        ("35.07.99", False),
        ("35.14.99", True),  # beyond the regency our table cannot tell
        ("35.99", False),
        ("35", True),
    ],
)
def test_it_is_known_as_far_as_the_table_goes(code: str, known: bool) -> None:
    assert is_known(code) is known


def test_nothing_lies_in_a_region_whose_code_only_begins_alike() -> None:
    assert is_within("35.73.05.1002", CITY)
    assert is_within(CITY, CITY)
    assert not is_within("35.7", CITY)
    assert not is_within("35.731", CITY)
    assert not is_within("35.07.22", CITY)


def test_malang_alone_is_the_city_or_the_regency() -> None:
    for text in ("Malang", "di Malang", "MLG", "rumah sakit di malang"):
        assert codes_of(text) == [AROUND, CITY], text
        assert find(text).question == "CITY_OR_REGENCY"


@pytest.mark.parametrize("text", ["Kota Malang", "kodya malang", "Malang Kota", "KOTA  MALANG."])
def test_who_says_city_means_the_city(text: str) -> None:
    assert codes_of(text) == [CITY]
    assert find(text).question is None


@pytest.mark.parametrize("text", ["Kab. Malang", "kabupaten Malang", "Malang Kabupaten"])
def test_who_says_regency_means_the_regency(text: str) -> None:
    assert codes_of(text) == [AROUND]
    assert find(text).question is None


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Purwodadi", ["35.07.01.2010", "35.07.30.2013", "35.73.01.1004"]),
        ("Arjosari", ["35.07.11.2006", "35.73.01.1002"]),
        ("Mulyorejo", ["35.07.27.2008", "35.73.04.1010"]),
        ("Arjosari, Malang", ["35.07.11.2006", "35.73.01.1002"]),
        ("desa Purwodadi", ["35.07.01.2010", "35.07.30.2013", "35.73.01.1004"]),  # loosely said
    ],
)
def test_the_same_name_lies_on_both_sides_of_the_border(text: str, codes: list[str]) -> None:
    assert codes_of(text) == codes
    assert find(text).question == "CITY_OR_REGENCY"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Purwodadi, Blimbing", "35.73.01.1004"),
        ("Purwodadi Kota Malang", "35.73.01.1004"),
        ("kel. Arjosari kec. Blimbing", "35.73.01.1002"),
        ("Mulyorejo, Ngantang", "35.07.27.2008"),
        ("Merjosari, Lowokwaru, Malang, Jawa Timur", "35.73.05.1002"),
        ("Dau, Malang", "35.07.22"),
        ("Kauman, Kota Malang", "35.73.02.1007"),
    ],
)
def test_a_second_name_decides(text: str, code: str) -> None:
    assert codes_of(text) == [code]
    assert find(text).question is None


@pytest.mark.parametrize(
    "text",
    [
        *("Dau", "Landungsari", "Mulyoagung", "Kalisongo", "Pakis"),
        *("Wagir", "Karangploso", "Singosari", "Tajinan", "Pakisaji"),
    ],
)
def test_what_people_call_malang_may_lie_in_the_regency(text: str) -> None:
    assert codes_of(f"kos di {text}")
    assert not any(is_within(code, CITY) for code in codes_of(f"kos di {text}"))


def test_junrejo_lies_in_batu() -> None:
    assert codes_of("Junrejo") == ["35.79.03", "35.79.03.2003"]
    assert find("Junrejo").question == "WHICH_LEVEL"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Oro-Oro Dowo", "Oro-oro Dowo"),
        ("oro oro dowo", "Oro-oro Dowo"),
        ("Rampal Celaket", "Rampalcelaket"),
        ("Pisang Candi", "Pisangcandi"),
        ("Karang Besuki", "Karangbesuki"),
        ("Tasikmadu", "Tasik Madu"),
        ("Gadingkasri", "Gading Kasri"),
        ("Sama'an", "Samaan"),
        ("Sama\u2019an", "Samaan"),
        ("Kota Lama", "Kotalama"),
        ("Tlogo Mas", "Tlogomas"),
    ],
)
def test_a_name_is_found_however_it_is_spaced(text: str, name: str) -> None:
    assert [each.name for each in find(text).regions] == [name]
    assert is_within(codes_of(f"sebuah rumah di {text}")[0], CITY)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Loworkwaru", "35.73.05"),  # two letters turned
        ("Mergosano", "35.73.03.1002"),
        ("Bandungrejosri", "35.73.04.1004"),
        ("Rampal Selakt", "35.73.02.1002"),  # two slips in a long name
        ("Mrejosari, Malang", "35.73.05.1002"),
    ],
)
def test_a_slip_of_the_pen_is_proposed_and_asked_about(text: str, code: str) -> None:
    assert code in codes_of(text)
    assert find(text).question == "DID_YOU_MEAN"


@pytest.mark.parametrize(
    "text", ["", "  ", "di rumah", "kantor suami", "dekat pasar", "xxxxxxxx", "35.99"]
)
def test_what_names_no_place_finds_none(text: str) -> None:
    assert find(text).regions == ()
    assert find(text).question is None


def test_of_two_names_that_are_near_the_nearer_is_proposed() -> None:
    assert [each.name for each in find("Tlogowaro").regions] == ["Tlogowaru"]  # not Tlogosari


def test_a_street_is_not_the_place_it_is_named_after() -> None:
    for text in ("Jalan Tlogomas 12", "jl. raya Tlogomas", "gang Bandulan"):
        assert find(text).question == "STREET_NAME", text
    assert codes_of("Jl. Raya Tlogomas, Landungsari") == ["35.07.22.2007"]


def test_a_district_and_its_village_of_the_same_name_are_two() -> None:
    assert codes_of("Lowokwaru") == ["35.73.05", "35.73.05.1011"]
    assert find("Lowokwaru").question == "WHICH_LEVEL"
    assert codes_of("kelurahan Lowokwaru") == ["35.73.05.1011"]
    assert codes_of("kec. Lowokwaru") == ["35.73.05"]


def test_a_name_that_the_country_has_elsewhere_too_is_asked_about() -> None:
    elsewhere = {each.name: each.namesakes for each in VILLAGES}
    assert sum(count > 0 for count in elsewhere.values()) == 28  # of 57, however they are spaced
    assert elsewhere["Merjosari"] == 0
    assert elsewhere["Kauman"] > 30
    assert find("Kauman").question == "WHICH_REGENCY"
    assert find("Merjosari").question is None


def test_several_places_are_all_proposed() -> None:
    assert codes_of("Merjosari, lalu di Dinoyo") == ["35.73.05.1002", "35.73.05.1004"]
    assert find("Merjosari, lalu di Dinoyo").question == "SEVERAL_NAMED"
    assert find("Purwodadi, Kabupaten Malang").question == "WHICH_DISTRICT"
    assert find("Sumberejo").question == "WHICH_REGENCY"


def test_a_name_does_not_go_on_behind_a_comma() -> None:
    assert codes_of("Malang, Kota Batu") == [AROUND, CITY, BATU]


def test_no_district_of_the_city_has_a_namesake_among_the_districts_of_the_country() -> None:
    """So a kecamatan of ours that is called one is meant."""
    for district in regions_in(CITY):
        assert codes_of(f"kecamatan {district.name}") == [district.code]


@pytest.mark.parametrize("village", VILLAGES, ids=lambda each: each.name)
def test_each_kelurahan_is_found_by_its_full_name_and_by_half_of_it(village: table.Region) -> None:
    assert codes_of(village.full_name) == [village.code]
    assert village.code in codes_of(village.name)
    assert village.code in codes_of(f"kejadian di {village.name.upper()} tadi malam")


def test_every_question_is_in_the_list_and_asked_by_something() -> None:
    texts = [
        *("Malang", "Kauman", "Purwodadi kab malang", "Junrejo", "jalan Sukun", "Mergosano"),
        "Dinoyo dan Merjosari",
    ]
    assert {find(text).question for text in texts} == CODES["region_question"].keys()


@given(st.text(max_size=200))
def test_whatever_is_written_gets_an_answer(text: str) -> None:
    found = find(text)
    assert found.question is None or found.regions
    assert len(set(found.regions)) == len(found.regions)
