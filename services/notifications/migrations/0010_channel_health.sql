-- Whether alerts leave by each channel, rebuilt from the notification log at any time. No address, no case.
set local search_path = notifications;

create table channel_health (
  channel       text primary key,  -- * is the whole installation
  failed        integer not null default 0,  -- attempts since the last one that succeeded
  failing_since timestamptz,                 -- the first of them
  outage_since  timestamptz,                 -- as recorded; null while there is no outage
  left_since    boolean not null default false  -- an alert has left since the outage was recorded
);

-- Attempts a minute, for a day.
create table channel_minute (
  channel   text not null,
  minute    timestamptz not null,
  delivered integer not null,
  failed    integer not null,
  primary key (channel, minute)
);
grant select, insert, update, delete, truncate on channel_health, channel_minute to canaliza_notifications;

-- What the log says of the attempts until now.
insert into channel_health (channel, failed, failing_since)
select said.channel, count(*) filter (where not said.taken and said.position > coalesce(last.position, 0)),
  min(recorded_at) filter (where not said.taken and said.position > coalesce(last.position, 0))
from (select position, recorded_at, topic like 'notifications.alert\_delivered.v%' as taken,
    convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'channel' as channel
  from event
  where topic like 'notifications.alert\_delivered.v%' or topic like 'notifications.alert\_not\_delivered.v%') as said
left join (select convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'channel' as channel, max(position) as position
  from event where topic like 'notifications.alert\_delivered.v%' group by 1) as last using (channel)
group by said.channel;
insert into channel_health (channel)
select '*' where exists (select from event where topic like 'notifications.alert\_delivered.v%');

insert into channel_minute
select convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'channel', date_trunc('minute', recorded_at, 'UTC'),
  count(*) filter (where topic like 'notifications.alert\_delivered.v%'),
  count(*) filter (where topic like 'notifications.alert\_not\_delivered.v%')
from event
where topic like 'notifications.alert\_delivered.v%' or topic like 'notifications.alert\_not\_delivered.v%'
group by 1, 2;
delete from channel_minute old using (select max(minute) as minute from channel_minute) as newest
where old.minute < newest.minute - interval '1 day';
