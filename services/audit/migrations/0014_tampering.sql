-- Where a log was not as it was sealed, as the log of audit says. Rebuilt from it at any time.
set local search_path = audit;

create table tampering (
  finding     uuid primary key,       -- the stream that tells of it
  log         text not null,
  position    bigint not null,
  last        bigint not null,
  kind        text not null,
  other       bigint,
  found_at    timestamptz not null,
  ended_at    timestamptz,            -- null: the log is still not as it was sealed
  told_at     bigint not null         -- the position in audit's log of the last that was told of it
);
create index on tampering (told_at);
create index on tampering (log) where ended_at is null;

grant select, insert, update, delete, truncate on tampering to canaliza_audit;
