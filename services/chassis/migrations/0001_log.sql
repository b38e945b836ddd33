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
create function {schema}.append(
  request_command uuid[], request_upstream text[], request_after bigint[], request_position bigint[],
  request_event uuid[], request_leaf bytea[],
  event_request integer[], event_id uuid[], event_stream uuid[], event_version integer[],
  event_topic text[], event_case uuid[], event_recorded_at timestamptz[], event_state bytea[]
) returns table (request integer, outcome text, first_position bigint, events integer)
language plpgsql security definer set search_path = {schema}, pg_temp as $$
#variable_conflict use_column
declare
  held bigint;
begin
  -- Lock first; what follows is a new statement and so sees all that was committed before the lock.
  select position into strict held from head for update;

  return query
  with asked as (
    select r.n::integer as n, r.command, r.upstream, r.after, r.position, r.event, r.leaf
    from unnest(request_command, request_upstream, request_after, request_position, request_event, request_leaf)
      with ordinality as r (command, upstream, after, position, event, leaf, n)
  ), given as (
    select e.*, e.version - row_number() over (partition by e.request, e.stream order by e.ord) as base
    from unnest(event_request, event_id, event_stream, event_version, event_topic, event_case, event_recorded_at,
                event_state)
      with ordinality as e (request, id, stream, version, topic, case_id, recorded_at, state, ord)
  ), per_stream as (
    select request, stream, min(base) as lowest, max(base) as highest from given group by request, stream
  ), fitting as (
    -- A stream's versions continue its last; a new stream starts at 1 (or 0, as the recorder suites do).
    select s.request, bool_and(s.lowest = s.highest and coalesce(s.lowest = last.version, s.lowest in (-1, 0))) as fits
    from per_stream s
    left join lateral (select e.version from event e where e.stream = s.stream order by e.version desc limit 1) last
      on true
    group by s.request
  ), judged as (
    select a.*, c.first_position as known_position, c.events as known_events,
      case
        when c.id is not null then 'known'
        when a.upstream is not null and not coalesce(
          case when a.after is null then t.position < a.position else t.position = a.after end,
          coalesce(a.after, 0) = 0) then 'stale'
        when not coalesce(f.fits, true) then 'conflict'
        else 'appended'
      end as outcome
    from asked a
    left join command c on c.id = a.command
    left join tracking t on t.upstream = a.upstream
    left join fitting f on f.request = a.n
  ), placed as (
    select held + row_number() over (order by g.ord) as position, g.*
    from given g join judged j on j.n = g.request where j.outcome = 'appended'
  ), inserted as (
    insert into event (position, id, stream, version, topic, case_id, recorded_at, state)
    select position, id, stream, version, topic, case_id, recorded_at, state from placed order by position
  ), spans as (
    select request, min(position) as first_position, count(*)::integer as events from placed group by request
  ), remembered as (
    insert into command (id, first_position, events)
    select j.command, coalesce(s.first_position, held), coalesce(s.events, 0)
    from judged j left join spans s on s.request = j.n
    where j.outcome = 'appended' and j.command is not null
  ), tracked as (
    insert into tracking as t (upstream, position, event_id, leaf)
    select upstream, position, event, leaf from judged where outcome = 'appended' and upstream is not null
    on conflict (upstream) do update
      set position = excluded.position, event_id = excluded.event_id, leaf = excluded.leaf
  ), moved as (
    update head set position = held + (select count(*) from placed) where exists (select from placed)
  )
  select j.n, j.outcome,
    case j.outcome when 'known' then j.known_position else s.first_position end,
    case j.outcome when 'known' then j.known_events else coalesce(s.events, 0) end
  from judged j left join spans s on s.request = j.n
  order by j.n;
end $$;

revoke all on function {schema}.append(uuid[], text[], bigint[], bigint[], uuid[], bytea[], integer[], uuid[],
  uuid[], integer[], text[], uuid[], timestamptz[], bytea[]) from public;
revoke all on function {schema}.refuse_change() from public;
grant usage on schema {schema} to {role};
grant select on {schema}.head, {schema}.event, {schema}.command, {schema}.tracking to {role};
grant select, insert, delete on {schema}.parked to {role};
grant execute on function {schema}.append(uuid[], text[], bigint[], bigint[], uuid[], bytea[], integer[], uuid[],
  uuid[], integer[], text[], uuid[], timestamptz[], bytea[]) to {role};
