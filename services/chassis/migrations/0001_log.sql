-- The append-only log of one service. {schema} is the service's schema, {role} the role it signs in with.
--
-- The service may read its log and call append(); nothing else. The owner cannot log in, and triggers
-- refuse a change even to the owner, so that a mistake in a migration is caught too.

create table {schema}.head (
  only_row boolean primary key default true check (only_row),
  position bigint not null check (position >= 0)
);
insert into {schema}.head (position) values (0);

create table {schema}.event (
  position    bigint primary key,
  id          uuid not null,
  stream      uuid not null,
  version     integer not null check (version >= 0),
  topic       text not null,
  case_id     uuid,
  recorded_at timestamptz not null,
  state       bytea not null check (octet_length(state) <= 65000),
  unique (stream, version)
);

-- The first result of every command, so that a retry gets the same answer.
create table {schema}.command (
  id             uuid primary key,
  first_position bigint not null,
  events         integer not null
);

-- How far this service has followed another's log, and which event it saw last.
create table {schema}.tracking (
  upstream text primary key,
  position bigint not null,
  event_id uuid,
  leaf     bytea
);

-- What a reaction could not digest, with every later event of the same case. Holds no content.
create table {schema}.parked (
  upstream  text not null,
  position  bigint not null,
  case_id   uuid,
  topic     text not null,
  reason    text not null,
  parked_at timestamptz not null,
  primary key (upstream, position)
);
create index on {schema}.parked (case_id);

create function {schema}.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the log is append-only' using errcode = 'insufficient_privilege';
end $$;

create trigger append_only before update or delete on {schema}.event
  for each row execute function {schema}.refuse_change();
create trigger append_only_whole before truncate on {schema}.event
  for each statement execute function {schema}.refuse_change();
create trigger append_only before update or delete on {schema}.command
  for each row execute function {schema}.refuse_change();
create trigger append_only_whole before truncate on {schema}.command
  for each statement execute function {schema}.refuse_change();
create trigger keep_head before delete on {schema}.head
  for each row execute function {schema}.refuse_change();
create trigger keep_head_whole before truncate on {schema}.head
  for each statement execute function {schema}.refuse_change();

-- Appends what several callers ask for in one transaction and answers each by itself: 'appended',
-- 'known' (the command was carried out before: its first result), 'conflict' (another version came
-- first), 'stale' (the follower is not where it believes). One caller's conflict never aborts another.
--
-- The caller hands in requests that share no stream, command or upstream (it keeps the others for the
-- next transaction). Arrays prefixed request_ have one element a request, event_ one an event.
--
-- A lone request, which every follower's batch and every unhurried submission is, is answered without the arrays that
-- several need: a statement of a function costs a fifth of a millisecond of processor time or so (ADR 0014).
--
-- Scans and hash joins are switched off: plans are made while the tables are small and kept, and a kept
-- scan made an append cost more with every event stored (ADR 0002 has the figures).
create function {schema}.append(
  request_command uuid[], request_upstream text[], request_after bigint[], request_position bigint[],
  request_event uuid[], request_leaf bytea[], request_size integer[],
  event_request integer[], event_id uuid[], event_stream uuid[], event_version integer[],
  event_topic text[], event_case uuid[], event_recorded_at timestamptz[], event_state bytea[]
) returns table (request integer, outcome text, first_position bigint, events integer)
language plpgsql security definer set search_path = {schema}, pg_temp
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
#variable_conflict use_column
declare
  appended constant integer := 1;
  conflict constant integer := 2;
  stale    constant integer := 3;
  known    constant integer := 4;
  lone     constant boolean := cardinality(request_size) = 1;
  held     bigint;
  written  bigint;
  reached  bigint;
  outcomes integer[];
  firsts   bigint[];
  sizes    integer[];
  misfits  integer[];
  misfit   integer;
begin
  -- Lock first; what follows are new statements and so see all that was committed before the lock.
  select position into strict held from head for update;

  -- Was the command carried out before? Is the follower where it believes it is?
  if lone then
    outcomes := array[appended];
    sizes := request_size;
    if request_command[1] is not null then
      select array[c.first_position], array[c.events] into firsts, sizes from command c where c.id = request_command[1];
      if found then
        outcomes[1] := known;
      else
        sizes := request_size;
      end if;
    end if;
    if outcomes[1] = appended and request_upstream[1] is not null then
      select t.position into reached from tracking t where t.upstream = request_upstream[1];
      if not (case
        when reached is null then coalesce(request_after[1], 0) = 0
        when request_after[1] is null then reached < request_position[1]
        else reached = request_after[1]
      end) then
        outcomes[1] := stale;
      end if;
    end if;
  else
    select
      array_agg(
        case
          when done.first_position is not null then known
          when asked.upstream is not null and not coalesce(
            (select case when asked.after is null then t.position < asked.position else t.position = asked.after end
             from tracking t where t.upstream = asked.upstream),
            coalesce(asked.after, 0) = 0) then stale
          else appended
        end order by asked.n),
      array_agg(done.first_position order by asked.n),
      array_agg(coalesce(done.events, asked.size) order by asked.n)
    into outcomes, firsts, sizes
    from unnest(request_command, request_upstream, request_after, request_position, request_size)
      with ordinality as asked (command, upstream, after, position, size, n)
    left join lateral (select c.first_position, c.events from command c where c.id = asked.command) done on true;
  end if;

  if cardinality(event_id) > 0 and appended = any(outcomes) then
    -- A stream's versions continue its last; a new stream starts at 1 (or 0, as the recorder suites do).
    select array_agg(distinct per_stream.request) into misfits
    from (
      select request, stream, min(base) as lowest, max(base) as highest
      from (
        select e.request, e.stream,
          e.version - row_number() over (partition by e.request, e.stream order by e.ord) as base
        from unnest(event_request, event_stream, event_version) with ordinality as e (request, stream, version, ord)
      ) given
      group by request, stream
    ) per_stream
    where lowest <> highest
      or lowest is distinct from coalesce(
        (select max(version) from event where event.stream = per_stream.stream), least(greatest(lowest, -1), 0));
    if misfits is not null then
      foreach misfit in array misfits loop
        if outcomes[misfit] = appended then
          outcomes[misfit] := conflict;
        end if;
      end loop;
    end if;

    insert into event (position, id, stream, version, topic, case_id, recorded_at, state)
    select held + row_number() over (order by ord), id, stream, version, topic, case_id, recorded_at, state
    from unnest(event_request, event_id, event_stream, event_version, event_topic, event_case, event_recorded_at,
                event_state)
      with ordinality as e (request, id, stream, version, topic, case_id, recorded_at, state, ord)
    where outcomes[request] = appended;
    get diagnostics written = row_count;
    if written > 0 then
      update head set position = held + written;
    end if;
  end if;

  if lone then
    if outcomes[1] = appended then
      firsts := array[held + 1];
      if request_command[1] is not null then
        insert into command (id, first_position, events) values (request_command[1], held + 1, sizes[1]);
      end if;
    end if;
  else
    -- Where each request's events went: after those of the requests before it.
    select array_agg(
        case placed.outcome when known then placed.first when appended then held + 1 + placed.before end
        order by placed.n)
    into firsts
    from (
      select *, sum(case when outcome = appended then size else 0 end) over (order by n rows unbounded preceding)
        - case when outcome = appended then size else 0 end as before
      from unnest(outcomes, firsts, sizes) with ordinality as o (outcome, first, size, n)
    ) placed;

    insert into command (id, first_position, events)
    select command, first, size
    from unnest(request_command, outcomes, firsts, sizes) as c (command, outcome, first, size)
    where outcome = appended and command is not null;
  end if;

  if cardinality(array_remove(request_upstream, null)) > 0 then
    insert into tracking as t (upstream, position, event_id, leaf)
    select upstream, position, event, leaf
    from unnest(request_upstream, request_position, request_event, request_leaf, outcomes)
      as u (upstream, position, event, leaf, outcome)
    where outcome = appended and upstream is not null
    on conflict (upstream) do update
      set position = excluded.position, event_id = excluded.event_id, leaf = excluded.leaf;
  end if;

  if lone then
    return query values (1, (array['appended', 'conflict', 'stale', 'known'])[outcomes[1]], firsts[1], sizes[1]);
  else
    return query
    select n::integer, (array['appended', 'conflict', 'stale', 'known'])[outcome], first, size
    from unnest(outcomes, firsts, sizes) with ordinality as r (outcome, first, size, n)
    order by n;
  end if;
end $$;

revoke all on function {schema}.append(uuid[], text[], bigint[], bigint[], uuid[], bytea[], integer[], integer[],
  uuid[], uuid[], integer[], text[], uuid[], timestamptz[], bytea[]) from public;
revoke all on function {schema}.refuse_change() from public;
grant usage on schema {schema} to {role};
grant select on {schema}.head, {schema}.event, {schema}.command, {schema}.tracking to {role};
grant select, insert, delete on {schema}.parked to {role};
grant execute on function {schema}.append(uuid[], text[], bigint[], bigint[], uuid[], bytea[], integer[], integer[],
  uuid[], uuid[], integer[], text[], uuid[], timestamptz[], bytea[]) to {role};
