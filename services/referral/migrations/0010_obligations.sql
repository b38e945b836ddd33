-- Tasks with clocks that the law or the programme sets. No answers and no identity in here.
set local search_path = referral;

create table obligation (
  task_id     uuid primary key,
  sequence    bigint not null unique,   -- where it began, or last began anew
  case_id     uuid not null,
  referral_id uuid,
  obligation  text not null,
  owner       text not null,            -- shelter, agency or coordinator
  agency      text,                     -- the agency whose task it is, or whose referral it is about
  shelter     text not null,
  body        text,                     -- the body with the legal duty, by its code in the directory
  basis       text not null,            -- the rule that set it
  policy      text not null,
  since       timestamptz not null,
  until       timestamptz,
  until_day   date,                     -- instead of it, where an hour would tell what happened
  deadline    timestamptz not null,     -- the one or the end of the other
  reminders   jsonb not null default '[]',
  ended_as    text,                     -- the state in which its referral closed
  ended_at    timestamptz,
  result      text,
  done_at     timestamptz,
  done_as     text,                     -- role and organisation, never a person
  next_at     timestamptz               -- when the clock looks at it next; null when it never does
);
create index on obligation (next_at) where next_at is not null;
create index on obligation (case_id);
create index on obligation (referral_id) where done_at is null;
create index on obligation (owner, shelter, sequence);
create index on obligation (owner, agency, sequence);

grant select, insert, update, delete, truncate on obligation to canaliza_referral;

-- The second wall (ADR 0019): to each their own tasks. After a handover a shelter's are the next one's (ADR 0021).
alter table obligation enable row level security;
alter table obligation force row level security;
create policy own_work on obligation using (current_setting('canaliza.role', true) = 'system')
  with check (current_setting('canaliza.role', true) = 'system');
create policy everything on obligation for select
  using (current_setting('canaliza.role', true) = 'programme_coordinator');
create policy of_the_shelter on obligation for select
  using (current_setting('canaliza.role', true) in ('shelter_worker', 'shelter_coordinator', 'integrator')
    and owner = 'shelter' and is_held_by(case_id, shelter, current_setting('canaliza.org', true)));
create policy of_the_agency on obligation for select
  using (current_setting('canaliza.role', true) in ('officer', 'supervisor')
    and owner = 'agency' and agency = current_setting('canaliza.org', true));
