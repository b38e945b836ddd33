-- Who is admitted, by audit's word: its stream says what was closed, whatever copy of the accounts came back.
set local search_path = audit;

-- What the log says is closed and the accounts say is open. What the log has not recorded yet counts before it.
create function opened_again() returns table (kind text, id text, at timestamptz)
language sql stable security definer set search_path = audit, pg_temp as $$
  select c.kind, c.id, c.at from closed c
  where not exists (select from pending_act join act on act.id = pending_act.act
      where c.id in (act.data ->> 'person', act.data ->> 'token'))
    and case c.kind
      when 'token' then exists (select from accounts.token t where t.id::text = c.id and t.revoked_at is null)
      when 'account' then exists (select from accounts.person p where p.person = c.id and p.state = 'active')
      else exists (select from accounts.credential k where k.person = c.id and k.changed_at < c.at) end
$$;

create function say_who_is_admitted(because text) returns void
language sql security definer set search_path = accounts, pg_temp as $$
  insert into admission (nobody_because, server_started, database, written_by)
    select because, pg_postmaster_start_time(), this.oid, pg_current_xact_id() from pg_database this
    where this.datname = current_database()
      and (select e.nobody_because from entrance e) is distinct from because
  on conflict (only_row) do update set nobody_because = excluded.nobody_because,
    server_started = excluded.server_started, database = excluded.database, written_by = excluded.written_by;
$$;

-- The log was compared with its stream in the database that ``seen`` names, and agrees: everybody is admitted, unless
-- something that was closed is open. Writes nothing if that is what was said already.
create function admit(seen text) returns void
language plpgsql security definer set search_path = audit, pg_temp as $$
begin
  if exists (select from accounts.entrance e where e.this_database = seen and e.nobody_because is not null) then
    perform say_who_is_admitted(case when exists (select from opened_again()) then 'opened_again' end);
  end if;
end $$;

-- The stream has what the log lacks.
create function admit_nobody() returns void
language sql security definer set search_path = audit, pg_temp as $$
  select say_who_is_admitted('log_behind')
$$;

revoke all on function opened_again(), admit(text), admit_nobody(), say_who_is_admitted(text) from public;
grant execute on function admit(text), admit_nobody() to canaliza_audit;
