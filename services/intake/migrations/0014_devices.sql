-- The telephones of shelters, which hand in records that they sealed and signed.
set local search_path = intake;

-- What the log says of them.
create table device (
  device_id   text primary key,
  shelter     text not null,
  key         text not null,   -- public
  sequence    bigint not null unique,
  enrolled_at timestamptz not null,
  enrolled_by text not null,
  revoked_at  timestamptz
);
create index on device (shelter, sequence);
grant select, insert, update, delete, truncate on device to canaliza_intake;

-- The second wall (ADR 0019): to the coordinator of its shelter.
alter table device enable row level security;
alter table device force row level security;
create policy own_work on device using (current_setting('canaliza.role', true) = 'system')
  with check (current_setting('canaliza.role', true) = 'system');
create policy of_the_shelter on device for select
  using (current_setting('canaliza.role', true) = 'shelter_coordinator'
    and shelter = current_setting('canaliza.org', true));

-- When each was last heard. No event: it would be one for every question.
create table device_heard (
  device_id text primary key,
  heard_at  timestamptz not null
);
grant select, insert, update, delete on device_heard to canaliza_intake;

-- One-time codes: a keyed digest of each.
create table device_code (
  command_id uuid primary key,
  lookup     bytea not null unique,
  shelter    text not null,
  issued_by  text not null,
  until      timestamptz not null,
  used_by    text
);
create index on device_code (until);
grant select, insert, update, delete on device_code to canaliza_intake;

-- Failed attempts: a keyed digest of whose.
create table device_attempt (
  bucket   bytea primary key,
  began    timestamptz not null,
  attempts integer not null
);
create index on device_attempt (began);
grant select, insert, update, delete on device_attempt to canaliza_intake;

-- The keys that records are sealed to. The private one is sealed under a key of the installation, which is in no dump.
create table reception_key (
  key_id      uuid primary key,
  public_key  text not null,
  sealed      bytea not null,
  serves_from timestamptz not null
);
grant select, insert, delete on reception_key to canaliza_intake;
