-- Which referral was at which desk from when until when, by both times of the facts that say so. An auditor's question
-- about a desk at a moment reads the stays of that moment and the facts of the referrals of one page, never a whole log.
set local search_path = audit;

create table desk_stay (
  referral        uuid not null,
  number          integer not null,  -- the stay of the referral: the version of the fact that began it
  case_id         uuid not null,
  agency          text not null,
  desk            text,              -- null: sent before there was a directory
  began_recorded  timestamptz not null,
  began_occurred  timestamptz not null,
  ended_recorded  timestamptz not null default 'infinity',
  ended_occurred  timestamptz not null default 'infinity',
  primary key (referral, number)
);
-- By when it was stored a stay cannot end before it began; by when it happened it can, and is then none.
create index on desk_stay using gist (tstzrange(began_recorded, greatest(began_recorded, ended_recorded)));
create index on desk_stay using gist (tstzrange(began_occurred, greatest(began_occurred, ended_occurred)));
create index on desk_stay (referral) where ended_recorded = 'infinity';

-- What is said of a desk itself: that it fell silent or was heard again, and whether it has room.
create table desk_fact (
  position    bigint primary key,   -- in the referral service's log
  agency      text not null,
  recorded_at timestamptz not null,
  occurred_at timestamptz not null
);
create index on desk_fact (agency, recorded_at);

grant select, insert, update, delete, truncate on desk_stay, desk_fact to canaliza_audit;

-- What was there before. The projector leaves out what is here already.
do $$
declare
  fact record;
  body jsonb;
  at_desk text;
begin
  for fact in
    select position, stream, version, case_id, recorded_at, split_part(topic, '.v', 1) as name, state from referral.event
    where case_id is not null and split_part(topic, '.v', 1) in ('referral.requested', 'referral.reassessed',
      'referral.handed_over', 'referral.blocked', 'referral.loop_closed', 'referral.rerouted', 'referral.cancelled',
      'referral.withdrawn', 'referral.contact_lost', 'referral.failed', 'referral.entered_in_error')
    order by position
  loop
    body := convert_from(fact.state, 'UTF8')::jsonb;
    at_desk := body -> 'data' ->> 'desk';
    continue when fact.name in ('referral.reassessed', 'referral.handed_over') and at_desk is null;
    update desk_stay set ended_recorded = fact.recorded_at, ended_occurred = (body ->> 'occurred_at')::timestamptz
    where referral = fact.stream and ended_recorded = 'infinity';
    if fact.name in ('referral.requested', 'referral.reassessed', 'referral.handed_over') then
      insert into desk_stay (referral, number, case_id, agency, desk, began_recorded, began_occurred)
      values (fact.stream, fact.version, fact.case_id, body -> 'data' ->> 'agency', at_desk, fact.recorded_at,
        (body ->> 'occurred_at')::timestamptz);
    end if;
  end loop;
end $$;

insert into desk_fact (position, agency, recorded_at, occurred_at)
select position, body -> 'data' ->> 'agency', recorded_at, (body ->> 'occurred_at')::timestamptz
from referral.event, convert_from(state, 'UTF8') as text, lateral (select text::jsonb) as parsed (body)
where split_part(topic, '.v', 1) in
  ('referral.desk_fell_silent', 'referral.desk_heard_again', 'referral.desk_capacity_set');
