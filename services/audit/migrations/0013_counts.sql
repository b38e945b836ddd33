-- What is counted of each shelter and day: cases, refusals, telephones and assessments. Rebuilt from the logs at any time.
set local search_path = audit;

create table counted_case (
  case_id         uuid primary key,
  position        bigint not null,      -- in intake's log
  shelter         text not null,        -- that opened it
  device          text,
  device_sequence bigint,
  recorded_at     timestamptz not null,
  day             date not null,        -- of recorded_at, in Mexico City
  device_day      date not null         -- of the time by the reporter's clock, in Mexico City
);
create index on counted_case (day, shelter);
create index on counted_case (device_day, shelter);
create index on counted_case (shelter, device, device_sequence);

create table counted_refusal (
  refusal         uuid primary key,
  position        bigint not null,
  shelter         text not null,
  device          text,
  device_sequence bigint,
  recorded_at     timestamptz not null,
  day             date not null,
  corrected       boolean               -- null: it waits at the shelter; false: it was set aside
);
create index on counted_refusal (day, shelter);
create index on counted_refusal (shelter, device, device_sequence);

-- What is known of a device: whether it was enrolled, whether it was revoked, and what its outbox said last.
create table counted_device (
  shelter     text not null,
  device      text not null,
  enrolled_at timestamptz,
  revoked_at  timestamptz,
  heard_at    timestamptz,
  waiting     integer,
  primary key (shelter, device)
);

-- What the rules made of a case, from referral's log alone.
create table counted_assessment (
  case_id uuid primary key,
  outcome text not null check (outcome in ('routed', 'nothing_fired', 'parked'))
);

grant select, insert, update, delete, truncate on counted_case, counted_refusal, counted_device, counted_assessment
  to canaliza_audit;
