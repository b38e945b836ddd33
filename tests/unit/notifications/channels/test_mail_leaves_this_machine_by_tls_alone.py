"""A mail server on another machine is spoken to by TLS, with its certificate checked, or not at all."""

import pytest

from services.notifications.channels.email import EmailChannel, MailSettingsError

IN_CLEAR = [
    "mailto://u:clave@correo.example.org?from=avisos@example.org",
    "mailto://u:clave@example.org?smtp=correo.example.org&from=avisos@example.org&mode=insecure",
    "mailtos://u:clave@correo.example.org?from=avisos@example.org&verify=no",
    "mailto://10.0.0.7:25?from=avisos@example.org",
]
BY_TLS = [
    "mailtos://u:clave@correo.example.org?from=avisos@example.org",
    "mailtos://u:clave@correo.example.org?from=avisos@example.org&mode=ssl",
    "mailto://u:clave@correo.example.org?from=avisos@example.org&mode=starttls",
    "mailto://127.0.0.1:2525?from=avisos@example.org",
]


@pytest.mark.parametrize("url", IN_CLEAR)
def test_in_clear_to_another_machine_is_refused_and_the_password_is_not_repeated(url: str) -> None:
    with pytest.raises(MailSettingsError) as refused:
        EmailChannel(url)
    assert "clave" not in str(refused.value)


@pytest.mark.parametrize("url", BY_TLS)
def test_by_tls_or_to_this_machine_is_taken(url: str) -> None:
    EmailChannel(url)
