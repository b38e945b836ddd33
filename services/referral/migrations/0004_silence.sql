-- Desks and shelters that may fall silent, and caravan mode; filled from the logs, rebuilt from them at any time.
set local search_path = referral;

comment on column referral.desk is 'which of the agency''s desks it was sent to, by its code in the directory';
-- What a desk owes an answer to, by state and class: the next to be overdue is found without looking at the others.
create index referral_owed on referral (desk, state, urgency, acknowledge_by)
  where state in ('requested', 'acknowledged', 'expired');

create table watch (
  kind      text not null,   -- desk or shelter
  code      text not null,
  agency    text,            -- a desk's
  known_at  timestamptz,     -- since when a shelter that was never heard is waited for
  heard_at  timestamptz,     -- the last sign of life
  silent_at timestamptz,     -- when its silence was recorded; null while it is not silent
  since     timestamptz,     -- since when it has been silent
  last_heard timestamptz,    -- the last sign of life before that: any later one ends it
  measure   text,
  caravan   boolean not null default false,
  next_at   timestamptz,     -- when it falls silent unless it is heard before; of a silent one, when it was heard
  primary key (kind, code)
);
create index on watch (next_at);

create table caravan (
  caravan_id uuid primary key,
  states     text[] not null,
  shelters   text[] not null,
  reason     text not null,
  began_at   timestamptz not null,
  until      timestamptz not null,
  ended_at   timestamptz,
  how        text
);
create index on caravan (until) where ended_at is null;

grant select, insert, update, delete, truncate on watch, caravan to canaliza_referral;
