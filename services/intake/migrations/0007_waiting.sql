-- Until when a decision is to be asked for, and what a consent does not cover. Absent: nothing of the kind.
set local search_path = intake;

create table waiting_status (
  referral_id uuid primary key,
  ask_by timestamptz,
  wait_until timestamptz,
  uncovered text[] not null default '{}'
);
grant select, insert, update, delete, truncate on waiting_status to canaliza_intake;

-- It is seen with the referral's status, and not without it.
alter table waiting_status enable row level security;
alter table waiting_status force row level security;
create policy own_work on waiting_status using (current_setting('canaliza.role', true) = 'system')
  with check (current_setting('canaliza.role', true) = 'system');
create policy with_the_status on waiting_status for select
  using (current_setting('canaliza.role', true) <> 'system' and status_is_seen(referral_id));
