-- Security acts. The database notes them itself, by triggers on the accounts: whoever changes an account, a session or a
-- token, by a service, by an administrator's command or by SQL, leaves an act, which the audit service records in its log.
--
-- From where and by which request is told by settings of the connection (canaliza.place, .request). Who did it, if a
-- service's role did, is the person whose account it is: such a role can name nobody else. Otherwise the setting
-- canaliza.actor says who; without it, it is somebody with the administrator's access to the database.
set local search_path = audit;

create table act (
  number  bigint generated always as identity primary key,
  id      uuid not null unique default gen_random_uuid(),
  at      timestamptz not null,
  kind    text not null,
  actor   text not null,
  place   text,
  request uuid,
  data    jsonb not null
);
create trigger append_only before update or delete on act for each row execute function refuse_change();
create trigger append_only_whole before truncate on act for each statement execute function refuse_change();

-- Those that are not in the log yet.
create table pending_act (act uuid primary key references act (id));

-- What the log says is closed: tokens that were revoked, accounts that were disabled, and when each account's
-- credentials last changed. After a restore the accounts are held against it. Rebuilt from the log at any time.
create table closed (
  kind text not null check (kind in ('token', 'account', 'credential')),
  id   text not null,
  at   timestamptz not null,
  primary key (kind, id)
);

-- Where in the logs the security acts and alarms are, for an auditor who lists them.
create table security_fact (
  log         text not null,
  position    bigint not null,
  recorded_at timestamptz not null,
  whose       text[] not null,   -- codes of accounts, ids of tokens
  primary key (log, position)
);
create index on security_fact (recorded_at);

grant select on act, pending_act to canaliza_audit;
grant delete on pending_act to canaliza_audit;
grant select, insert, update, delete, truncate on closed, security_fact to canaliza_audit;

create function note(new_kind text, new_at timestamptz, new_data jsonb)
returns void language plpgsql security definer set search_path = audit, pg_temp as $$
declare
  made     uuid;
  doer text;
begin
  if session_user in ('canaliza_intake', 'canaliza_referral', 'canaliza_notifications', 'canaliza_audit') then
    select concat_ws(':', p.role, p.org, p.person) into doer from accounts.person p
    where p.person = new_data ->> 'person';
  else
    doer := nullif(current_setting('canaliza.actor', true), '');
  end if;
  insert into act (at, kind, actor, place, request, data)
  values (new_at, new_kind, coalesce(doer, 'administrator:*:database'),
    nullif(current_setting('canaliza.place', true), ''),
    nullif(current_setting('canaliza.request', true), '')::uuid, jsonb_strip_nulls(new_data))
  returning id into made;
  insert into pending_act (act) values (made);
end $$;

create function note_person() returns trigger
language plpgsql security definer set search_path = audit, pg_temp as $$
declare
  described jsonb := jsonb_build_object('person', new.person, 'role', new.role, 'org', new.org);
begin
  if tg_op = 'INSERT' then
    perform note('account_created', new.created_at, described);
    return null;
  end if;
  if (old.role, old.org) is distinct from (new.role, new.org) then
    perform note('account_changed', clock_timestamp(), described);
  end if;
  if old.state <> new.state then
    perform note(case new.state when 'disabled' then 'account_disabled' else 'account_enabled' end,
      coalesce(new.disabled_at, clock_timestamp()), jsonb_build_object('person', new.person));
  end if;
  return null;
end $$;
create trigger note after insert or update on accounts.person for each row execute function note_person();

create function note_credential() returns trigger
language plpgsql security definer set search_path = audit, pg_temp as $$
declare
  whose jsonb := jsonb_build_object('person', new.person);
  before_password text;
  before_factor bytea;
  factor bytea := case when new.totp_confirmed then new.totp end;
begin
  if tg_op = 'UPDATE' then
    before_password := old.password;
    before_factor := case when old.totp_confirmed then old.totp end;
  end if;
  -- The same password, hashed with other parameters, is another text, too: it is told as set.
  if new.password is distinct from before_password then
    perform note(case when new.password is null then 'password_removed' else 'password_set' end, new.changed_at, whose);
  end if;
  if factor is distinct from before_factor then  -- another one in its place is set, too
    perform note(case when factor is null then 'second_factor_removed' else 'second_factor_set' end, new.changed_at,
      whose);
  end if;
  return null;
end $$;
create trigger note after insert or update of password, totp, totp_confirmed on accounts.credential
  for each row execute function note_credential();

create function note_recovery_code() returns trigger
language plpgsql security definer set search_path = audit, pg_temp as $$
begin
  perform note('recovery_code_used', new.used_at, jsonb_build_object('person', new.person));
  return null;
end $$;
create trigger note after update of used_at on accounts.recovery_code for each row
  when (old.used_at is null and new.used_at is not null) execute function note_recovery_code();

create function note_recovery_codes() returns trigger
language plpgsql security definer set search_path = audit, pg_temp as $$
begin
  perform note('recovery_codes_made', clock_timestamp(), jsonb_build_object('person', whose.person))
  from (select distinct person from made) as whose;
  return null;
end $$;
create trigger note_made after insert on accounts.recovery_code referencing new table as made
  for each statement execute function note_recovery_codes();

create function note_invitation() returns trigger
language plpgsql security definer set search_path = audit, pg_temp as $$
begin
  perform note('account_invited', new.created_at, jsonb_build_object('person', new.person));
  return null;
end $$;
create trigger note after insert on accounts.invitation for each row execute function note_invitation();

create function note_identity() returns trigger
language plpgsql security definer set search_path = audit, pg_temp as $$
begin
  perform note('account_linked', new.linked_at, jsonb_build_object('person', new.person));
  return null;
end $$;
create trigger note after insert or update on accounts.identity for each row execute function note_identity();

create function note_session() returns trigger
language plpgsql security definer set search_path = audit, pg_temp as $$
declare
  whose accounts.person;
begin
  if tg_op = 'INSERT' then
    select * into whose from accounts.person p where p.person = new.person;
    perform note('signed_in', new.created_at,
      jsonb_build_object('person', new.person, 'session', new.id, 'role', whose.role, 'org', whose.org));
  else
    perform note('session_ended', new.ended_at, jsonb_build_object('person', new.person, 'session', new.id));
  end if;
  return null;
end $$;
create trigger note_begin after insert on accounts.session for each row
  when (new.stage = 'full') execute function note_session();
create trigger note_end after update of ended_at on accounts.session for each row
  when (old.ended_at is null and new.ended_at is not null and new.stage = 'full') execute function note_session();

create function note_token() returns trigger
language plpgsql security definer set search_path = audit, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    perform note('token_created', new.created_at, jsonb_build_object('token', new.id, 'role', new.role, 'org', new.org,
      'person', new.person, 'scopes', to_jsonb(new.scopes), 'expires_at', new.expires_at));
  else
    perform note('token_revoked', new.revoked_at,
      jsonb_build_object('token', new.id, 'role', new.role, 'org', new.org));
  end if;
  return null;
end $$;
create trigger note_created after insert on accounts.token for each row execute function note_token();
create trigger note_revoked after update of revoked_at on accounts.token for each row
  when (old.revoked_at is null and new.revoked_at is not null) execute function note_token();

revoke all on function note(text, timestamptz, jsonb), note_person(), note_credential(), note_recovery_code(),
  note_recovery_codes(), note_invitation(), note_identity(), note_session(), note_token() from public;

-- What was there before: exceptional accesses. The projector leaves out what is here already.
insert into security_fact (log, position, recorded_at, whose)
select 'referral', position, recorded_at,
  array[regexp_replace(convert_from(state, 'UTF8')::jsonb ->> 'actor', '^.*:', '')]
from referral.event
where topic like 'referral.break\_glass\_opened.v%' or topic like 'referral.break\_glass\_reviewed.v%'
  or topic like 'referral.break\_glass\_unreviewed.v%';
