"""For every route that takes a command id: a command that is carried out, and what its id may not be used for again."""

from collections.abc import Mapping

from services.referral.lifecycle.schemas import BODIES
from tests.support.models.command_examples.capacity import (
    caravan_begun,
    caravan_ended,
    room_at_a_desk,
    room_at_a_shelter,
)
from tests.support.models.command_examples.cases import amended, authorised, consented, erased, paired, wished
from tests.support.models.command_examples.devices import code_issued, device_enrolled, device_revoked
from tests.support.models.command_examples.example import Make, Route
from tests.support.models.command_examples.notifications import (
    alert_acknowledged,
    alert_seen,
    contact_changed,
    contacts_imported,
    shift_handed_over,
    webhook_made,
    webhook_replayed,
)
from tests.support.models.command_examples.obligations import milestone_recorded, obligation_done
from tests.support.models.command_examples.oversight import answered, demanded, opened, reviewed, settled
from tests.support.models.command_examples.referral_steps import STEPS, asked, deletion_confirmed, of_step
from tests.support.models.command_examples.shelter_work import (
    identity_opened,
    refusal_corrected,
    refusal_discarded,
    refusal_erased,
    refusal_opened,
)
from tests.support.models.command_examples.slips import (
    confirmed_by_slip,
    slip_issued,
    taken_back_by_slip,
    taken_over,
    withdrawal_checked,
)

EXAMPLES: Mapping[Route, Make] = {
    (method, f"/api/v1{path}"): make
    for (method, path), make in {
        **{("POST", f"/referrals/{{referral_id}}/{step}"): of_step(step) for step in STEPS},
        ("POST", "/referrals/{referral_id}/confirm-deletion"): deletion_confirmed,
        ("POST", "/referrals/{referral_id}/offer"): asked("offer"),
        ("POST", "/referrals/{referral_id}/cannot"): asked("cannot"),
        ("POST", "/referrals/{referral_id}/break-glass"): opened,
        ("POST", "/break-glass/{access_id}/review"): reviewed,
        ("POST", "/referrals/{referral_id}/milestones"): milestone_recorded,
        ("POST", "/obligations/{task_id}/done"): obligation_done,
        ("POST", "/referrals/{referral_id}/settle"): settled,
        ("POST", "/alerts/{code}/acknowledge"): alert_acknowledged,
        ("POST", "/alerts/{alert_id}/seen"): alert_seen,
        ("POST", "/cases/{case_id}/amendments"): amended,
        ("POST", "/cases/{case_id}/consents"): consented,
        ("POST", "/cases/{case_id}/restricted-contacts"): wished,
        ("POST", "/cases/{case_id}/restricted-contacts/{contact_id}/authorise"): authorised,
        ("POST", "/cases/{case_id}/identity"): identity_opened,
        ("POST", "/cases/{case_id}/erasure"): erased,
        ("POST", "/refusals/{refusal_id}/erasure"): refusal_erased,
        ("POST", "/refusals/{refusal_id}/open"): refusal_opened,
        ("POST", "/refusals/{refusal_id}/correct"): refusal_corrected,
        ("POST", "/refusals/{refusal_id}/discard"): refusal_discarded,
        ("POST", "/authority-demands"): demanded,
        ("POST", "/authority-demands/{demand_id}/answer"): answered,
        ("POST", "/cases/{case_id}/slip"): slip_issued,
        ("POST", "/cases/{case_id}/withdrawal-check"): withdrawal_checked,
        ("POST", "/slips/withdraw"): taken_back_by_slip,
        ("POST", "/slips/confirm"): confirmed_by_slip,
        ("POST", "/handovers"): taken_over,
        ("POST", "/duplicates"): paired,
        ("POST", "/devices/codes"): code_issued,
        ("POST", "/devices"): device_enrolled,
        ("POST", "/devices/{device_id}/revoke"): device_revoked,
        ("PUT", "/capacity/shelters/{shelter}"): room_at_a_shelter,
        ("PUT", "/capacity/agencies/{agency}/desks/{desk}"): room_at_a_desk,
        ("POST", "/caravan-modes"): caravan_begun,
        ("POST", "/caravan-modes/{caravan_id}/end"): caravan_ended,
        ("PUT", "/contacts"): contacts_imported,
        ("POST", "/contacts/disable"): contact_changed("/contacts/disable", "/contacts/enable"),
        ("POST", "/contacts/enable"): contact_changed("/contacts/enable", "/contacts/disable"),
        ("POST", "/desks/{desk}/handover"): shift_handed_over,
        ("POST", "/webhooks"): webhook_made,
        ("POST", "/webhooks/{webhook_id}/replay"): webhook_replayed,
    }.items()
}
"""By method and path, as the application's own table of routes has them."""

assert set(STEPS) | {"confirm-deletion"} == set(BODIES)
