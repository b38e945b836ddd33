-- How far the routing of each case has come, so that its shelter can tell "nothing fired" from "not routed yet".
set local search_path = intake;
set local canaliza.role = 'system';

create table routing (
  case_id        uuid primary key,
  answered       uuid,        -- the event with the answers as last amended
  answered_at    timestamptz,
  assessed       uuid,        -- the event whose answers were assessed last
  unrouted_since timestamptz  -- an event of the case could not be digested
);
grant select, insert, update, delete, truncate on routing to canaliza_intake;

-- The second wall (ADR 0019): with the case, to the shelter that holds it.
alter table routing enable row level security;
alter table routing force row level security;
create policy own_work on routing using (current_setting('canaliza.role', true) = 'system')
  with check (current_setting('canaliza.role', true) = 'system');
create policy everything on routing for select
  using (current_setting('canaliza.role', true) in ('programme_coordinator', 'operator'));
create policy of_the_shelter on routing for select
  using (current_setting('canaliza.role', true) in ('shelter_worker', 'shelter_coordinator', 'integrator')
    and is_held_by(case_id, current_setting('canaliza.org', true)));

-- Rows of cases that were there before, as the logs have them.
insert into routing (case_id, answered, answered_at)
select distinct on (stream) stream, id, recorded_at from event
where topic like 'intake.case\_opened.v%' or topic like 'intake.answers\_amended.v%'
order by stream, version desc;

do $$
begin
  if to_regclass('referral.event') is not null then
    execute $fill$
      update intake.routing set assessed = last.cause
      from (select distinct on (case_id) case_id, (convert_from(state, 'UTF8')::jsonb ->> 'cause')::uuid as cause
        from referral.event
        where topic like 'referral.case\_assessed.v%'
          and position <= coalesce((select position from intake.tracking where upstream = 'referral'), 0)
        order by case_id, position desc) as last
      where last.case_id = routing.case_id
    $fill$;
  end if;
end $$;
