-- The second wall (ADR 0019): see the referral service's file of this name.
set local search_path = intake;

alter table submission enable row level security;
alter table submission force row level security;
create policy own_work on submission using (current_setting('canaliza.role', true) = 'system')
  with check (current_setting('canaliza.role', true) = 'system');
create policy everything on submission for select
  using (current_setting('canaliza.role', true) in ('programme_coordinator', 'operator'));
create policy of_the_shelter on submission for select
  using (current_setting('canaliza.role', true) in ('shelter_worker', 'shelter_coordinator', 'integrator')
    and shelter = current_setting('canaliza.org', true));
-- Of an agency's cases: those of which something was sent to it.
create function sent_to(of_case uuid, to_agency text) returns boolean
language sql stable set search_path = intake, pg_temp as
  'select exists (select from referral_status where case_id = of_case and agency = to_agency and sent)';
create policy of_the_agency on submission for select
  using (current_setting('canaliza.role', true) in ('officer', 'supervisor')
    and sent_to(case_id, current_setting('canaliza.org', true)));

alter table referral_status enable row level security;
alter table referral_status force row level security;
create policy own_work on referral_status using (current_setting('canaliza.role', true) = 'system')
  with check (current_setting('canaliza.role', true) = 'system');
create policy everything on referral_status for select
  using (current_setting('canaliza.role', true) in ('programme_coordinator', 'operator'));
create function registered_by(of_case uuid, by_shelter text) returns boolean
language sql stable set search_path = intake, pg_temp as
  'select exists (select from submission where case_id = of_case and shelter = by_shelter)';
create policy of_the_shelter on referral_status for select
  using (current_setting('canaliza.role', true) in ('shelter_worker', 'shelter_coordinator', 'integrator')
    and agency <> 'PEAS' and registered_by(case_id, current_setting('canaliza.org', true)));
create policy of_the_agency on referral_status for select
  using (current_setting('canaliza.role', true) in ('officer', 'supervisor')
    and agency = current_setting('canaliza.org', true) and sent);

-- When a desk was alerted is seen with the referral's status, and not without it.
alter table alert_status enable row level security;
alter table alert_status force row level security;
create policy own_work on alert_status using (current_setting('canaliza.role', true) = 'system')
  with check (current_setting('canaliza.role', true) = 'system');
create function status_is_seen(of_referral uuid) returns boolean
language sql stable set search_path = intake, pg_temp as
  'select exists (select from referral_status where referral_id = of_referral)';
create policy with_the_status on alert_status for select
  using (current_setting('canaliza.role', true) <> 'system' and status_is_seen(referral_id));

alter table restricted_contact enable row level security;
alter table restricted_contact force row level security;
create policy own_work on restricted_contact using (current_setting('canaliza.role', true) = 'system')
  with check (current_setting('canaliza.role', true) = 'system');
create policy everything on restricted_contact for select
  using (current_setting('canaliza.role', true) = 'programme_coordinator');
create policy of_the_shelter on restricted_contact for select
  using (current_setting('canaliza.role', true) in ('shelter_worker', 'shelter_coordinator')
    and shelter = current_setting('canaliza.org', true));

alter table authority_demand enable row level security;
alter table authority_demand force row level security;
create policy own_work on authority_demand using (current_setting('canaliza.role', true) = 'system')
  with check (current_setting('canaliza.role', true) = 'system');
create policy everything on authority_demand for select
  using (current_setting('canaliza.role', true) in ('programme_coordinator', 'auditor'));
create policy of_the_organisation on authority_demand for select
  using (current_setting('canaliza.role', true) in ('shelter_coordinator', 'supervisor')
    and came_to = current_setting('canaliza.org', true));

revoke all on function sent_to(uuid, text), registered_by(uuid, text), status_is_seen(uuid) from public;
grant execute on function sent_to(uuid, text), registered_by(uuid, text), status_is_seen(uuid) to canaliza_intake;
