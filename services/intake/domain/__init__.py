"""Complaints: what a person told us, and what became of it."""

from services.intake.domain.complaint import (
    ChannelMismatch,
    Complaint,
    ImpossibleDate,
    ReferredBy,
    Reporter,
    SafeContact,
    Status,
    Told,
    registration_no,
)
from services.intake.domain.enquiries import Enquiries
from services.intake.domain.procedure import Procedure
from services.intake.domain.publication import NotAnotherPerson, NumberTwice, VersionTaken
from services.intake.domain.reprimand import (
    Level,
    NoSuchHouseRule,
    NotAboutConduct,
    NotIssued,
    Reprimand,
    ReprimandWithdrawn,
    Threat,
)
from services.intake.domain.rights import (
    DueInThePast,
    Information,
    NotAcknowledged,
    NothingRecommended,
    Promise,
    PromiseIsKept,
    Rights,
    StatementKind,
)
from services.intake.domain.rules import HouseRule, LimitsMissing, LongerThanTheLaw, RuleSet
from services.intake.domain.standard import Component, Paragraph, Section, ServiceStandard

__all__ = [
    "ChannelMismatch",
    "Complaint",
    "Component",
    "DueInThePast",
    "Enquiries",
    "HouseRule",
    "ImpossibleDate",
    "Information",
    "Level",
    "LimitsMissing",
    "LongerThanTheLaw",
    "NoSuchHouseRule",
    "NotAboutConduct",
    "NotAcknowledged",
    "NotAnotherPerson",
    "NotIssued",
    "NothingRecommended",
    "NumberTwice",
    "Paragraph",
    "Procedure",
    "Promise",
    "PromiseIsKept",
    "ReferredBy",
    "Reporter",
    "Reprimand",
    "ReprimandWithdrawn",
    "Rights",
    "RuleSet",
    "SafeContact",
    "Section",
    "ServiceStandard",
    "StatementKind",
    "Status",
    "Threat",
    "Told",
    "VersionTaken",
    "registration_no",
]
