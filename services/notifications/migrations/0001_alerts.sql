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
  answered_at timestamptz,
  asked       boolean not null default false  -- this agency is asked in another's stead, and sees nothing of the referral
);
create index on alert (agency, sequence);

-- Staff's addresses: mutable, in no event and no stream.
create table contact (
  contact_id text primary key,
  agency     text not null,
  channel    text not null,
  target     text not null,
  duty       text not null default 'desk'
);
comment on column contact.agency is '* for those who stand above all agencies';

-- What is to be sent: a queue, emptied by results and by answers.
create table delivery (
  alert_id     uuid not null,
  contact_id   text not null,
  referral_id  uuid not null,
  case_id      uuid,
  agency       text not null,
  urgency      text not null,
  code         text not null,
  channel      text not null,
  attempts     integer not null default 0,
  due_at       timestamptz not null,
  leased_until timestamptz,
  escalation   uuid,
  primary key (alert_id, contact_id)
);
create index on delivery (channel, urgency, due_at);

grant select, insert, update, delete on contact, delivery to canaliza_notifications;
grant select, insert, update, delete, truncate on alert to canaliza_notifications;
