"""What the pages of alerts have in common: their templates, and where an alert leads."""

from events.vocabulary import AlertAbout, Role
from services.chassis.authorization.policy import Principal
from services.chassis.web.pages.templating import PageTemplates
from services.notifications.alerts.inbox import InboxAlert

TEMPLATES = PageTemplates(__name__, "pages/templates")
OF_MESA = frozenset({Role.OFFICER, Role.SUPERVISOR, Role.PROGRAMME_COORDINATOR})
"""Whose referrals have a page."""
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
    if principal.role not in OF_MESA:
        return ""
    if one.alert.about in _BY_WHAT:
        return _BY_WHAT[one.alert.about]
    if one.alert.referral_id is not None:
        asked = one.asked and principal.role is not Role.PROGRAMME_COORDINATOR  # the agency that was asked answers
        return f"/mesa/{'preguntas' if asked else 'canalizaciones'}/{one.alert.referral_id}"
    if principal.role is Role.PROGRAMME_COORDINATOR:
        return _OF_THE_PROGRAMME.get(one.alert.about, "")
    return ""
