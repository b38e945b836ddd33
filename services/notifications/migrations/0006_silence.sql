-- What an alert is about: a referral, or a silence that somebody should look into.
set local search_path = notifications;

alter table alert add column about text not null default 'referral';
alter table delivery add column about text not null default 'referral';

-- An agency is not told of its own silence.
drop policy of_the_agency on alert;
create policy of_the_agency on alert for select
  using (current_setting('canaliza.role', true) in ('officer', 'supervisor')
    and agency = current_setting('canaliza.org', true) and about <> 'silence');
