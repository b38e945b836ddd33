"""The pages of a shelter's cases, made from the service's parts."""

from fastapi import APIRouter

from services.chassis.eventlog.upstream import Upstream
from services.intake.case_timeline.queries import CaseTimelines
from services.intake.pages import amending, case_acts, case_authority, case_opening, case_page, shelter, telling
from services.intake.pages.case_reading import CasePages
from services.intake.parts import Parts
from services.intake.who_knew.commands import TellingCommands
from services.intake.who_knew.queries import WhoKnew
from services.intake.wordings import Use, wordings


def pages(parts: Parts) -> tuple[APIRouter, ...]:
    """``/albergue`` and ``/albergue/casos/{case_id}`` with what is done there."""
    tokens = parts.tokens
    timelines = CaseTimelines(parts.log, Upstream(parts.database, "referral"))
    lists = shelter.CaseLists(
        database=parts.database,
        routing=parts.routing,
        cursors=parts.cursors,
        timelines=timelines,
        showings=parts.showings,
        clock=parts.clock,
    )
    drawn = CasePages(
        database=parts.database,
        log=parts.log,
        timelines=timelines,
        routing=parts.routing,
        showings=parts.showings,
        who_knew=WhoKnew(parts.log, timelines.referral),
        clock=parts.clock,
    )
    them = case_acts.CaseActs(
        drawn=drawn,
        consents=parts.consents,
        wordings=parts.consent_texts,
        withdrawals=parts.withdrawals,
        slips=parts.slips,
    )
    authority = case_authority.AuthorityPages(
        drawn=drawn,
        contacts=parts.restricted_contacts,
        wordings=wordings(Use.RESTRICTED_CONTACT),
        database=parts.database,
        clock=parts.clock,
    )
    return (
        shelter.pages(lists, tokens),
        case_acts.acts(them, tokens),
        telling.acts(drawn, TellingCommands(log=parts.log, clock=parts.clock), tokens),
        case_opening.openings(drawn, parts.identity, tokens),
        amending.pages(drawn, parts.answers, parts.amendments, tokens),
        case_authority.pages(authority, tokens),
        case_page.pages(drawn, tokens),
    )
