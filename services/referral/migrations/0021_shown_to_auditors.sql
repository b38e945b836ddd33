-- What an auditor's bundle has of each referral: the row that desks and shelters are shown, without what is sealed.
-- Whoever verifies the bundle replays the log and compares. The rows' policies stay: whoever asks acts as ``system``, or
-- sees none. It is a function because the policies call functions that only their owner and the service may call.
set local search_path = referral;

create function shown_referrals() returns table (id uuid, first bigint, version integer, case_id uuid,
  submission_id uuid, agency text, shelter text, urgency text, categories text[], rule_set text, state text, basis text,
  since timestamptz, replaces uuid, follows uuid, linked uuid)
language sql stable security definer set search_path = referral, pg_temp as $$
select referral_id, sequence, version, case_id, submission_id, agency, shelter, urgency, categories,
  rule_set, state, basis, since, replaces, follows, linked
from referral order by referral_id
$$;
revoke all on function shown_referrals() from public;
grant execute on function shown_referrals() to canaliza_audit;
