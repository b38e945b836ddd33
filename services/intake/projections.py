"""All of intake's read models, and the projections that an append writes in its transaction."""

from events.continuity import DuplicateDecided
from events.intake import CaseOpened
from services.chassis.eventlog.projections import Projector, ReadModel
from services.intake.authority_demands.projections import DEMAND_FACTS, project_demands
from services.intake.case_status.known import KNOWN_CATEGORIES
from services.intake.case_status.projections import ACCESSES, ALERTS, REFERRALS
from services.intake.case_status.waiting import WAITING
from services.intake.cases.projections import CUSTODY_FACTS, project_custody
from services.intake.devices.projections import DEVICE_FACTS, project_devices
from services.intake.duplicates.projections import project_duplicates
from services.intake.erasures.projections import ERASURE_FACTS, destroy_keys, project_erasures
from services.intake.refusals.projections import REFUSAL_FACTS, project_refusals
from services.intake.restricted_contacts.projections import CONTACT_FACTS, project_contacts
from services.intake.routing.projections import ANSWERING, ROUTING, project_answers
from services.intake.slips.projections import ASSESSMENTS
from services.intake.submissions.projections import CHANGES, project_submissions

MODELS = (
    ReadModel(
        tables=("submission",), fills={"intake": Projector(project=project_submissions, reads=(CaseOpened, *CHANGES))}
    ),
    ReadModel(tables=("erasure",), fills={"intake": Projector(project=project_erasures, reads=ERASURE_FACTS)}),
    ReadModel(tables=("refusal",), fills={"intake": Projector(project=project_refusals, reads=REFUSAL_FACTS)}),
    ReadModel(tables=("referral_status",), fills={"referral": REFERRALS}),
    ReadModel(tables=("waiting_status",), fills={"referral": WAITING}),
    ReadModel(tables=("known_status",), fills={"referral": KNOWN_CATEGORIES}),
    ReadModel(tables=("exceptional_access",), fills={"referral": ACCESSES}),
    ReadModel(tables=("alert_status",), fills={"notifications": ALERTS}),
    ReadModel(
        tables=("restricted_contact",), fills={"intake": Projector(project=project_contacts, reads=CONTACT_FACTS)}
    ),
    ReadModel(tables=("authority_demand",), fills={"intake": Projector(project=project_demands, reads=DEMAND_FACTS)}),
    ReadModel(tables=("continuity",), fills={"intake": Projector(project=project_custody, reads=CUSTODY_FACTS)}),
    ReadModel(tables=("assessed",), fills={"referral": ASSESSMENTS}),
    ReadModel(tables=("routing",), fills={"intake": ANSWERING, "referral": ROUTING}),
    ReadModel(tables=("device",), fills={"intake": Projector(project=project_devices, reads=DEVICE_FACTS)}),
    ReadModel(
        tables=("duplicate",), fills={"intake": Projector(project=project_duplicates, reads=(DuplicateDecided,))}
    ),
)

PROJECTIONS = (
    project_submissions,
    project_refusals,
    project_contacts,
    project_demands,
    project_custody,
    project_duplicates,
    project_answers,
    project_devices,
    project_erasures,
    destroy_keys,
)
"""Run in the transaction of every append."""
