-- The digests by which look-alikes are found become those of the shelter that recorded the answers: two shelters' digests of
-- one person have nothing in common any more. The owner is under the table's row-level security, too, but for this.
set local search_path = intake;
set local canaliza.role = 'system';
alter table vault.person_index no force row level security;

-- Rows that were there before
update vault.person_index as indexed set
  name = substring(sha256(indexed.name || convert_to(recorded.shelter, 'UTF8')) for 16),
  document = substring(sha256(indexed.document || convert_to(recorded.shelter, 'UTF8')) for 16),
  phone = substring(sha256(indexed.phone || convert_to(recorded.shelter, 'UTF8')) for 16)
from (select distinct on (stream) stream, convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'shelter' as shelter from event
  where topic like 'intake.case\_opened.v%' or topic like 'intake.answers\_amended.v%'
  order by stream, version desc) as recorded
where recorded.stream = indexed.case_id;

alter table vault.person_index force row level security;
