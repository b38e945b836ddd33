-- Changes of shift at a desk, rebuilt from the log at any time; and what is told of one, in the queue of deliveries.
set local search_path = notifications;

create table handover (
  command    uuid primary key,
  sequence   bigint not null unique,
  desk       text not null,
  agency     text not null,
  given_by   text not null,
  taken_by   text not null,
  on_call    text[] not null,
  open       jsonb not null,  -- code, urgency and state of each referral
  number     integer not null,
  at         timestamptz not null
);
create index on handover (desk, sequence);

alter table alert add column desk text;
create index on alert (desk, raised_at) where desk is not null;

alter table delivery
  add column notice text,     -- of a change of shift, and of no referral
  add column number integer;  -- of referrals that the notice speaks of

grant select, insert, update, delete, truncate on handover to canaliza_notifications;
