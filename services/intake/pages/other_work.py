"""Every page of a shelter's other work, made from the service's parts."""

from fastapi import APIRouter

from services.intake.pages import (
    arrivals,
    correcting,
    demands,
    look_alikes,
    refusal_acts,
    refusals,
    work,
)
from services.intake.parts import Parts
from services.intake.wordings import Use, wordings


def routers(parts: Parts) -> tuple[APIRouter, ...]:
    """What waits besides the cases: refused submissions, arrivals with a slip, look-alikes, authorities' demands."""
    return (*_refusals(parts), *_people(parts), *_authorities(parts))


def _refusals(parts: Parts) -> tuple[APIRouter, ...]:
    tokens = parts.tokens
    overview = work.WorkPages(database=parts.database, heartbeats=parts.heartbeats, clock=parts.clock)
    refused = refusals.RefusalPages(database=parts.database, cursors=parts.cursors, clock=parts.clock)
    mending = correcting.Correcting(shelters=parts.shelters, wordings=parts.consent_texts)
    acts = refusal_acts.RefusalActs(drawn=refused, commands=parts.refusals, correcting=mending)
    return work.pages(overview, tokens), refusals.pages(refused, tokens), refusal_acts.acts(acts, tokens)


def _people(parts: Parts) -> tuple[APIRouter, ...]:
    arriving = arrivals.Arrivals(transfers=parts.transfers, wordings=wordings(Use.HANDOVER), clock=parts.clock)
    alike = look_alikes.LookAlikes(
        database=parts.database, pairs=parts.duplicate_list, commands=parts.duplicates, clock=parts.clock
    )
    return arrivals.pages(arriving, parts.tokens), look_alikes.pages(alike, parts.tokens)


def _authorities(parts: Parts) -> tuple[APIRouter, ...]:
    demanded = demands.Demands(
        database=parts.database, cursors=parts.cursors, commands=parts.authority_demands, clock=parts.clock
    )
    return (demands.pages(demanded, parts.tokens),)
