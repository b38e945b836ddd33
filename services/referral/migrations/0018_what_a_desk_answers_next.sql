-- What somebody has to do with a referral next, by when, as a column with an index: a desk's first page must not sort all
-- that was ever sent to it.
set local search_path = referral;
set local canaliza.role = 'system';  -- row-level security holds for whoever migrates, too

-- A moment of the read model's JSON. It is written with its offset: it means the same in every session.
create function instant(written text) returns timestamptz language sql immutable strict parallel safe
  as $$ select written::timestamptz $$;
revoke all on function instant(text) from public;
grant execute on function instant(text) to canaliza_referral;

-- What is open and waits for nothing comes after every deadline, and what has ended after that.
alter table referral add column next_by timestamptz not null generated always as (coalesce(
  least(
    case state when 'requested' then acknowledge_by
      when 'acknowledged' then decide_by when 'info_requested' then decide_by when 'expired' then decide_by
      when 'accepted' then serve_by when 'scheduled' then serve_by
      when 'declined' then since
      when 'blocked_consent' then instant(after_sending ->> 'ask_by') end,
    case when state not in ('loop_closed', 'rerouted', 'cancelled', 'withdrawn', 'no_contact', 'failed', 'entered_in_error')
      then least(instant(after_sending ->> 'unseen_by'), instant(after_sending ->> 'check_by')) end,
    case when deletion_confirmed_at is null then deletion_due end),
  case when state in ('loop_closed', 'rerouted', 'cancelled', 'withdrawn', 'no_contact', 'failed', 'entered_in_error')
    then 'infinity'::timestamptz else '9999-12-31T00:00:00Z'::timestamptz end)) stored;
create index referral_next on referral (agency, next_by, sequence) where sent_at is not null;
create index referral_next_in_state on referral (agency, state, next_by, sequence) where sent_at is not null;
create index referral_unseen on referral (agency) where after_sending ->> 'unseen_since' is not null;

-- The four characters of its alerts. Rows from before have none until the read model is rebuilt: they are looked through.
alter table referral add column code text;
create index referral_code on referral (code);
