-- Webhooks of organisations: where, under which secret, how far. Addresses and secrets are in no event and no stream.
set local search_path = notifications;

create table webhook (
  webhook_id    uuid primary key,
  org           text not null,
  url           text not null,
  secret        text not null,
  events        text[] not null,
  state         text not null default 'active',
  reason        text,
  position      bigint not null,  -- of the referral log: what stands after it is still to be told
  attempts      integer not null default 0,
  failing_since timestamptz,
  due_at        timestamptz not null,
  leased_until  timestamptz,
  created_at    timestamptz not null
);
create index on webhook (org);

grant select, insert, update, delete on webhook to canaliza_notifications;
