-- The ledger: a Merkle tree (RFC 6962) over every log, in tiles of 256 hashes (C2SP tlog-tiles), and its signed
-- checkpoints. It is no read model: it is what the logs are held against, so nothing of it is ever made again.
--
-- The service may read it and call the functions below. Triggers let it grow and change in no other way, even for the
-- owner, so that a mistake is caught, too; an owner who takes the triggers away is caught by the copies of checkpoints
-- that are kept elsewhere: beside the signing key, and by witnesses (ADR 0048, 0049).
set local search_path = audit;

-- One a signing key: an installation that lost its key begins another ledger, and the old one stays as it was.
create table ledger (
  number   integer primary key,
  id       text not null unique check (id ~ '^[0-9a-f]{32}$'),  -- part of the name that its checkpoints are signed with
  began_at timestamptz not null
);

-- How many leaves a log's tree has: the log's positions 1 to size.
create table tree (
  ledger text not null references ledger (id),
  log    text not null check (log in ('intake', 'referral', 'notifications', 'audit')),
  size   bigint not null check (size >= 0),
  primary key (ledger, log)
);

-- A tile of level l and number n has hashes of complete subtrees of 256^l leaves; the last of a level may be partial.
create table tile (
  ledger text not null,
  log    text not null,
  level  smallint not null check (level between 0 and 7),
  number bigint not null check (number >= 0),
  hashes bytea not null check (octet_length(hashes) % 32 = 0 and octet_length(hashes) between 32 and 8192),
  primary key (ledger, log, level, number),
  foreign key (ledger, log) references tree (ledger, log)
);
alter table tile alter column hashes set storage external;  -- hashes cannot be compressed

create table checkpoint (
  ledger    text not null,
  log       text not null,
  size      bigint not null check (size > 0),
  root      bytea not null check (octet_length(root) = 32),
  note      text not null,  -- as it was signed (C2SP tlog-checkpoint)
  sealed_at timestamptz not null,
  primary key (ledger, log, size),
  foreign key (ledger, log) references tree (ledger, log)
);

create trigger append_only before update or delete on ledger for each row execute function refuse_change();
create trigger append_only_whole before truncate on ledger for each statement execute function refuse_change();
create trigger append_only before update or delete on checkpoint for each row execute function refuse_change();
create trigger append_only_whole before truncate on checkpoint for each statement execute function refuse_change();
create trigger keep before delete on tree for each row execute function refuse_change();
create trigger keep_whole before truncate on tree for each statement execute function refuse_change();
create trigger keep before delete on tile for each row execute function refuse_change();
create trigger keep_whole before truncate on tile for each statement execute function refuse_change();

create function only_grows() returns trigger language plpgsql set search_path = audit, pg_temp as $$
begin
  if tg_table_name = 'tree' then
    if (new.ledger, new.log) = (old.ledger, old.log) and new.size >= old.size then
      return new;
    end if;
  elsif (new.ledger, new.log, new.level, new.number) = (old.ledger, old.log, old.level, old.number)
    and octet_length(new.hashes) > octet_length(old.hashes)
    and substr(new.hashes, 1, octet_length(old.hashes)) = old.hashes then
    return new;
  end if;
  raise exception 'the ledger is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger only_grows before update on tree for each row execute function only_grows();
create trigger only_grows before update on tile for each row execute function only_grows();

-- Begins the ledger of a signing key, if it is not the current one already; false: it was current once and is over.
create function begin_ledger(new_id text, at timestamptz) returns boolean
language plpgsql security definer set search_path = audit, pg_temp as $$
begin
  lock table ledger in share row exclusive mode;
  if not exists (select from ledger where id = new_id) then
    insert into ledger (number, id, began_at) select coalesce(max(number), 0) + 1, new_id, at from ledger;
    insert into tree (ledger, log, size)
    select new_id, log, 0 from unnest(array['intake', 'referral', 'notifications', 'audit']) as log;
  end if;
  return new_id = (select id from ledger order by number desc limit 1);
end $$;

-- Adds leaves after the first ``after`` of a tree, and the hashes that they complete: ``upper[l]`` has the new ones of
-- level l of tiles. Each level must get as many as the leaves complete. False: other leaves came first.
create function add_leaves(of_ledger text, of_log text, after bigint, leaves bytea, upper_hashes bytea[])
returns boolean language plpgsql security definer set search_path = audit, pg_temp as $$
#variable_conflict use_column
declare
  held   bigint;
  grown  bigint;
  part   bytea;
  begins bigint;
  ends   bigint;
  at     bigint;
  within integer;
  taken  integer;
begin
  select size into strict held from tree where ledger = of_ledger and log = of_log for update;
  if held is distinct from after then
    return false;
  end if;
  if octet_length(leaves) % 32 <> 0 then
    raise exception 'not hashes' using errcode = 'check_violation';
  end if;
  grown := held + octet_length(leaves) / 32;
  for l in 0..7 loop
    begins := held >> (8 * l);
    ends := grown >> (8 * l);
    part := case when l = 0 then leaves else coalesce(upper_hashes[l], '') end;
    if octet_length(part) <> 32 * (ends - begins) then
      raise exception 'level % is not complete', l using errcode = 'check_violation';
    end if;
    at := begins;
    while at < ends loop
      within := at & 255;
      taken := least(256 - within, ends - at);
      if within = 0 then
        insert into tile (ledger, log, level, number, hashes)
        values (of_ledger, of_log, l, at >> 8, substr(part, (32 * (at - begins) + 1)::integer, 32 * taken));
      else
        update tile set hashes = hashes || substr(part, (32 * (at - begins) + 1)::integer, 32 * taken)
        where ledger = of_ledger and log = of_log and level = l and number = at >> 8
          and octet_length(hashes) = 32 * within;
        if not found then
          raise exception 'a tile of level % is not as long as its tree says', l using errcode = 'check_violation';
        end if;
      end if;
      at := at + taken;
    end loop;
  end loop;
  update tree set size = grown where ledger = of_ledger and log = of_log;
  return true;
end $$;

-- Stores a checkpoint; false: one of this size or a larger one is there.
create function add_checkpoint(of_ledger text, of_log text, of_size bigint, of_root bytea, signed_note text,
  at timestamptz) returns boolean language plpgsql security definer set search_path = audit, pg_temp as $$
#variable_conflict use_column
declare
  held bigint;
begin
  select size into strict held from tree where ledger = of_ledger and log = of_log for update;
  if of_size > held then
    raise exception 'the tree is smaller' using errcode = 'check_violation';
  end if;
  if exists (select from checkpoint where ledger = of_ledger and log = of_log and size >= of_size) then
    return false;
  end if;
  insert into checkpoint (ledger, log, size, root, note, sealed_at)
  values (of_ledger, of_log, of_size, of_root, signed_note, at);
  return true;
end $$;

revoke all on function only_grows(), begin_ledger(text, timestamptz),
  add_leaves(text, text, bigint, bytea, bytea[]), add_checkpoint(text, text, bigint, bytea, text, timestamptz)
  from public;
grant select on ledger, tree, tile, checkpoint to canaliza_audit;
grant execute on function begin_ledger(text, timestamptz), add_leaves(text, text, bigint, bytea, bytea[]),
  add_checkpoint(text, text, bigint, bytea, text, timestamptz) to canaliza_audit;
