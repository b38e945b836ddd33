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

grant select, insert, update, delete, truncate on submission, referral_status, alert_status to canaliza_intake;
