"""The realm for Keycloak says what the services read, asks for both proofs, holds no secret."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.local.logins import seed_data
from deploy.local.sessions import ABSOLUTE, IDLE
from deploy.provision import SERVICES
from shared.access import ACTIONS
from shared.access.identity import AUDIENCE
from shared.access.policy import ANYBODY
from shared.access.rule import SERVICE
from tests.services import PROJECT

FOLDER = PROJECT / "deploy/keycloak"
REALM: dict[str, Any] = json.loads((FOLDER / "realm.json").read_text())
PAGES, *CLIENTS = REALM["clients"]
ROLES = {
    *("operator", "identification_officer", "referral_officer", "counselor", "supervisor"),
    *("privacy_officer", "auditor", "agency", "admin"),
}


def mapper(name: str) -> dict[str, str]:
    (config,) = [each["config"] for each in PAGES["protocolMappers"] if each["name"] == name]
    assert config["access.token.claim"] == "true"
    return dict(config)


def values(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of the file with where it stands."""
    if isinstance(node, dict):
        for name, child in node.items():
            yield from values(child, f"{path}.{name}")
    elif isinstance(node, list):
        for child in node:
            yield from values(child, path)
    else:
        yield path, node


def test_it_knows_the_nine_roles_and_all_that_the_policy_and_the_seed_name() -> None:
    roles = {role["name"] for role in REALM["roles"]["realm"]}
    assert roles == ROLES
    assert {role for allowed in ACTIONS.values() for role in allowed} <= roles | {ANYBODY, SERVICE}
    assert {role for person in seed_data()["staff"] for role in person["roles"]} <= roles
    (scope,) = REALM["scopeMappings"]
    assert (scope["client"], set(scope["roles"])) == (PAGES["clientId"], roles)


def test_a_token_says_what_the_services_read() -> None:
    assert mapper("audience")["included.custom.audience"] == AUDIENCE
    assert (mapper("roles")["claim.name"], mapper("roles")["multivalued"]) == ("roles", "true")
    assert (mapper("agency")["claim.name"], mapper("agency")["user.attribute"]) == ("agency",) * 2
    assert (mapper("auth_time")["claim.name"]) == "auth_time"
    assert mapper("sub")
    told = {each["config"].get("claim.name") for each in PAGES["protocolMappers"]}
    assert told.isdisjoint({"name", "email", "preferred_username", "given_name", "family_name"})
    assert PAGES["defaultClientScopes"] == PAGES["optionalClientScopes"] == []


def test_a_one_time_code_is_always_asked_for_and_works_once() -> None:
    flows = {
        flow["alias"]: flow["authenticationExecutions"] for flow in REALM["authenticationFlows"]
    }
    cookie, form = flows[REALM["browserFlow"]]
    assert (cookie["authenticator"], form["flowAlias"]) == ("auth-cookie", "aduan form")
    assert [(step["authenticator"], step["requirement"]) for step in flows["aduan form"]] == [
        ("auth-username-password-form", "REQUIRED"),
        ("auth-otp-form", "REQUIRED"),
    ]
    actions = {action["alias"]: action for action in REALM["requiredActions"]}
    assert actions["CONFIGURE_TOTP"]["enabled"]
    assert actions["CONFIGURE_TOTP"]["defaultAction"]
    assert REALM["otpPolicyType"] == "totp"
    assert REALM["otpPolicyCodeReusable"] is False


def test_guessing_is_slowed_down_and_never_locks_for_good() -> None:
    assert REALM["bruteForceProtected"] is True
    assert REALM["permanentLockout"] is False
    assert REALM["maxFailureWaitSeconds"] <= 900


@pytest.mark.parametrize(
    "setting",
    ["registrationAllowed", "resetPasswordAllowed", "rememberMe", "loginWithEmailAllowed"],
)
def test_nobody_registers_or_resets_a_password_alone(setting: str) -> None:
    assert REALM[setting] is False


def test_pages_log_in_with_a_code_and_pkce_and_in_no_other_way() -> None:
    assert PAGES["publicClient"] is True
    assert PAGES["standardFlowEnabled"] is True
    assert PAGES["attributes"]["pkce.code.challenge.method"] == "S256"
    for way in ("implicitFlowEnabled", "directAccessGrantsEnabled", "serviceAccountsEnabled"):
        assert PAGES[way] is False
    for uri in PAGES["redirectUris"]:
        assert re.fullmatch(r"https://[\w.-]+/\w+/login/callback", uri)  # and no asterisk
    assert [client["client_id"] for client in seed_data()["clients"]] == [PAGES["clientId"]]


def test_a_service_asks_another_with_a_secret_of_its_own_and_as_nothing_but_a_service() -> None:
    assert [each["clientId"] for each in CLIENTS] == [f"aduan-{service}" for service in SERVICES]
    for client in CLIENTS:
        assert client["publicClient"] is False
        assert client["serviceAccountsEnabled"] is True
        for way in ("standardFlowEnabled", "implicitFlowEnabled", "directAccessGrantsEnabled"):
            assert client[way] is False
        assert client["redirectUris"] == client["defaultClientScopes"] == []
        configs = {each["name"]: each["config"] for each in client["protocolMappers"]}
        assert configs["audience"]["included.custom.audience"] == AUDIENCE
        assert json.loads(configs["roles"]["claim.value"]) == [SERVICE]
    assert SERVICE not in {role["name"] for role in REALM["roles"]["realm"]}  # nobody is given it


def test_tokens_are_short_because_nothing_else_revokes_them() -> None:
    assert REALM["accessTokenLifespan"] <= 60
    assert REALM["accessCodeLifespan"] <= 60
    assert REALM["revokeRefreshToken"] is True
    assert REALM["refreshTokenMaxReuse"] == 0
    assert (REALM["ssoSessionIdleTimeout"], REALM["ssoSessionMaxLifespan"]) == (IDLE, ABSOLUTE)


def test_there_is_nobody_and_no_secret_in_it() -> None:
    assert "users" not in REALM
    suspicious = re.compile(r"secret|private|certificate|credential|smtp|\.password$", re.I)
    assert [path for path, _ in values(REALM) if suspicious.search(path)] == []
    random = re.compile(r"(?=\w*\d)(?=\w*[A-Za-z])[\w+/-]{24,}={0,2}")
    assert [value for _, value in values(REALM) if random.fullmatch(str(value))] == []


@pytest.mark.parametrize("service", SERVICES)
def test_the_settings_example_tells_every_service_the_same(service: str) -> None:
    lines = (FOLDER / "settings.env.example").read_text().splitlines()
    told = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert len(told) == len(SERVICES)
    assert told[f"{service.upper()}_ISSUER_URL"].endswith(f"/realms/{REALM['realm']}")
