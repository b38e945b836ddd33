-- Where each case's events stand in which log, in their order. The events themselves are read from the logs.
-- A row a case and log, not one an event: what belongs together is written, indexed and found together.
set local search_path = audit;

create table trace (
  case_id   uuid not null,
  log       text not null,
  positions bigint[] not null,
  primary key (case_id, log)
);

grant select, insert, update, delete, truncate on trace to canaliza_audit;
