-- Passkeys are security acts, too; and one that was removed stays removed after a restore.
set local search_path = audit;

create function note_passkey() returns trigger
language plpgsql security definer set search_path = audit, pg_temp as $$
declare
  which jsonb := jsonb_build_object('person', new.person, 'passkey', new.id);
begin
  if tg_op = 'INSERT' then
    perform note('passkey_added', new.created_at, which);
  else
    perform note('passkey_removed', new.removed_at, which);
  end if;
  return null;
end $$;
create trigger note_added after insert on accounts.passkey for each row execute function note_passkey();
create trigger note_removed after update of removed_at on accounts.passkey for each row
  when (old.removed_at is null and new.removed_at is not null) execute function note_passkey();
revoke all on function note_passkey() from public;

alter table closed drop constraint closed_kind_check;
alter table closed add constraint closed_kind_check check (kind in ('token', 'account', 'credential', 'passkey'));

-- As before, and passkeys.
create or replace function opened_again() returns table (kind text, id text, at timestamptz)
language sql stable security definer set search_path = audit, pg_temp as $$
  select c.kind, c.id, c.at from closed c
  where not exists (select from pending_act join act on act.id = pending_act.act
      where c.id in (act.data ->> 'person', act.data ->> 'token', act.data ->> 'passkey'))
    and case c.kind
      when 'token' then exists (select from accounts.token t where t.id::text = c.id and t.revoked_at is null)
      when 'account' then exists (select from accounts.person p where p.person = c.id and p.state = 'active')
      when 'passkey' then exists (select from accounts.passkey k where k.id::text = c.id and k.removed_at is null)
      else exists (select from accounts.credential k where k.person = c.id and k.changed_at < c.at) end
$$;
