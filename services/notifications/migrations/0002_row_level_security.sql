-- The second wall (ADR 0019): see the referral service's file of this name.
set local search_path = notifications;

alter table alert enable row level security;
alter table alert force row level security;
create policy own_work on alert using (current_setting('canaliza.role', true) = 'system')
  with check (current_setting('canaliza.role', true) = 'system');
create policy everything on alert for select
  using (current_setting('canaliza.role', true) in ('programme_coordinator', 'operator'));
create policy of_the_agency on alert for select
  using (current_setting('canaliza.role', true) in ('officer', 'supervisor')
    and agency = current_setting('canaliza.org', true));
