-- The referral service's read model, rebuilt from its log at any time. No answers and no identity in here.
set local search_path = referral;

create table referral (
  referral_id    uuid primary key,
  sequence       bigint not null unique,
  case_id        uuid not null,
  submission_id  uuid not null,
  shelter        text not null,
  agency         text not null,
  categories     text[] not null,
  urgency        text not null,
  state          text not null,
  basis          text,
  reason         text,
  rule_set       text not null,
  version        integer not null,
  acknowledge_by timestamptz,
  decide_by      timestamptz,
  serve_by       timestamptz,
  sent_at        timestamptz,
  changed_at     timestamptz not null,
  replaces       uuid,
  linked         uuid,
  outcome        text,
  confirmation   text,
  -- After a withdrawal: until when the agency must confirm that it deleted what it was told, and when it did.
  deletion_due          timestamptz,
  deletion_confirmed_at timestamptz
);
create index on referral (case_id);
create index on referral (agency, sequence);
create index on referral (shelter, sequence);

create table assessment (
  case_id    uuid primary key,
  lead       text,
  categories text[] not null,
  rule_set   text not null
);

grant select, insert, update, delete, truncate on referral, assessment to canaliza_referral;
