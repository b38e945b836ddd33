-- expand
-- The open tasks of a shelter, of an agency, and of everybody, and what waits for a decision, in their page's order.
set local search_path = referral;

create index obligation_open on obligation (deadline, sequence) where done_at is null;
create index obligation_open_of_shelter on obligation (shelter, deadline, sequence)
  where owner = 'shelter' and done_at is null;
create index obligation_open_of_agency on obligation (agency, deadline, sequence)
  where owner = 'agency' and done_at is null;

-- What somebody is to ask for. A person's own no waits for nobody: most of what is blocked is in neither index.
create index referral_waiting_longest on referral (urgency, coalesce(instant(after_sending ->> 'asking_since'), since))
  where state = 'blocked_consent' and reason = any (array['cannot_decide', 'consent_expired', 'consent_not_asked',
    'consent_not_valid', 'needs_representative', 'purpose_too_narrow', 'wants_time', 'frozen']);
create index referral_waiting_at on referral
  (shelter, reason, coalesce(instant(after_sending ->> 'asking_since'), since))
  include (urgency, agency, state, sent_at, case_id)
  where state = 'blocked_consent' and reason = any (array['cannot_decide', 'consent_expired', 'consent_not_asked',
    'consent_not_valid', 'needs_representative', 'purpose_too_narrow', 'wants_time', 'frozen']);

-- Whose clocks run, or whose data are to be deleted: few of all that was sent.
create index referral_running on referral (agency, referral_id)
  include (case_id, shelter, urgency, state, sent_at, next_by)
  where sent_at is not null and next_by < 'infinity';
