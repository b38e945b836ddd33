-- The alerts of each desk, rebuilt from the notification log at any time. Says no more than an alert does.
set local search_path = notifications;

create table alert (
  alert_id    uuid primary key,
  sequence    bigint not null unique,
  referral_id uuid not null,
  agency      text not null,
  urgency     text not null,
  code        text not null,
  state       text not null,
  raised_at   timestamptz not null,
  answered_at timestamptz
);
create index on alert (agency, sequence);

grant select, insert, update, delete, truncate on alert to canaliza_notifications;
