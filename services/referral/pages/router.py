"""Every page of Mesa and Coordinación, made from the service's parts."""

from fastapi import APIRouter

from services.chassis.web.placing import place
from services.referral.alert_links import pages as alert_links_pages
from services.referral.pages import (
    asked_page,
    board,
    break_glass,
    break_glass_acts,
    break_glass_opening,
    capacity,
    caravans,
    coordination,
    duties,
    export,
    live,
    phones,
    referral_page,
    silence,
    what_if,
)
from services.referral.pages.referral_acts import ReferralActs, acts
from services.referral.pages.referral_reading import readings
from services.referral.parts import Parts
from services.referral.what_if.queries import ReplayRuns


def router(parts: Parts) -> APIRouter:
    """``/mesa`` and ``/coordinacion``, and where the links of alerts lead."""
    pages = APIRouter(include_in_schema=False)
    for of_people in (*_desk(parts), *_exceptional_access(parts), *_coordination(parts)):
        place(pages, of_people)
    return pages


def _desk(parts: Parts) -> tuple[APIRouter, ...]:
    clock, tokens = parts.clock, parts.tokens
    rows = board.BoardPages(
        worklist=parts.worklist, counts=parts.desk_counts, changes=parts.changes, desks=parts.desks, clock=clock
    )
    one = referral_page.ReferralPages(
        histories=parts.histories,
        asked=parts.asked,
        changes=parts.changes,
        rules=parts.in_force.rules,
        clock=clock,
    )
    steps = ReferralActs(drawn=one, commands=parts.referrals, contests=parts.contests, milestones=parts.milestones)
    return (
        alert_links_pages.pages(parts.links, tokens),
        asked_page.pages(parts.asked, parts.offers, clock, tokens),
        referral_page.pages(one, tokens),
        readings(one, parts.disclosures, tokens),
        acts(steps, tokens),
        board.pages(rows, tokens),
        export.pages(rows, parts.exports, tokens),
        live.pages(parts.worklist, parts.stream, clock, tokens, parts.context.settings.alert_streams),
        capacity.pages(
            capacity.Rooms(commands=parts.capacity_commands, overview=parts.capacity_overview), tokens, clock
        ),
        duties.pages(parts.obligations, parts.obligation_lists, parts.overview, tokens, clock),
    )


def _exceptional_access(parts: Parts) -> tuple[APIRouter, ...]:
    shown = break_glass.AccessPages(
        readings=parts.access_reader, lists=parts.access_lists, overview=parts.overview, clock=parts.clock
    )
    return (
        break_glass_opening.pages(
            parts.break_glass, parts.access_lists, parts.in_force.accesses, parts.tokens, parts.clock
        ),
        break_glass_acts.acts(shown, parts.break_glass, parts.tokens),
        break_glass.pages(shown, parts.tokens),
    )


def _coordination(parts: Parts) -> tuple[APIRouter, ...]:
    clock, tokens = parts.clock, parts.tokens
    morning = coordination.Coordination(
        overview=parts.overview,
        unrouted=parts.unrouted_list,
        capacity=parts.capacity_overview,
        accesses=parts.access_lists,
        obligations=parts.obligation_lists,
        faults=lambda: parts.in_force.faults,
    )
    mode = caravans.Caravans(commands=parts.caravans, database=parts.database, desks=parts.desks)
    return (
        caravans.pages(mode, tokens, clock),
        coordination.pages(morning, tokens, clock),
        phones.pages(parts.phones, tokens, clock),
        silence.pages(parts.database, parts.in_force.rules.policy.restricted, parts.showings, tokens, clock),
        what_if.pages(
            what_if.WhatIfPages(
                commands=parts.what_if,
                runs=ReplayRuns(parts.database, parts.cursors),
                texts=dict(parts.in_force.texts),
            ),
            tokens,
            clock,
        ),
    )
