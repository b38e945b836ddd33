-- Epochs of the wrapping keys. The check value tells one key file from another and reveals nothing of the key.
-- A closed epoch takes no new keys; a destroyed one wraps none any more, and its key is gone from the service's files.
create table vault.epoch (
  class        text not null check (class in ('identity', 'screening')),
  epoch        integer not null check (epoch > 0),
  check_value  bytea not null check (octet_length(check_value) = 32),
  created_at   timestamptz not null,
  closed_at    timestamptz,
  destroyed_at timestamptz,
  primary key (class, epoch)
);
create index on vault.key (class, epoch);

-- Which keys were destroyed on purpose: a key that is absent and not in here was lost. Nobody gets a new key of a
-- person who was erased. A deletion leaves its trace in its own transaction, whoever deletes.
create table vault.erased (
  id        uuid primary key,
  subject   uuid not null,
  erased_at timestamptz not null
);
create index on vault.erased (subject);

create function vault.leave_a_trace() returns trigger
language plpgsql set search_path = vault, pg_temp as $$
begin
  insert into vault.erased (id, subject, erased_at) select id, subject, clock_timestamp() from gone
    on conflict (id) do nothing;
  return null;
end $$;
create trigger leave_a_trace after delete on vault.key referencing old table as gone
  for each statement execute function vault.leave_a_trace();

-- Refused documents without a person's id: each has a key of its own. The digest by which one that is sent again is
-- found is keyed, and dies with that key.
create table vault.refused (
  id     uuid primary key,
  key_id uuid not null references vault.key (id) on delete cascade
);
create index on vault.refused (key_id);

alter table vault.refused enable row level security;
alter table vault.refused force row level security;
create policy intake_refused on vault.refused to canaliza_intake using (true) with check (true);

grant select on vault.epoch, vault.erased to canaliza_intake, canaliza_referral;
grant insert, update (closed_at, destroyed_at) on vault.epoch to canaliza_intake;
grant insert on vault.erased to canaliza_intake;
grant select, insert on vault.refused to canaliza_intake;
-- Erasing, and wrapping anew: of a key nothing else can change.
grant delete, update (epoch, wrapped) on vault.key to canaliza_intake;
