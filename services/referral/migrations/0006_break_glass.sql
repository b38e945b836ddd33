-- Exceptional accesses: who opened what, until when, and whether a second person has looked at it. No content.
set local search_path = referral;

create table access (
  access_id   uuid primary key,
  sequence    bigint not null unique,
  referral_id uuid not null,
  case_id     uuid not null,
  agency      text not null,
  shelter     text not null,
  basis       text not null,
  opened_as   text not null,   -- role and organisation, never a person
  opened_for  text not null,
  opened_at   timestamptz not null,
  until       timestamptz not null,
  review_by   timestamptz not null,
  verdict     text,
  reviewed_at timestamptz,
  escalated_at timestamptz
);
create index on access (review_by) where verdict is null and escalated_at is null;
create index on access (shelter, sequence);
create index on access (agency, sequence);

grant select, insert, update, delete, truncate on access to canaliza_referral;

-- The second wall (ADR 0019).
alter table access enable row level security;
alter table access force row level security;
create policy own_work on access using (current_setting('canaliza.role', true) = 'system')
  with check (current_setting('canaliza.role', true) = 'system');
create policy everything on access for select using (current_setting('canaliza.role', true) = 'auditor'
  or (current_setting('canaliza.role', true) = 'programme_coordinator' and agency <> 'PEAS'));
-- Whoever holds the case now: after a handover the next shelter, and no longer the one that registered it, of what has
-- ended there, too (ADR 0021).
set local check_function_bodies = off;
create function is_held_by(of_case uuid, registered_by text, a_shelter text) returns boolean
language sql stable set search_path = referral, pg_temp as $$
  select coalesce((
    select convert_from(moved.state, 'UTF8')::jsonb -> 'data' ->> 'to_shelter' from intake.event as moved
    where moved.stream = of_case and moved.topic like 'intake.handed\_over.v%' order by moved.version desc limit 1
  ), registered_by) = a_shelter
$$;
revoke all on function is_held_by(uuid, text, text) from public;
grant execute on function is_held_by(uuid, text, text) to canaliza_referral;
create policy of_the_shelter on access for select
  using (current_setting('canaliza.role', true) in ('shelter_worker', 'shelter_coordinator', 'integrator')
    and agency <> 'PEAS' and is_held_by(case_id, shelter, current_setting('canaliza.org', true)));
create policy of_the_agency on access for select
  using (current_setting('canaliza.role', true) in ('officer', 'supervisor')
    and current_setting('canaliza.org', true) in (agency, opened_for));
