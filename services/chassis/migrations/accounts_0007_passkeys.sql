-- Passkeys (WebAuthn): the public key of an authenticator, and the challenges that are under way. And what people choose
-- about their own pages: language and time zone.
set local search_path = accounts;

create table passkey (
  id         uuid primary key,
  person     text not null references person,
  credential bytea not null unique check (octet_length(credential) between 1 and 1023),
  public_key bytea not null check (octet_length(public_key) between 1 and 4096),
  uses       bigint not null,           -- the authenticator's own counter; 0 for ever: it keeps none
  name       text not null check (length(name) <= 40),  -- what the person calls it; empty: nothing
  created_at timestamptz not null,
  used_at    timestamptz,
  removed_at timestamptz
);
create index on passkey (person) where removed_at is null;

-- A challenge that was given out: good once, for one purpose, in the session or browser that asked for it.
create table passkey_challenge (
  challenge  bytea primary key check (octet_length(challenge) = 32),
  bound_to   bytea not null check (octet_length(bound_to) = 32),
  purpose    text not null check (purpose in ('sign_in', 'second_factor', 'proof', 'registration')),
  expires_at timestamptz not null
);
create index on passkey_challenge (expires_at);

-- No more than so many under way: one more forgets the oldest.
create function begin_passkey(new_challenge bytea, binding bytea, why text, at timestamptz, until timestamptz,
  most integer)
returns void language sql security definer set search_path = accounts, pg_temp as $$
  delete from passkey_challenge where expires_at <= at;
  delete from passkey_challenge where challenge in (
    select challenge from passkey_challenge order by expires_at desc, challenge offset greatest(most - 1, 0));
  insert into passkey_challenge values (new_challenge, binding, why, until);
$$;

-- Takes a challenge away, whatever comes of the answer: whoever comes second with it finds nothing.
create function take_passkey(old_challenge bytea, binding bytea, why text, at timestamptz)
returns boolean language plpgsql security definer set search_path = accounts, pg_temp as $$
begin
  delete from passkey_challenge where challenge = old_challenge and bound_to = binding and purpose = why
    and expires_at > at;
  return found;
end $$;

-- False: the account is not active, has as many as it may, or the passkey is there already.
create function add_passkey(new_id uuid, whose text, new_credential bytea, new_key bytea, count bigint, called text,
  most integer, at timestamptz)
returns boolean language plpgsql security definer set search_path = accounts, pg_temp as $$
begin
  perform from person p where p.person = whose and p.state = 'active' for update;
  if not found or (select count(*) from passkey k where k.person = whose and k.removed_at is null) >= most then
    return false;
  end if;
  insert into passkey (id, person, credential, public_key, uses, name, created_at)
    values (new_id, whose, new_credential, new_key, count, called, at) on conflict do nothing;
  return found;
end $$;

create function passkeys_of(whose text)
returns table (id uuid, credential bytea, name text, created_at timestamptz, used_at timestamptz)
language sql stable security definer set search_path = accounts, pg_temp as $$
  select k.id, k.credential, k.name, k.created_at, k.used_at from passkey k
  where k.person = whose and k.removed_at is null order by k.created_at, k.id
$$;

-- The passkey of a credential, if its person is active.
create function passkey_of(known_as bytea)
returns table (person text, public_key bytea, uses bigint)
language sql stable security definer set search_path = accounts, pg_temp as $$
  select k.person, k.public_key, k.uses from passkey k join person p using (person)
  where k.credential = known_as and k.removed_at is null and p.state = 'active'
$$;

-- It was used. A counter that does not grow is that of a copy; two uses at once: the second finds another counter.
create function use_passkey(known_as bytea, count bigint, at timestamptz)
returns boolean language plpgsql security definer set search_path = accounts, pg_temp as $$
begin
  update passkey set uses = count, used_at = at
  where credential = known_as and removed_at is null and (count > uses or (count = 0 and uses = 0));
  return found;
end $$;

create function remove_passkey(whose text, which uuid, at timestamptz)
returns boolean language plpgsql security definer set search_path = accounts, pg_temp as $$
begin
  update passkey set removed_at = at, name = '' where id = which and person = whose and removed_at is null;
  return found;
end $$;

create function choose_pages(whose text, new_language text, new_zone text)
returns boolean language plpgsql security definer set search_path = accounts, pg_temp as $$
begin
  update person set language = new_language, time_zone = new_zone where person = whose and state = 'active';
  return found;
end $$;

revoke all on all functions in schema accounts from public;
grant execute on function begin_passkey(bytea, bytea, text, timestamptz, timestamptz, integer),
  take_passkey(bytea, bytea, text, timestamptz),
  add_passkey(uuid, text, bytea, bytea, bigint, text, integer, timestamptz), passkeys_of(text), passkey_of(bytea),
  use_passkey(bytea, bigint, timestamptz), remove_passkey(text, uuid, timestamptz), choose_pages(text, text, text)
  to canaliza_intake;
