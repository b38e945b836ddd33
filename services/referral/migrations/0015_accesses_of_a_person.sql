-- How many exceptional accesses each person opened lately: a keyed digest of who, never the code of an account.
set local search_path = referral;

create table access_attempt (
  bucket   bytea primary key,
  began    timestamptz not null,
  attempts integer not null
);
create index on access_attempt (began);
grant select, insert, update, delete on access_attempt to canaliza_referral;
