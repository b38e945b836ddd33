-- The second wall (ADR 0019): a query that forgot its condition still shows only what the principal may see. Who that is,
-- the transaction says: canaliza.role and canaliza.org, by set_config(…, true). Unsaid, nothing is shown. The service's
-- own work (projections, clockwork, checks) says 'system'.
set local search_path = referral;

alter table referral enable row level security;
alter table referral force row level security;
create policy own_work on referral using (current_setting('canaliza.role', true) = 'system')
  with check (current_setting('canaliza.role', true) = 'system');
create policy everything on referral for select
  using (current_setting('canaliza.role', true) in ('programme_coordinator', 'operator'));
create policy of_the_shelter on referral for select
  using (current_setting('canaliza.role', true) in ('shelter_worker', 'shelter_coordinator', 'integrator')
    and shelter = current_setting('canaliza.org', true) and agency <> 'PEAS');
create policy of_the_agency on referral for select
  using (current_setting('canaliza.role', true) in ('officer', 'supervisor')
    and agency = current_setting('canaliza.org', true) and sent_at is not null);
