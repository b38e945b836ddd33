-- An alert may be for a shelter or for the programme alone, and a queued one may have to leave later.
set local search_path = notifications;

alter table alert
  add column formerly text,
  add column shelter text,
  add column of_desk boolean not null default true,
  add column case_id uuid;
comment on column alert.formerly is 'another desk of the agency that is alerted too, because it had the referral before';
comment on column alert.shelter is 'that is alerted instead of the agency''s desk';
comment on column alert.of_desk is 'whether the agency''s own staff may see it';
comment on column alert.case_id is 'only of those that no desk sees';
create index on alert (shelter, sequence) where shelter is not null;

select set_config('canaliza.role', 'system', true);
update alert set of_desk = false where about = 'silence';
select set_config('canaliza.role', '', true);

drop policy of_the_agency on alert;
create policy of_the_agency on alert for select
  using (current_setting('canaliza.role', true) in ('officer', 'supervisor')
    and agency = current_setting('canaliza.org', true) and of_desk and shelter is null);
create policy of_the_shelter on alert for select
  using (current_setting('canaliza.role', true) in ('shelter_worker', 'shelter_coordinator', 'integrator')
    and shelter = current_setting('canaliza.org', true));
