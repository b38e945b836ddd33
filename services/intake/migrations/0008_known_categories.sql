-- Of referrals of a case that was handed over: the categories whose answers the new shelter was let know. Absent: the
-- shelter was let know everything, or it is not yet told which.
set local search_path = intake;

create table known_status (
  referral_id      uuid primary key,
  known_to         text not null,   -- the shelter
  known_categories text[]           -- null: all of them
);
grant select, insert, update, delete, truncate on known_status to canaliza_intake;

-- It is seen with the referral's status, and not without it.
alter table known_status enable row level security;
alter table known_status force row level security;
create policy own_work on known_status using (current_setting('canaliza.role', true) = 'system')
  with check (current_setting('canaliza.role', true) = 'system');
create policy with_the_status on known_status for select
  using (current_setting('canaliza.role', true) <> 'system' and status_is_seen(referral_id));
