-- expand
-- A shelter's cases: before its policies are looked at, an index is read by a `case`, and never by a `coalesce`.
set local search_path = intake;

create index submission_of_holder on submission
  ((case when held_by is null then shelter else held_by end), recorded_at desc, case_id desc)
  include (shelter, held_by);

-- The cases that were handed over are few; the tasks of the next shelter are found by them.
create index event_handed_over on event (stream) where topic like 'intake.handed\_over.v%';

-- What is counted above the list: what somebody has to do, and what somebody is to be asked.
create index referral_status_to_do on referral_status (case_id) include (state, agency, sent)
  where state in ('requested', 'info_requested', 'delivered', 'expired', 'scheduled');
create index referral_status_to_be_asked on referral_status (case_id) include (referral_id, reason, agency, sent)
  where state = 'blocked_consent'
    and reason <> all (array['consent_refused', 'frozen', 'needs_representative', 'withheld']);

-- The planner knows at once how many cases a shelter holds, and not when the table is next looked at.
analyze submission;
