"""The form of the codes that a shelter gives its workers and devices, which events show to everybody who reads a log.

A log is never altered, so that a name or a telephone number in it stays for ever. The program knows no roster of a
shelter's workers, and asks for none: it would be a list of who helps. It asks for a form that can carry neither: a kind
of one or two letters (a device's may have three), or one of a few words for the thing itself, and a number of at most
four digits, such as ``w-009``, ``d-027``, ``tablet-3``. An initial and a number is the most that anybody can put there.
Whoever registers with an account of theirs is its code, ``p-`` and up to six digits, which this program drew.
"""

import re

WORKER_PATTERN = r"(?:(?:[A-Za-z]{1,2}|worker|staff)-?[0-9]{1,4}|p-[0-9]{3,6})"
DEVICE_PATTERN = r"(?:[A-Za-z]{1,3}|device|phone|tablet|laptop)-?[0-9]{1,4}"
WORKER_FORM, DEVICE_FORM = re.compile(WORKER_PATTERN, re.ASCII), re.compile(DEVICE_PATTERN, re.ASCII)
