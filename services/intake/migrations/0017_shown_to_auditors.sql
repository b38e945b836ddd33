-- What an auditor's bundle has of each case, and of each erasure what a search through every place still found.
set local search_path = intake;

-- Whoever asks acts as ``system``, or sees none: the rows' policies stay. They are functions because the policies call
-- functions that only their owner and the service may call.
create function shown_cases() returns table (id uuid, first bigint, version integer, submission_id uuid,
  registered_by text, shelter text, former text[], slip uuid, opened_at timestamptz, erased boolean)
language sql stable security definer set search_path = intake, pg_temp as $$
select case_id, at.first, at.version, submission.id, submission.shelter, coalesce(submission.held_by, submission.shelter),
  coalesce(continuity.former, '{}'), continuity.slip, submission.recorded_at,
  exists (select from erasure where erasure.target_id = submission.case_id)
from submission left join continuity using (case_id) cross join lateral (
  select coalesce(min(position), 0) as first, coalesce(max(version), 0) as version
  from event where event.stream = submission.case_id) as at
order by case_id
$$;

-- The owner, whom nobody can sign in as, sees nothing of the vault but while it counts, in the function below.
create policy owner_counts on vault.key for select to canaliza_owner
  using (current_setting('canaliza.sweeping', true) = 'on');
create policy owner_counts on vault.person_index for select to canaliza_owner
  using (current_setting('canaliza.sweeping', true) = 'on');
create policy owner_counts on vault.slip for select to canaliza_owner
  using (current_setting('canaliza.sweeping', true) = 'on');
create policy owner_counts on vault.refused for select to canaliza_owner
  using (current_setting('canaliza.sweeping', true) = 'on');

-- Every erasure with what is left in each place, which must be nothing. Counts alone leave the vault. Whoever asks acts
-- as ``system``, or sees no erasure.
create function swept() returns table (target uuid, basis text, erased_at timestamptz, keys uuid[], "position" bigint,
  keys_left bigint, digests_left bigint, slips_left bigint, refused_left bigint, untraced bigint)
language plpgsql security definer set search_path = intake, pg_temp as $$
#variable_conflict use_column
begin
  perform set_config('canaliza.sweeping', 'on', true);
  return query select e.target_id, e.basis, e.erased_at, e.keys,
    (select min(event.position) from event where event.stream = e.target_id
       and event.topic like 'intake.person\_erased.v%'),
    (select count(*) from vault.key k where k.subject = e.subject or k.id = any(e.keys)),
    (select count(*) from vault.person_index i where i.case_id = e.target_id),
    (select count(*) from vault.slip s where s.case_id = e.target_id or s.key_id = any(e.keys)),
    (select count(*) from vault.refused r where r.id = e.target_id or r.key_id = any(e.keys)),
    (select count(*) from unnest(e.keys) as one where not exists (select from vault.erased x where x.id = one))
  from erasure e order by e.target_id;
  perform set_config('canaliza.sweeping', '', true);
end $$;
revoke all on function swept(), shown_cases() from public;
grant execute on function swept(), shown_cases() to canaliza_audit;
