"""What the pages of alerts have in common: their templates, and where an alert leads."""

from events.vocabulary import AlertAbout, Role
from services.chassis.authorization.policy import Principal
from services.chassis.web.pages.templating import PageTemplates
from services.notifications.alerts.inbox import InboxAlert
from services.notifications.alerts.schemas import Alert

TEMPLATES = PageTemplates(__name__, "pages/templates")
OF_MESA = frozenset({Role.OFFICER, Role.SUPERVISOR, Role.PROGRAMME_COORDINATOR})
"""Who answers referrals on their own page."""
OF_ALBERGUE = frozenset({Role.SHELTER_WORKER, Role.SHELTER_COORDINATOR})
"""Who finds everything about a case on the case's page."""
_BY_WHAT = {
    AlertAbout.ACCESS: "/mesa/accesos",
    AlertAbout.OBLIGATION: "/mesa/tareas",
}
_OF_THE_PROGRAMME = {
    AlertAbout.SILENCE: "/coordinacion",
    AlertAbout.NOT_ROUTED: "/coordinacion/sin-canalizar",
    AlertAbout.SECURITY: "/auditoria/seguridad",
    AlertAbout.MISUSE: "/auditoria/seguridad",
}


def leads_to(one: InboxAlert, principal: Principal) -> str:
    """The page on which the alert is answered; empty if the reader has none."""
    if principal.role not in OF_MESA | OF_ALBERGUE:
        return ""
    if one.alert.about in _BY_WHAT:
        return _BY_WHAT[one.alert.about]
    if principal.role in OF_ALBERGUE:
        return _of_a_shelter(one.alert)
    if one.alert.referral_id is not None:
        asked = one.asked and principal.role is not Role.PROGRAMME_COORDINATOR  # the agency that was asked answers
        return f"/mesa/{'preguntas' if asked else 'canalizaciones'}/{one.alert.referral_id}"
    if principal.role is Role.PROGRAMME_COORDINATOR:
        return _OF_THE_PROGRAMME.get(one.alert.about, "")
    return ""


def _of_a_shelter(alert: Alert) -> str:
    """Its case's page; the shelter's other work if it is about no case, such as that nobody gave a sign."""
    if alert.case_id is not None:
        return f"/albergue/casos/{alert.case_id}"
    return "/albergue/trabajo" if alert.referral_id is None else f"/mesa/canalizaciones/{alert.referral_id}"
