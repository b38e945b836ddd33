-- What is reported of a person is sealed in the read model, too; what was said in clear before is kept as it was said.
set local search_path = referral;
set local canaliza.role = 'system';  -- row-level security holds for whoever migrates, too

alter table referral add column reported jsonb not null default '{}';

-- Rows that were there before: an appointment was in no row, an outcome was in a column.
update referral set reported = jsonb_build_object('clear_outcome', outcome), outcome = null
where outcome is not null and state <> 'withdrawn';
update referral set reported = reported || jsonb_build_object('clear_appointment_at', last.appointment_at)
from (select distinct on (stream) stream, convert_from(state, 'UTF8')::jsonb -> 'data' -> 'appointment_at' as appointment_at
  from event where topic = 'referral.service_scheduled.v1' order by stream, version desc) as last
where referral.referral_id = last.stream;
