-- Intake's read models, rebuilt from its log at any time. No personal data and no coded answer is in here.
set local search_path = intake;

create table submission (
  id          uuid primary key,
  case_id     uuid not null unique,
  subject     uuid not null,
  shelter     text not null,
  opened      uuid not null,
  fingerprint text not null,
  recorded_at timestamptz not null
);

-- What became of a case's referrals, as the shelter that registered it may see: status, no notes.
create table referral_status (
  referral_id uuid primary key,
  case_id     uuid not null,
  agency      text not null,
  urgency     text not null,
  categories  text[] not null,
  state       text not null,
  reason      text,
  version     integer not null,
  changed_at  timestamptz not null,
  sent        boolean not null default false
);
create index on referral_status (case_id);

create table alert_status (
  referral_id uuid primary key,
  alerted_at  timestamptz not null
);

-- Wishes to be put in touch with an authority, and who authorised them. Nothing of the person.
create table restricted_contact (
  contact_id      uuid primary key,
  case_id         uuid not null,
  shelter         text not null,
  recipient       text not null,
  purpose         text not null,
  wording_version text not null,
  requested_by    text not null,
  requested_at    timestamptz not null,
  authorised_by   text,
  authorised_as   text,
  authorised_at   timestamptz,
  withdrawn_at    timestamptz
);
create index on restricted_contact (case_id);

-- What authorities demanded, and what they were answered. It names no case.
create table authority_demand (
  demand_id   uuid primary key,
  sequence    bigint not null unique,
  authority   text not null,
  demanded    text not null,
  came_to     text not null,
  court_order boolean not null,
  received_at timestamptz not null,
  recorded_at timestamptz not null,
  recorded_by text not null,
  answer      text,
  answered_by text,
  answered_as text,
  answered_at timestamptz
);
create index on authority_demand (recorded_at);

grant select, insert, update, delete, truncate on restricted_contact, authority_demand to canaliza_intake;
grant select, insert, update, delete, truncate on submission, referral_status, alert_status to canaliza_intake;
