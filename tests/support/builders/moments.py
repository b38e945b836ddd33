"""Every form in which RFC 3339 lets a device write one moment."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

HOURS = (-12, -6, -5, 0, 14)


def forms_of(moment: datetime) -> list[str]:
    """All forms of a moment of whole seconds, the usual one first."""
    utc = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    zoned = [moment.astimezone(timezone(timedelta(hours=hours))).isoformat() for hours in HOURS]
    plain = [f"{utc}Z", *zoned, f"{utc}-00:00"]
    exact = [f"{utc}.{'0' * digits}Z" for digits in range(1, 10)]
    small = [form.replace("T", "t") for form in plain] + [form.replace("Z", "z") for form in [plain[0], *exact]]
    return list(dict.fromkeys([*plain, *exact, *small, f"{utc.lower()}z"]))


def written(moment: datetime) -> st.SearchStrategy[str]:
    """One of them."""
    return st.sampled_from(forms_of(moment))
