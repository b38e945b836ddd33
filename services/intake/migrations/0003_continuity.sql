-- A case on its way. The tables of intake's own schema are read models, but for the attempts; those of the vault hold
-- what dies with the person's keys: it is made of what the person said or carries, and must not outlive them.
set local search_path = intake;

-- One row a case that was handed over, has a slip, or was frozen. Nothing of the person.
create table continuity (
  case_id          uuid primary key,
  shelter          text,
  former           text[] not null default '{}',
  slip             uuid,
  slip_issued_at   timestamptz,
  frozen_at        timestamptz,
  frozen_recipient text
);

create index on submission (shelter, recorded_at);

-- Which categories the rules named last: for some of them a slip is not offered by default.
create table assessed (
  case_id    uuid primary key,
  categories text[] not null
);

-- How often a slip was tried from somewhere in a quarter of an hour. Keyed digests; no read model.
create table slip_attempt (
  bucket   bytea primary key,
  began    timestamptz not null,
  attempts integer not null
);
create index on slip_attempt (began);

-- Pairs of cases of which a person said whether they are one person's.
create table duplicate (
  first_case uuid not null,
  later_case uuid not null,
  shelter    text not null,
  decision   text not null,
  decided_by text not null,
  decided_at timestamptz not null,
  primary key (first_case, later_case)
);
create index on duplicate (later_case);

grant select, insert, update, delete, truncate on continuity, assessed, duplicate to canaliza_intake;
grant select, insert, update, delete on slip_attempt to canaliza_intake;

-- How a slip is found and checked: never its code, never the word.
create table vault.slip (
  id         uuid primary key,
  key_id     uuid not null references vault.key (id) on delete cascade,
  case_id    uuid not null,
  lookup     bytea not null unique check (octet_length(lookup) = 16),
  verifier   text not null,
  created_at timestamptz not null
);
create index on vault.slip (case_id);
create index on vault.slip (key_id);

-- Keyed digests of what two cases of one person, or of one family, have in common.
create table vault.person_index (
  id       uuid primary key references vault.key (id) on delete cascade,
  case_id  uuid not null unique,
  family   bytea,
  name     bytea,
  document bytea,
  phone    bytea
);
create index on vault.person_index (family) where family is not null;
create index on vault.person_index (name) where name is not null;
create index on vault.person_index (document) where document is not null;
create index on vault.person_index (phone) where phone is not null;

alter table vault.slip enable row level security;
alter table vault.slip force row level security;
create policy intake_slips on vault.slip to canaliza_intake using (true) with check (true);
alter table vault.person_index enable row level security;
alter table vault.person_index force row level security;
create policy intake_index on vault.person_index to canaliza_intake using (true) with check (true);
grant select, insert, delete on vault.slip to canaliza_intake;
grant select, insert, update on vault.person_index to canaliza_intake;

-- Row-level security (ADR 0019). A case is its holder's: once handed over, the earlier shelter is shut out with the same
-- transaction (ADR 0021). What it is still told, that it handed over, the service reads as its own work.
alter table submission add column held_by text;

create function is_held_by(of_case uuid, a_shelter text) returns boolean
language sql stable set search_path = intake, pg_temp as
  'select exists (select from submission where case_id = of_case and coalesce(held_by, shelter) = a_shelter)';
revoke all on function is_held_by(uuid, text) from public;
grant execute on function is_held_by(uuid, text) to canaliza_intake;

drop policy of_the_shelter on submission;
create policy of_the_shelter on submission for select
  using (current_setting('canaliza.role', true) in ('shelter_worker', 'shelter_coordinator', 'integrator')
    and coalesce(held_by, shelter) = current_setting('canaliza.org', true));
drop policy of_the_shelter on referral_status;
create policy of_the_shelter on referral_status for select
  using (current_setting('canaliza.role', true) in ('shelter_worker', 'shelter_coordinator', 'integrator')
    and agency <> 'PEAS' and is_held_by(case_id, current_setting('canaliza.org', true)));
drop function registered_by(uuid, text);
drop policy of_the_shelter on restricted_contact;
create policy of_the_shelter on restricted_contact for select
  using (current_setting('canaliza.role', true) in ('shelter_worker', 'shelter_coordinator')
    and is_held_by(case_id, current_setting('canaliza.org', true)));

alter table continuity enable row level security;
alter table continuity force row level security;
create policy own_work on continuity using (current_setting('canaliza.role', true) = 'system')
  with check (current_setting('canaliza.role', true) = 'system');
create policy everything on continuity for select
  using (current_setting('canaliza.role', true) in ('programme_coordinator', 'operator'));
create policy of_the_shelter on continuity for select
  using (current_setting('canaliza.role', true) in ('shelter_worker', 'shelter_coordinator', 'integrator')
    and is_held_by(case_id, current_setting('canaliza.org', true)));

alter table assessed enable row level security;
alter table assessed force row level security;
create policy own_work on assessed using (current_setting('canaliza.role', true) = 'system')
  with check (current_setting('canaliza.role', true) = 'system');
create policy of_the_shelter on assessed for select
  using (current_setting('canaliza.role', true) in ('shelter_worker', 'shelter_coordinator')
    and is_held_by(case_id, current_setting('canaliza.org', true)));

-- What was said at one shelter, and, of two cases that somebody took over, what was said before.
alter table duplicate enable row level security;
alter table duplicate force row level security;
create policy own_work on duplicate using (current_setting('canaliza.role', true) = 'system')
  with check (current_setting('canaliza.role', true) = 'system');
create policy everything on duplicate for select
  using (current_setting('canaliza.role', true) in ('programme_coordinator', 'operator'));
create policy of_the_shelter on duplicate for select
  using (current_setting('canaliza.role', true) in ('shelter_worker', 'shelter_coordinator', 'integrator')
    and (shelter = current_setting('canaliza.org', true)
      or (is_held_by(first_case, current_setting('canaliza.org', true))
        and is_held_by(later_case, current_setting('canaliza.org', true)))));
