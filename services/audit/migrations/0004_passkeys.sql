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
