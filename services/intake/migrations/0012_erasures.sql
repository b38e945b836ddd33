-- What tells a case whose keys were lost from one that was erased, and what erasing needs to find.
set local search_path = intake;
set local canaliza.role = 'system';

-- After an erasure the same submission id may open another shelter's case, as if it had never been used.
alter table submission drop constraint submission_pkey, add primary key (case_id), drop constraint submission_case_id_key;
create index on submission (id);

-- The key of the fingerprint: that of the case as it was opened, or as it was sent again after its keys were lost.
alter table submission add column sealed_with uuid;
update submission set sealed_with = (
  select (convert_from(state, 'utf8')::jsonb #>> '{data,screening,key}')::uuid from event
  where stream = submission.case_id and version = 1);
alter table submission alter column sealed_with set not null;
-- The key of the answers as last amended: if it is gone and nobody destroyed it, the case is to be sent again.
alter table submission add column answered_with uuid;
update submission set answered_with = coalesce((
  select (convert_from(state, 'utf8')::jsonb #>> '{data,screening,key}')::uuid from event
  where stream = submission.case_id and topic like 'intake.answers_amended.v%' order by version desc limit 1), sealed_with);
alter table submission alter column answered_with set not null;

-- Whose key seals a refused document.
alter table refusal add column subject uuid, add column erased_at timestamptz;
update refusal set subject = (
  select (convert_from(state, 'utf8')::jsonb #>> '{data,subject}')::uuid from event
  where stream = refusal.refusal_id and version = 1);
create index on refusal (subject);

-- The persons who were erased.
create table erasure (
  target_id uuid primary key,   -- the case, or the refused document that opened none
  subject   uuid not null,
  basis     text not null,
  keys      uuid[] not null,
  erased_at timestamptz not null
);
grant select, insert, update, delete, truncate on erasure to canaliza_intake;
alter table erasure enable row level security;
alter table erasure force row level security;
create policy own_work on erasure using (current_setting('canaliza.role', true) = 'system')
  with check (current_setting('canaliza.role', true) = 'system');
