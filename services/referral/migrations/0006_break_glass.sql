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
-- With its referral: after a handover the next shelter's, and no longer of the one that registered it (ADR 0021). A
-- function, as a rebuild replaces the table that a policy may not hold on to.
create function is_referral_of(a_referral uuid, a_shelter text) returns boolean
language sql stable set search_path = referral, pg_temp as
  'select exists (select from referral where referral_id = a_referral and shelter = a_shelter)';
revoke all on function is_referral_of(uuid, text) from public;
grant execute on function is_referral_of(uuid, text) to canaliza_referral;
create policy of_the_shelter on access for select
  using (current_setting('canaliza.role', true) in ('shelter_worker', 'shelter_coordinator', 'integrator')
    and agency <> 'PEAS' and is_referral_of(referral_id, current_setting('canaliza.org', true)));
create policy of_the_agency on access for select
  using (current_setting('canaliza.role', true) in ('officer', 'supervisor')
    and current_setting('canaliza.org', true) in (agency, opened_for));
