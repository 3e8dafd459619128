"""Nothing reaches the screen without an Indonesian label, and no label outlives its word."""

import tomllib
from enum import StrEnum
from importlib import import_module
from types import ModuleType

import pytest

from deploy.provision import SERVICES, SOURCES
from shared.problems import Problem

Labels = dict[str, dict[str, str]]


def labels_of(service: str) -> Labels:
    return tomllib.loads((SOURCES / service / "labels.toml").read_text())


def words_in(domain: ModuleType) -> dict[str, set[str]]:
    """The words of a domain: written in it, or in a module of it if it is a package."""
    words: dict[str, set[str]] = {}
    for word in vars(domain).values():
        if isinstance(word, type) and f"{word.__module__}.".startswith(f"{domain.__name__}."):
            if issubclass(word, StrEnum):
                words[word.__name__] = {member.value for member in word}
            elif issubclass(word, Problem):
                words.setdefault("Problem", set()).add(word.__name__)
    return words


def words_labelled(labels: Labels) -> dict[str, set[str]]:
    return {group: set(words) for group, words in labels.items()}


@pytest.mark.parametrize("service", SERVICES)
def test_every_word_has_its_label_and_every_label_its_word(service: str) -> None:
    domain = import_module(f"services.{service}.domain")
    assert words_labelled(labels_of(service)) == words_in(domain)


@pytest.mark.parametrize("service", SERVICES)
def test_a_label_says_something(service: str) -> None:
    assert all(label.strip() for words in labels_of(service).values() for label in words.values())


@pytest.mark.parametrize("service", SERVICES)
def test_a_domain_that_is_a_package_shows_all_its_words(service: str) -> None:
    """What is not re-exported would escape the tests above."""
    domain = import_module(f"services.{service}.domain")
    for path in (SOURCES / service / "domain").glob("[!_]*.py"):
        module = import_module(f"{domain.__name__}.{path.stem}")
        for group, words in words_in(module).items():
            assert words <= words_in(domain).get(group, set())


def test_a_word_without_a_label_would_be_noticed() -> None:
    domain = ModuleType("services.nowhere.domain")
    inside = {"__module__": domain.__name__}
    vars(domain)["Unheard"] = type("Unheard", (Problem,), inside)
    vars(domain)["Elsewhere"] = type("Elsewhere", (Problem,), {"__module__": "services.other"})
    assert words_in(domain) == {"Problem": {"Unheard"}}
