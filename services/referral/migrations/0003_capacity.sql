-- Where a referral was sent, and what shelters and desks said of their room. No answers and no identity in here.
set local search_path = referral;

alter table referral add column desk text;

-- Every statement, so that what was known at a moment can be told. One is believed until it expires or another comes.
create table capacity (
  sequence   bigint primary key,
  of_agency  text,
  code       text not null,
  capacity   text not null,
  beds       integer,
  since      timestamptz not null,
  expires_at timestamptz not null
);
create index on capacity (code, sequence);

grant select, insert, update, delete, truncate on capacity to canaliza_referral;
