-- A password or code given again, which changes of factors need; a new authenticator beside the one that counts; what a
-- browser is known by instead of its address; and an end to how many sign-ins elsewhere can be under way.
set local search_path = accounts;

-- When the person of this session last proved who they are, besides signing in. Null: never.
alter table session add column proved_at timestamptz;

-- A new authenticator's secret until one of its codes was confirmed. Until then the old one counts.
alter table credential add column totp_next bytea;
alter table credential add column totp_next_at timestamptz;
update credential set totp_next = totp, totp_next_at = changed_at, totp = null where not totp_confirmed and totp is not null;

-- Places were addresses. They are browsers now (a secret of their own, hashed with a key), so that a colleague at the
-- same address locks nobody out; the old rows would only say from where somebody worked.
delete from known_place;

create function begin_session(new_id uuid, session_hash bytea, whose text, new_stage text, at timestamptz,
  until timestamptz, most integer)
returns boolean language plpgsql security definer set search_path = accounts, pg_temp as $$
begin
  insert into session (id, hash, person, stage, created_at, seen_at, expires_at)
  select new_id, session_hash, p.person, new_stage, at, at, until from person p
  where p.person = whose and p.state = 'active';
  if not found then
    return false;
  end if;
  update session set ended_at = at where id in (
    select s.id from session s where s.person = whose and s.stage = new_stage and s.ended_at is null
    order by s.created_at desc, s.id offset most);
  return true;
end $$;
drop function begin_session(uuid, bytea, text, text, timestamptz, timestamptz);

-- Ends every other session of whoever holds this one.
create function end_other_sessions(session_hash bytea, at timestamptz)
returns integer language plpgsql security definer set search_path = accounts, pg_temp as $$
declare
  ended integer;
begin
  update session set ended_at = at from session own
  where own.hash = session_hash and own.ended_at is null and session.person = own.person
    and session.id <> own.id and session.ended_at is null;
  get diagnostics ended = row_count;
  return ended;
end $$;

-- The person of a session proved again who they are: it goes on under a new secret.
create function prove_session(session_hash bytea, new_hash bytea, at timestamptz)
returns boolean language plpgsql security definer set search_path = accounts, pg_temp as $$
begin
  update session set hash = new_hash, proved_at = at where hash = session_hash and ended_at is null and stage = 'full';
  return found;
end $$;

create function proved_since(session_hash bytea, since timestamptz)
returns boolean language sql stable security definer set search_path = accounts, pg_temp as $$
  select exists (select from session where hash = session_hash and ended_at is null and proved_at >= since)
$$;

-- What a person sees of their own account.
create function account_of(whose text)
returns table (has_password boolean, second_factor boolean, recovery_codes integer)
language sql stable security definer set search_path = accounts, pg_temp as $$
  select c.password is not null, coalesce(c.totp_confirmed, false),
    (select count(*)::integer from recovery_code r where r.person = p.person and r.used_at is null)
  from person p left join credential c using (person) where p.person = whose and p.state = 'active'
$$;

-- A new password instead of the one that was checked; two changes at once: the second finds another. Sessions end.
create function change_password(whose text, checked text, new_password text, at timestamptz)
returns boolean language plpgsql security definer set search_path = accounts, pg_temp as $$
begin
  update credential c set password = new_password, changed_at = at from person p
  where c.person = whose and c.password = checked and p.person = c.person and p.state = 'active';
  if not found then
    return false;
  end if;
  update session set ended_at = at where person = whose and ended_at is null;
  return true;
end $$;

-- A new second factor; it counts once it was confirmed. Where one counts already, only a replacement may be offered.
create function offer_totp(whose text, box bytea, replaces boolean, at timestamptz)
returns boolean language plpgsql security definer set search_path = accounts, pg_temp as $$
begin
  insert into credential as c (person, totp_next, totp_next_at, changed_at)
    select p.person, box, at, at from person p where p.person = whose and p.state = 'active'
    on conflict (person) do update set totp_next = excluded.totp_next, totp_next_at = at
      where replaces or not c.totp_confirmed;
  return found;
end $$;
drop function offer_totp(text, bytea, timestamptz);

create function offered_totp(whose text, since timestamptz)
returns bytea language sql stable security definer set search_path = accounts, pg_temp as $$
  select totp_next from credential where person = whose and totp_next_at >= since
$$;

-- The offered factor counts from now on, its first code is used up, and every session ends.
create function confirm_totp(whose text, box bytea, step bigint, replaces boolean, codes bytea[], at timestamptz)
returns boolean language plpgsql security definer set search_path = accounts, pg_temp as $$
begin
  update credential set totp = totp_next, totp_next = null, totp_next_at = null, totp_confirmed = true, totp_step = step,
    changed_at = at
  where person = whose and totp_next = box and (replaces or not totp_confirmed);
  if not found then
    return false;
  end if;
  delete from recovery_code where person = whose;
  insert into recovery_code (person, hash) select whose, code from unnest(codes) as code;
  update session set ended_at = at where person = whose and ended_at is null;
  return true;
end $$;
drop function confirm_totp(text, bytea[], timestamptz);

create or replace function remove_totp(whose text, at timestamptz)
returns void language sql security definer set search_path = accounts, pg_temp as $$
  update credential set totp = null, totp_next = null, totp_next_at = null, totp_confirmed = false, totp_step = 0,
    changed_at = at where person = whose;
  delete from recovery_code where person = whose;
  update session set ended_at = at where person = whose and ended_at is null;
$$;

-- New recovery codes instead of all before.
create function replace_recovery_codes(whose text, codes bytea[], at timestamptz)
returns boolean language plpgsql security definer set search_path = accounts, pg_temp as $$
begin
  update credential set changed_at = at where person = whose and totp_confirmed;
  if not found then
    return false;
  end if;
  delete from recovery_code where person = whose;
  insert into recovery_code (person, hash) select whose, code from unnest(codes) as code;
  return true;
end $$;

-- It was the person, in this browser. One that was not used for half a year is forgotten.
create or replace function signed_in(whose text, place bytea, forget bytea[], give_back bytea[], at timestamptz)
returns void language sql security definer set search_path = accounts, pg_temp as $$
  update throttle set failures = 0, blocked_until = null where key = any(forget);
  update throttle set failures = greatest(failures - 1, 0), blocked_until = null where key = any(give_back);
  delete from known_place where person = whose and last_at < at - interval '180 days';
  insert into known_place as k (person, place, last_at)
    select p.person, place, at from person p where p.person = whose
    on conflict (person, place) do update set last_at = excluded.last_at;
$$;

-- It was the person, who had signed in already.
create function forget_attempts(forget bytea[])
returns void language sql security definer set search_path = accounts, pg_temp as $$
  update throttle set failures = 0, blocked_until = null where key = any(forget);
$$;

-- As before, but no more than so many under way: one more forgets the oldest. One that proves again who is there says so.
alter table oidc_attempt add column proves boolean not null default false;

create function begin_oidc(new_state bytea, new_browser bytea, new_issuer text, new_nonce text, new_verifier text,
  new_return text, proving boolean, at timestamptz, until timestamptz, most integer)
returns void language sql security definer set search_path = accounts, pg_temp as $$
  delete from oidc_attempt where expires_at < at;
  delete from oidc_attempt where state in (
    select state from oidc_attempt order by expires_at desc, state offset greatest(most - 1, 0));
  insert into oidc_attempt values (new_state, new_browser, new_issuer, new_nonce, new_verifier, new_return, until,
    proving);
$$;
drop function begin_oidc(bytea, bytea, text, text, text, text, timestamptz, timestamptz);
create index on oidc_attempt (expires_at);

drop function take_oidc(bytea, bytea, timestamptz);
create function take_oidc(old_state bytea, old_browser bytea, at timestamptz)
returns table (issuer text, nonce text, verifier text, return_to text, proves boolean)
language sql security definer set search_path = accounts, pg_temp as $$
  delete from oidc_attempt where state = old_state and browser = old_browser and expires_at > at
  returning issuer, nonce, verifier, return_to, proves
$$;

-- Functions are executable by everybody unless that is taken back; those of intake's role are all but one.
revoke all on all functions in schema accounts from public;
grant execute on all functions in schema accounts to canaliza_intake;
