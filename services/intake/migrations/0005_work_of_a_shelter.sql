-- The shelter's own work: its list of cases, and what of its sendings was refused. No personal data, no coded answer.
set local search_path = intake;
set local canaliza.role = 'system';

-- Of a case, what its list shows. `change` and `changed_at` are of the case alone, never of its referrals.
alter table submission
  add column kind text, add column worker text, add column receipt text, add column change text,
  add column changed_at timestamptz, add column held_since timestamptz,
  add column partly_known boolean not null default false;

-- What a shelter sent and was refused: where the faults are, never what was there.
create table refusal (
  refusal_id   uuid primary key,
  sequence     bigint not null unique,
  org          text not null,
  code         text not null,
  fault_fields text[] not null,
  fault_codes  text[] not null,
  amends       boolean not null,
  case_id      uuid,
  submission   uuid,
  recorded_at  timestamptz not null,
  settled_at   timestamptz,
  corrected    boolean
);
create index on refusal (org, sequence);
create index on refusal (submission);

alter table refusal enable row level security;
alter table refusal force row level security;
create policy own_work on refusal using (current_setting('canaliza.role', true) = 'system')
  with check (current_setting('canaliza.role', true) = 'system');
-- An amendment of a case that is another shelter's by now says something about where the person was: it is nobody's.
create policy of_the_organisation on refusal for select
  using (current_setting('canaliza.role', true) in ('shelter_worker', 'shelter_coordinator', 'integrator')
    and org = current_setting('canaliza.org', true)
    and (not amends or is_held_by(case_id, current_setting('canaliza.org', true))));
grant select, insert, update, delete, truncate on refusal to canaliza_intake;

-- Rows that were there before, as the logs have them.
create function receipt_of_case(opened uuid) returns text language plpgsql as $$
declare
  digits text := replace(opened::text, '-', '');
  alphabet constant text := '23456789ABCDEFGHJKMNPQRSTVWXYZ';
  number numeric := 0;
  letters text := '';
begin
  for place in 1..32 loop
    number := number * 16 + strpos('0123456789abcdef', substr(digits, place, 1)) - 1;
  end loop;
  for place in 1..8 loop
    letters := letters || substr(alphabet, mod(number, 30)::integer + 1, 1);
    number := div(number, 30);
  end loop;
  return substr(letters, 1, 4) || '-' || substr(letters, 5);
end $$;

update submission set
  kind = opened.data ->> 'kind', worker = opened.data ->> 'worker', receipt = receipt_of_case(submission.opened),
  change = 'registered', changed_at = submission.recorded_at
from (select stream, convert_from(state, 'UTF8')::jsonb -> 'data' as data from event
  where topic like 'intake.case\_opened.v%') as opened
where opened.stream = submission.case_id;

update submission set change = last.change, changed_at = last.recorded_at
from (select distinct on (stream) stream, recorded_at, case split_part(topic, '.', 2)
    when 'answers_amended' then 'amended' when 'consent_recorded' then 'consent_recorded'
    when 'consent_withdrawn' then 'consent_withdrawn' when 'handed_over' then 'handed_over'
    when 'withdrawal_frozen' then 'withdrawal_frozen' else 'withdrawal_checked' end as change
  from event where topic ~ '^intake\.(answers_amended|consent_recorded|consent_withdrawn|handed_over|withdrawal_frozen|withdrawal_checked)\.'
  order by stream, version desc) as last
where last.stream = submission.case_id;

update submission set held_since = last.recorded_at,
  partly_known = not last.data -> 'consent' -> 'fields' ? 'all'
from (select distinct on (stream) stream, recorded_at, convert_from(state, 'UTF8')::jsonb -> 'data' as data
  from event where topic like 'intake.handed\_over.v%' order by stream, version desc) as last
where last.stream = submission.case_id;

update submission set worker = last.worker
from (select distinct on (stream) stream, coalesce(data ->> 'worker', data -> 'consent' ->> 'asked_by') as worker
  from (select stream, version, convert_from(state, 'UTF8')::jsonb -> 'data' as data from event
    where topic like 'intake.answers\_amended.v%' or topic like 'intake.handed\_over.v%') as said
  order by stream, version desc) as last
where last.stream = submission.case_id;

insert into refusal
select stream, position, data ->> 'org', data ->> 'code',
  array(select fault ->> 'field' from jsonb_array_elements(data -> 'faults') with ordinality as f (fault, n) order by n),
  array(select fault ->> 'code' from jsonb_array_elements(data -> 'faults') with ordinality as f (fault, n) order by n),
  coalesce((data ->> 'amends')::boolean, false),
  case when (data ->> 'amends')::boolean then case_id end, (data ->> 'submission')::uuid, recorded_at, null, null
from (select stream, position, case_id, recorded_at, convert_from(state, 'UTF8')::jsonb -> 'data' as data from event
  where topic like 'intake.submission\_refused.v%') as refused;

drop function receipt_of_case(uuid);
