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
  since          timestamptz not null,
  clocks_from    timestamptz,
  decide_by_if_asked timestamptz,
  asked_at       timestamptz,
  answered_at    timestamptz,
  expired_at     timestamptz,
  escalations    jsonb not null default '[]',
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

-- When something is due of a referral unless somebody acts before; no row while nothing ever is.
create table timer (
  referral_id uuid primary key,
  next_at     timestamptz not null
);
create index on timer (next_at);

grant select, insert, update, delete, truncate on referral, assessment, timer to canaliza_referral;
