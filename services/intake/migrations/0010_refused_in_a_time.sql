-- How many documents of each organisation were refused lately: a keyed digest of which.
set local search_path = intake;

create table refusal_attempt (
  bucket   bytea primary key,
  began    timestamptz not null,
  attempts integer not null
);
create index on refusal_attempt (began);
grant select, insert, update, delete on refusal_attempt to canaliza_intake;
