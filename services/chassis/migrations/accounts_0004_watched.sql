-- How much of what is watched came a minute, by sender and by place: what the monitor of bursts reads. A sender is a
-- person's code or a token's id, a place a keyed digest; neither name nor address is here.
set local search_path = accounts;

create table watched (
  watched text not null,
  scope   text not null check (scope in ('one_sender', 'one_place', 'everywhere')),
  whose   text not null check (length(whose) <= 64),
  minute  timestamptz not null,
  counted bigint not null,
  primary key (watched, scope, whose, minute)
);
create index on watched (minute);
grant select on watched to canaliza_notifications;

-- Adds what one process has counted, and forgets what is older than two days.
create function count_watched(what text[], scopes text[], whom text[], counts integer[], at timestamptz)
returns void language sql security definer set search_path = accounts, pg_temp as $$
  delete from watched where minute < at - interval '2 days';
  insert into watched as known (watched, scope, whose, minute, counted)
    select w, s, o, at, c from unnest(what, scopes, whom, counts) as counted (w, s, o, c) order by w, s, o
    on conflict (watched, scope, whose, minute) do update set counted = known.counted + excluded.counted;
$$;
revoke all on function count_watched(text[], text[], text[], integer[], timestamptz) from public;
grant execute on function count_watched(text[], text[], text[], integer[], timestamptz)
  to canaliza_intake, canaliza_referral, canaliza_notifications, canaliza_audit;
