-- What the shelter that registered a case is told of exceptional accesses to it: that there was one, never its content.
set local search_path = intake;

create table exceptional_access (
  access_id  uuid primary key,
  case_id    uuid not null,
  agency     text not null,   -- whose referral it was
  opened_for text not null,
  basis      text not null,
  opened_at  timestamptz not null,
  until      timestamptz not null,
  verdict    text
);
create index on exceptional_access (case_id);

grant select, insert, update, delete, truncate on exceptional_access to canaliza_intake;
