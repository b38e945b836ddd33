"""What a principal can ask to see or do, and which of that needs an account."""

from enum import StrEnum


class Action(StrEnum):
    """What a principal can ask to see or do."""

    SUBMIT = "submit"
    SEE_CASE = "see_case"
    LIST_REFERRALS = "list_referrals"
    ANSWER_REFERRAL = "answer_referral"
    READ_DISCLOSURE = "read_disclosure"
    READ_MESSAGES = "read_messages"
    SEE_ALERTS = "see_alerts"
    SEE_HISTORY = "see_history"
    SEE_SECURITY = "see_security"
    """What became of accounts, sessions and tokens, exceptional accesses, and alarms."""
    SEE_LEDGER = "see_ledger"
    """Checkpoints of the logs, their proofs and what witnesses say of them."""
    REQUEST_RESTRICTED_CONTACT = "request_restricted_contact"
    AUTHORISE_RESTRICTED_CONTACT = "authorise_restricted_contact"
    SEE_RESTRICTED_CONTACTS = "see_restricted_contacts"
    RECORD_DEMAND = "record_demand"
    ANSWER_DEMAND = "answer_demand"
    SEE_DEMANDS = "see_demands"
    GIVE_A_SIGN = "give_a_sign"
    SEE_SILENCE = "see_silence"
    TURN_CARAVAN = "turn_caravan"
    BREAK_GLASS = "break_glass"
    REVIEW_ACCESS = "review_access"
    SEE_ACCESSES = "see_accesses"
    MANAGE_WEBHOOKS = "manage_webhooks"
    HAND_OVER = "hand_over"
    OWN_CHANNELS = "own_channels"
    """To see by which channels one is notified oneself, to test them, and to set one's quiet hours."""
    ISSUE_SLIP = "issue_slip"
    TAKE_OVER = "take_over"
    CHECK_WITHDRAWAL = "check_withdrawal"
    READ_ANSWERS = "read_answers"
    LIST_CASES = "list_cases"
    READ_IDENTITY = "read_identity"
    TELL_PERSON = "tell_person"
    """To read aloud to a person who knew of them, and to record that it was done."""
    HANDLE_REFUSALS = "handle_refusals"
    READ_REFUSAL = "read_refusal"
    DECIDE_DUPLICATE = "decide_duplicate"
    SETTLE_CONTEST = "settle_contest"
    ANSWER_REQUEST = "answer_request"
    """To say whether one's agency can help where it was asked in another's stead."""
    SEE_CAPACITY = "see_capacity"
    """Allowed to every shelter and agency: a referral needs to know who has room."""
    SET_CAPACITY = "set_capacity"
    SEE_OBLIGATIONS = "see_obligations"
    FINISH_OBLIGATION = "finish_obligation"
    RECORD_MILESTONE = "record_milestone"
    SEE_BOARD = "see_board"
    """To work with the list of what was sent to one's desk."""
    WATCH_REFERRALS = "watch_referrals"
    """To be told at once which referral changed, by id only."""
    EXPORT_REFERRALS = "export_referrals"
    """To take a list of one's agency's referrals out of the program."""
    READ_REFERENCE = "read_reference"
    """What a form needs: rules, code lists, texts of consent, telephones of desks. Nothing of a person."""
    ENROL_DEVICE = "enrol_device"
    """To let a device of one's shelter hand in cases by its own signature, and to revoke that."""
    REPLAY_RULES = "replay_rules"
    """To have a period decided again by other rules: it opens the sealed answers of all its cases, and shows counts."""
    EXPORT_HISTORY = "export_history"
    """To take the whole history out as one verifiable bundle; what is sealed in it stays sealed."""
    ERASE = "erase"
    """To destroy the keys of everything sealed about a person."""
    OPERATE = "operate"


PEOPLE_ONLY = frozenset(
    {
        Action.REQUEST_RESTRICTED_CONTACT,
        Action.AUTHORISE_RESTRICTED_CONTACT,
        Action.REVIEW_ACCESS,
        Action.CHECK_WITHDRAWAL,
        Action.SETTLE_CONTEST,
        Action.OWN_CHANNELS,
        Action.ENROL_DEVICE,
        Action.EXPORT_REFERRALS,
        Action.REPLAY_RULES,
    }
)
"""The actions that need an account: a token without a person carries none of them out. Two people are two accounts
(domain.md §6). An exceptional access may be opened with a token, since a life may depend on it; its review may not."""
