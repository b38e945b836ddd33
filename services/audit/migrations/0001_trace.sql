-- Where each case's events stand in which log. The events themselves are read from the logs.
set local search_path = audit;

create table trace (
  log         text not null,
  position    bigint not null,
  case_id     uuid not null,
  primary key (log, position)
);
create index on trace (case_id);

grant select, insert, update, delete, truncate on trace to canaliza_audit;
