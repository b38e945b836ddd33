-- Periods that were decided again by other rules, to compare: counts under the programme's limits, nothing of a person.
set local search_path = referral;

create table what_if_run (
  run_id     uuid primary key,
  state      text not null check (state in ('running', 'done', 'failed')),
  started_at timestamptz not null,
  started_by text not null,          -- role and organisation, never a person
  seen_at    timestamptz not null,   -- when it last said that it goes on
  rule_set   text,
  deadlines  text,
  first_day  date not null,
  last_day   date not null,
  cases      integer not null,
  done       integer not null default 0,
  texts      jsonb not null,         -- the other rules and deadlines, to the letter
  result     jsonb
);
create unique index what_if_one_at_a_time on what_if_run (state) where state = 'running';
create index on what_if_run (started_at desc, run_id);

grant select, insert, update, delete on what_if_run to canaliza_referral;

-- The second wall (ADR 0019).
alter table what_if_run enable row level security;
alter table what_if_run force row level security;
create policy own_work on what_if_run using (current_setting('canaliza.role', true) = 'system')
  with check (current_setting('canaliza.role', true) = 'system');
create policy everything on what_if_run for select
  using (current_setting('canaliza.role', true) in ('programme_coordinator', 'auditor'));
