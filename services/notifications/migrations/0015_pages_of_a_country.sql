-- expand
-- The alerts of a desk, of a shelter and of the programme in the order of their page, with what policies look at; the
-- one that a message named; and a desk's shift.
set local search_path = notifications;

create index alert_waiting_at_desk on alert (agency, urgency, raised_at, alert_id) include (of_desk, shelter)
  where state = 'pending' and of_desk and shelter is null;
create index alert_waiting_at_shelter on alert (shelter, urgency, raised_at, alert_id) include (agency, of_desk)
  where state = 'pending' and shelter is not null;
create index alert_waiting_for_programme on alert (urgency, raised_at, alert_id) include (agency, of_desk, shelter)
  where state = 'pending' and shelter is null;
create index alert_answered_at_desk on alert (agency, answered_at desc, alert_id desc)
  where state = 'answered' and of_desk and shelter is null;
create index alert_answered_at_shelter on alert (shelter, answered_at desc, alert_id desc)
  where state = 'answered' and shelter is not null;
create index alert_of_desk on alert (desk, raised_at) where about in ('referral', 'change') and not asked;
create index alert_formerly_of_desk on alert (formerly, raised_at)
  where about in ('referral', 'change') and not asked and formerly is not null;
create index alert_code on alert (code, sequence);
