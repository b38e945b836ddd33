-- People who use the program, how they prove who they are, and their sessions. A person is a code, never a name.
--
-- Services may read which code has which role and whether it is active; everything else they reach through the functions
-- below, each of which does one thing. Only intake, where people sign in, may call those that write.
set local search_path = accounts;

create table person (
  person      text primary key check (person ~ '^p-[0-9]{3,6}$'),
  label       text not null check (length(label) between 1 and 60),
  role        text not null,
  org         text not null,
  state       text not null default 'active' check (state in ('active', 'disabled')),
  language    text not null default 'es' check (length(language) between 2 and 35),
  time_zone   text not null default 'America/Mexico_City' check (length(time_zone) between 1 and 60),
  created_at  timestamptz not null,
  disabled_at timestamptz
);

create table credential (
  person         text primary key references person,
  password       text,                     -- argon2id, in its own notation; null until the first sign-in
  totp           bytea,                    -- sealed with a key that is not in the database
  totp_confirmed boolean not null default false,
  totp_step      bigint not null default 0,  -- the last code's time step: a code is good once
  changed_at     timestamptz not null
);

create table recovery_code (
  person  text not null references person,
  hash    bytea not null check (octet_length(hash) = 32),
  used_at timestamptz,
  primary key (person, hash)
);

-- The one-time code with which somebody signs in first, or again after a reset.
create table invitation (
  hash       bytea primary key check (octet_length(hash) = 32),
  person     text not null references person,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at    timestamptz
);

create table session (
  id         uuid primary key,
  hash       bytea not null unique check (octet_length(hash) = 32),
  person     text not null references person,
  stage      text not null check (stage in ('full', 'second_factor', 'enrolment')),
  created_at timestamptz not null,
  seen_at    timestamptz not null,
  expires_at timestamptz not null,
  ended_at   timestamptz
);
create index on session (person);

-- Failed sign-ins, by a keyed hash of the account, of the address, or of both together.
create table throttle (
  key           bytea primary key check (octet_length(key) = 32),
  failures      integer not null,
  last_at       timestamptz not null,
  blocked_until timestamptz
);
create index on throttle (last_at);

-- Where somebody has signed in before: a guesser elsewhere cannot lock them out there.
create table known_place (
  person  text not null references person,
  place   bytea not null check (octet_length(place) = 32),
  last_at timestamptz not null,
  primary key (person, place)
);

-- Who somebody is at an organisation's own sign-in. Never an e-mail address: those are given to others.
create table identity (
  issuer    text not null,
  subject   text not null,
  person    text not null references person,
  linked_at timestamptz not null,
  primary key (issuer, subject)
);

-- A sign-in under way at an organisation's own: good once.
create table oidc_attempt (
  state      bytea primary key check (octet_length(state) = 32),
  browser    bytea not null check (octet_length(browser) = 32),
  issuer     text not null,
  nonce      text not null,
  verifier   text not null,
  return_to  text not null,
  expires_at timestamptz not null
);

alter table token add column id uuid not null default gen_random_uuid() unique;
alter table token add column person text references person;
alter table token add column scopes text[];

-- The live session of a cookie. It is noted that it is in use, once a minute at most.
create function session_of(session_hash bytea, at timestamptz, idle interval)
returns table (id uuid, person text, label text, role text, org text, language text, time_zone text, stage text,
  created_at timestamptz, expires_at timestamptz)
language plpgsql security definer set search_path = accounts, pg_temp as $$
#variable_conflict use_column
declare
  found_id uuid;
  seen     timestamptz;
begin
  select s.id, s.seen_at into found_id, seen
  from session s join person p using (person)
  where s.hash = session_hash and s.ended_at is null and s.expires_at > at and s.seen_at > at - idle
    and p.state = 'active';
  if found_id is null then
    return;
  end if;
  if seen < at - interval '1 minute' then
    update session set seen_at = at where session.id = found_id and session.seen_at < at;
  end if;
  return query select s.id, p.person, p.label, p.role, p.org, p.language, p.time_zone, s.stage, s.created_at, s.expires_at
    from session s join person p using (person) where s.id = found_id;
end $$;

create function begin_session(new_id uuid, session_hash bytea, whose text, new_stage text, at timestamptz, until timestamptz)
returns boolean language plpgsql security definer set search_path = accounts, pg_temp as $$
begin
  insert into session (id, hash, person, stage, created_at, seen_at, expires_at)
  select new_id, session_hash, p.person, new_stage, at, at, until from person p
  where p.person = whose and p.state = 'active';
  return found;
end $$;

-- Ends one of the sessions of whoever holds this one; which one is null: this one.
create function end_session(session_hash bytea, which uuid, at timestamptz)
returns boolean language plpgsql security definer set search_path = accounts, pg_temp as $$
begin
  update session set ended_at = at from session own
  where own.hash = session_hash and own.ended_at is null and session.person = own.person
    and session.id = coalesce(which, own.id) and session.ended_at is null;
  return found;
end $$;

create function sessions_of(session_hash bytea, at timestamptz, idle interval)
returns table (id uuid, created_at timestamptz, seen_at timestamptz, expires_at timestamptz, own boolean)
language sql stable security definer set search_path = accounts, pg_temp as $$
  select s.id, s.created_at, s.seen_at, s.expires_at, s.hash = session_hash
  from session s join session mine on mine.person = s.person
  where mine.hash = session_hash and mine.ended_at is null and mine.stage = 'full'
    and s.ended_at is null and s.expires_at > at and s.seen_at > at - idle and s.stage = 'full'
  order by s.created_at, s.id
$$;

-- Counts an attempt before it is known how it ends, so that many at once are counted, too. Null: go on; else until when not.
create function attempt(keys bytea[], free integer[], longest interval[], at timestamptz)
returns timestamptz language plpgsql security definer set search_path = accounts, pg_temp as $$
declare
  until timestamptz;
begin
  delete from throttle where key in (
    select key from throttle where last_at < at - interval '1 day' and not key = any(keys)
    order by last_at limit 20 for update skip locked);
  insert into throttle (key, failures, last_at) select k, 0, at from unnest(keys) as k order by k
    on conflict (key) do nothing;
  perform from throttle where key = any(keys) order by key for update;
  select max(blocked_until) into until from throttle where key = any(keys) and blocked_until > at;
  if until is not null then
    return until;
  end if;
  update throttle t set failures = counted.failures, last_at = at,
    blocked_until = case when counted.failures > counted.free
      then at + least(counted.longest, interval '1 second' * power(2, least(counted.failures - counted.free, 20))) end
  from (
    select k.key, k.free, k.longest, case when old.last_at < at - interval '1 day' then 1 else old.failures + 1 end as failures
    from unnest(keys, free, longest) as k (key, free, longest) join throttle old using (key)) counted
  where t.key = counted.key;
  return null;
end $$;

-- It was the person: what was counted against them is forgotten, an address gets its one attempt back.
create function signed_in(whose text, place bytea, forget bytea[], give_back bytea[], at timestamptz)
returns void language sql security definer set search_path = accounts, pg_temp as $$
  update throttle set failures = 0, blocked_until = null where key = any(forget);
  update throttle set failures = greatest(failures - 1, 0), blocked_until = null where key = any(give_back);
  insert into known_place as k (person, place, last_at)
    select p.person, place, at from person p where p.person = whose
    on conflict (person, place) do update set last_at = excluded.last_at;
$$;

create function credential_of(whose text, here bytea)
returns table (active boolean, role text, org text, password text, totp bytea, totp_confirmed boolean, known boolean)
language sql stable security definer set search_path = accounts, pg_temp as $$
  select p.state = 'active', p.role, p.org, c.password, c.totp, coalesce(c.totp_confirmed, false),
    exists (select from known_place k where k.person = p.person and k.place = here)
  from person p left join credential c using (person) where p.person = whose
$$;

-- A code's time step is good once, and only forwards.
create function take_totp_step(whose text, step bigint)
returns boolean language plpgsql security definer set search_path = accounts, pg_temp as $$
begin
  update credential set totp_step = step where person = whose and totp is not null and totp_step < step;
  return found;
end $$;

create function use_recovery_code(whose text, code bytea, at timestamptz)
returns boolean language plpgsql security definer set search_path = accounts, pg_temp as $$
begin
  update recovery_code set used_at = at where person = whose and hash = code and used_at is null;
  return found;
end $$;

-- A new second factor; it counts once it was confirmed. One that counts already stays until it was taken off.
create function offer_totp(whose text, box bytea, at timestamptz)
returns boolean language plpgsql security definer set search_path = accounts, pg_temp as $$
begin
  update credential set totp = box, totp_step = 0, changed_at = at where person = whose and not totp_confirmed;
  return found;
end $$;

create function confirm_totp(whose text, codes bytea[], at timestamptz)
returns boolean language plpgsql security definer set search_path = accounts, pg_temp as $$
begin
  update credential set totp_confirmed = true, changed_at = at where person = whose and totp is not null and not totp_confirmed;
  if not found then
    return false;
  end if;
  delete from recovery_code where person = whose;
  insert into recovery_code (person, hash) select whose, code from unnest(codes) as code;
  return true;
end $$;

create function remove_totp(whose text, at timestamptz)
returns void language sql security definer set search_path = accounts, pg_temp as $$
  update credential set totp = null, totp_confirmed = false, totp_step = 0, changed_at = at where person = whose;
  delete from recovery_code where person = whose;
$$;

-- Whom a one-time code is for; it is not used up by asking.
create function redeem_invitation(code bytea, whose text, new_password text, at timestamptz)
returns boolean language plpgsql security definer set search_path = accounts, pg_temp as $$
begin
  update invitation i set used_at = at from person p
  where i.hash = code and i.person = whose and i.used_at is null and i.expires_at > at
    and p.person = i.person and p.state = 'active';
  if not found then
    return false;
  end if;
  insert into credential as c (person, password, changed_at) values (whose, new_password, at)
    on conflict (person) do update set password = excluded.password, changed_at = excluded.changed_at;
  update session set ended_at = at where person = whose and ended_at is null;
  return true;
end $$;

create function begin_oidc(new_state bytea, new_browser bytea, new_issuer text, new_nonce text, new_verifier text,
  new_return text, at timestamptz, until timestamptz)
returns void language sql security definer set search_path = accounts, pg_temp as $$
  delete from oidc_attempt where expires_at < at;
  insert into oidc_attempt values (new_state, new_browser, new_issuer, new_nonce, new_verifier, new_return, until);
$$;

-- Takes an attempt away: whoever comes second with the same state finds nothing.
create function take_oidc(old_state bytea, old_browser bytea, at timestamptz)
returns table (issuer text, nonce text, verifier text, return_to text)
language sql security definer set search_path = accounts, pg_temp as $$
  delete from oidc_attempt where state = old_state and browser = old_browser and expires_at > at
  returning issuer, nonce, verifier, return_to
$$;

create function person_of(at_issuer text, known_as text)
returns table (person text, role text, totp_confirmed boolean)
language sql stable security definer set search_path = accounts, pg_temp as $$
  select p.person, p.role, coalesce(c.totp_confirmed, false)
  from identity i join person p using (person) left join credential c using (person)
  where i.issuer = at_issuer and i.subject = known_as and p.state = 'active'
$$;

revoke all on all functions in schema accounts from public;
grant select (person, role, org, state) on person
  to canaliza_intake, canaliza_referral, canaliza_notifications, canaliza_audit;
grant execute on function session_of(bytea, timestamptz, interval)
  to canaliza_intake, canaliza_referral, canaliza_notifications, canaliza_audit;
grant execute on all functions in schema accounts to canaliza_intake;
