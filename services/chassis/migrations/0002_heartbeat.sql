-- When a service's log last accepted a write. The services that follow it read this: a dead neighbour writes nothing.
create table {schema}.heartbeat (
  only_row boolean primary key default true check (only_row),
  beat_at  timestamptz not null
);
grant select, insert, update on {schema}.heartbeat to {role};
