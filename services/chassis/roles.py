"""What people call the roles, in Spanish and in English."""

from events.vocabulary import Role

ROLE = {
    Role.SHELTER_WORKER: ("personal del albergue", "shelter worker"),
    Role.SHELTER_COORDINATOR: ("coordinación del albergue", "shelter coordinator"),
    Role.OFFICER: ("oficial", "officer"),
    Role.SUPERVISOR: ("supervisión", "supervisor"),
    Role.PROGRAMME_COORDINATOR: ("coordinación del programa", "programme coordinator"),
    Role.AUDITOR: ("auditoría", "auditor"),
    Role.ADMINISTRATOR: ("administración", "administrator"),
    Role.INTEGRATOR: ("sistema del albergue", "shelter's software"),
    Role.OPERATOR: ("operación", "operator"),
}
