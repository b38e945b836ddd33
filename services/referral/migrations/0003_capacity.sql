-- Where a referral was sent, and what shelters and desks said of their room. No answers and no identity in here.
set local search_path = referral;

alter table referral add column desk text;

-- Every statement, so that what was known at a moment can be told. One is believed until it expires or another comes.
create table capacity (
  sequence   bigint primary key,
  of_agency  text,
  code       text not null,
  capacity   text not null,
  beds       integer,
  since      timestamptz not null,
  expires_at timestamptz not null
);
create index on capacity (code, sequence);

grant select, insert, update, delete, truncate on capacity to canaliza_referral;

-- Who has room is known to whoever refers, and to whoever reads a referral (ADR 0019).
alter table capacity enable row level security;
alter table capacity force row level security;
create policy own_work on capacity using (current_setting('canaliza.role', true) = 'system')
  with check (current_setting('canaliza.role', true) = 'system');
create policy everybodys on capacity for select
  using (current_setting('canaliza.role', true) in ('shelter_worker', 'shelter_coordinator', 'integrator', 'officer',
    'supervisor', 'programme_coordinator', 'operator'));

-- A handover ends at once what the earlier shelter sees of what is open, also before it was reacted to (ADR 0021).
set local check_function_bodies = off;
create function moved_on(of_case uuid, from_shelter text) returns boolean
language sql stable set search_path = referral, pg_temp as $$
  select coalesce((
    select convert_from(moved.state, 'UTF8')::jsonb -> 'data' ->> 'to_shelter' from intake.event as moved
    where moved.stream = of_case and moved.topic like 'intake.handed\_over.v%' order by moved.version desc limit 1
  ) <> from_shelter, false)
$$;
revoke all on function moved_on(uuid, text) from public;
grant execute on function moved_on(uuid, text) to canaliza_referral;

drop policy of_the_shelter on referral;
create policy of_the_shelter on referral for select
  using (current_setting('canaliza.role', true) in ('shelter_worker', 'shelter_coordinator', 'integrator')
    and shelter = current_setting('canaliza.org', true) and agency <> 'PEAS'
    and (state in ('loop_closed', 'rerouted', 'cancelled', 'withdrawn', 'no_contact', 'failed', 'entered_in_error')
      or not moved_on(case_id, shelter)));
