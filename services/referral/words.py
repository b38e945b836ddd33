"""The words for answers and codes in an explanation, Spanish first and English second."""

from typing import Any, Literal

Language = Literal["es", "en"]

FIELDS: dict[str, tuple[str, str]] = {
    "age_band": ("edad", "age"),
    "could_be_under_18": ("podría ser menor de 18", "could be under 18"),
    "accompaniment": ("acompañamiento", "accompanied by"),
    "travelling": ("viaja", "travelling"),
    "sex": ("sexo", "sex"),
    "danger_now": ("en peligro ahora", "in danger now"),
    "medical_now": ("urgencia médica ahora", "medical emergency now"),
    "perpetrator_nearby": ("el agresor está cerca", "perpetrator nearby"),
    "fear_of_return": ("temor de regresar", "fear of return"),
    "removal_risk": ("riesgo de devolución", "risk of removal"),
    "protection_status": ("estatus de protección", "protection status"),
    "stateless": ("sin nacionalidad", "stateless"),
    "country_origin": ("país de origen", "country of origin"),
    "entry_date": ("fecha de entrada", "date of entry"),
    "harm_events": ("hechos sufridos", "harm suffered"),
    "kind": ("hecho", "kind"),
    "when": ("cuándo", "when"),
    "perpetrator": ("responsable", "perpetrator"),
    "trafficking_indicators": ("indicios de trata", "trafficking indicators"),
    "smuggling_indicators": ("indicios de tráfico", "smuggling indicators"),
    "pregnancy.pregnant": ("embarazo", "pregnant"),
    "pregnancy.danger_signs": ("señales de peligro en el embarazo", "danger signs in pregnancy"),
    "disability": ("discapacidad", "disability"),
    "lacks_aid_or_medicine": ("le falta un apoyo o medicamento", "lacks an aid or medicine"),
    "distress": ("malestar emocional", "distress"),
    "self_declared": ("lo que dice de sí", "says of themselves"),
    "work_abuse": ("abuso en el trabajo", "abuse at work"),
    "missing_relative": ("familiar desaparecido", "missing relative"),
    "wants_return": ("quiere volver", "wants to return"),
    "needs": ("necesidades", "needs"),
}

CODES: dict[str | bool, tuple[str, str]] = {
    True: ("sí", "yes"),
    False: ("no", "no"),
    "yes": ("sí", "yes"),
    "no": ("no", "no"),
    "unsure": ("no sabe", "unsure"),
    "refused": ("no quiso decir", "refused to say"),
    "unknown": ("se desconoce", "unknown"),
    "none": ("ninguno", "none"),
    "alone": ("a solas", "alone"),
    "parent_or_guardian": ("madre, padre o tutor", "parent or guardian"),
    "other_relative": ("otro familiar", "other relative"),
    "unrelated_adult": ("una persona adulta sin parentesco", "an unrelated adult"),
    "with_children": ("con hijas o hijos", "with children"),
    "with_partner": ("con su pareja", "with a partner"),
    "with_group": ("con un grupo", "with a group"),
    "F": ("mujer", "female"),
    "M": ("hombre", "male"),
    "claimant": ("solicitante", "claimant"),
    "refugee": ("refugio", "refugee"),
    "complementary": ("protección complementaria", "complementary protection"),
    "stateless": ("apátrida", "stateless"),
    "robbery": ("robo", "robbery"),
    "extortion": ("extorsión", "extortion"),
    "kidnapping": ("secuestro", "kidnapping"),
    "assault": ("agresión", "assault"),
    "sexual_violence": ("violencia sexual", "sexual violence"),
    "gender_violence": ("violencia de género", "gender-based violence"),
    "threats": ("amenazas", "threats"),
    "abandonment": ("abandono", "abandonment"),
    "document_taken": ("despojo de documentos", "document taken"),
    "ongoing": ("sigue ocurriendo", "ongoing"),
    "72h": ("hace menos de 72 horas", "within 72 hours"),
    "120h": ("hace menos de 120 horas", "within 120 hours"),
    "30d": ("hace menos de 30 días", "within 30 days"),
    "older": ("hace más de 30 días", "more than 30 days ago"),
    "authority": ("una autoridad", "an authority"),
    "family": ("la familia", "family"),
    "shelter_or_aid_worker": ("personal del albergue o humanitario", "shelter or aid worker"),
    "deceived_recruitment": ("reclutamiento con engaño", "deceived recruitment"),
    "cannot_leave": ("no puede irse", "cannot leave"),
    "documents_held": ("le retienen documentos", "documents held"),
    "debt_bondage": ("servidumbre por deudas", "debt bondage"),
    "wages_withheld": ("le retienen el salario", "wages withheld"),
    "threats_to_family": ("amenazas a su familia", "threats to family"),
    "watched": ("está bajo vigilancia", "watched"),
    "sexual_services": ("servicios sexuales", "sexual services"),
    "isolated": ("en aislamiento", "isolated"),
    "underage_work": ("trabajo de una persona menor de edad", "underage work"),
    "abandoned": ("le abandonaron", "abandoned"),
    "sealed_transport": ("transporte cerrado", "sealed transport"),
    "held_for_payment": ("retención para cobrar", "held for payment"),
    "injured": ("con lesiones", "injured"),
    "unpaid": ("sin pago", "unpaid"),
    "confined": ("encierro", "confined"),
    "child_work": ("trabajo infantil", "child labour"),
    "document_withheld": ("documento retenido", "document withheld"),
    "seeing": ("ver", "seeing"),
    "hearing": ("oír", "hearing"),
    "walking": ("caminar", "walking"),
    "remembering": ("recordar", "remembering"),
    "self_care": ("cuidado personal", "self-care"),
    "communicating": ("comunicarse", "communicating"),
    "acute": ("agudo", "acute"),
    "ideation": ("ideas de hacerse daño", "thoughts of self-harm"),
    "plan": ("plan de hacerse daño", "a plan of self-harm"),
    "lgbtiq": ("LGBTIQ", "LGBTIQ"),
    "legal": ("asesoría legal", "legal"),
    "health": ("salud", "health"),
    "srh": ("salud sexual y reproductiva", "sexual and reproductive health"),
    "mhpss": ("apoyo psicosocial", "psychosocial support"),
    "child_protection": ("protección de la niñez", "child protection"),
    "safe_accommodation": ("alojamiento seguro", "safe accommodation"),
    "family_tracing": ("búsqueda de familiares", "family tracing"),
    "documents": ("documentos", "documents"),
    "return": ("retorno", "return"),
    "livelihood": ("medios de vida", "livelihood"),
    "food_nfi": ("alimentos y artículos básicos", "food and basic items"),
    "interpretation": ("interpretación", "interpretation"),
    "person": ("persona", "person"),
    "community_incident": ("incidente en la comunidad", "community incident"),
    "shelter_threat": ("amenaza a un albergue", "threat to a shelter"),
}

FACTS: dict[str, tuple[str, str]] = {
    "child": ("es niña, niño o adolescente", "is a child"),
    "danger": ("está en peligro", "is in danger"),
}


def field_word(field: str, language: Language) -> str:
    """The answer's name; one that has no word stands as it is."""
    return _of(FIELDS.get(field), field, language)


def fact_word(fact: str, language: Language) -> str:
    """The fact as a short sentence."""
    return _of(FACTS.get(fact), fact, language)


def code_word(code: Any, language: Language) -> str:
    """The code in words; ages and dates stand as they are."""
    return _of(CODES.get(code), str(code), language)


def _of(words: tuple[str, str] | None, otherwise: str, language: Language) -> str:
    return otherwise if words is None else words[language == "en"]
