-- What the shelter that registered a case is told of exceptional accesses to it: that there was one, never its content.
set local search_path = intake;

create table exceptional_access (
  access_id  uuid primary key,
  case_id    uuid not null,
  agency     text not null,   -- whose referral it was
  opened_for text not null,
  basis      text not null,
  opened_at  timestamptz not null,
  until      timestamptz not null,
  verdict    text
);
create index on exceptional_access (case_id);

grant select, insert, update, delete, truncate on exceptional_access to canaliza_intake;

-- The second wall (ADR 0019): with the case, to whoever sees it.
alter table exceptional_access enable row level security;
alter table exceptional_access force row level security;
create policy own_work on exceptional_access using (current_setting('canaliza.role', true) = 'system')
  with check (current_setting('canaliza.role', true) = 'system');
create policy everything on exceptional_access for select
  using (current_setting('canaliza.role', true) in ('programme_coordinator', 'operator'));
create policy of_the_shelter on exceptional_access for select
  using (current_setting('canaliza.role', true) in ('shelter_worker', 'shelter_coordinator', 'integrator')
    and agency <> 'PEAS' and is_held_by(case_id, current_setting('canaliza.org', true)));
create policy of_the_agency on exceptional_access for select
  using (current_setting('canaliza.role', true) in ('officer', 'supervisor')
    and agency = current_setting('canaliza.org', true));
