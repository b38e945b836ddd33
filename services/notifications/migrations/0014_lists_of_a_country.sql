-- expand
-- The programme's alerts in the order of their page: what waits, and what was answered last.
set local search_path = notifications;

create index alert_waiting on alert (urgency, raised_at, alert_id) where state = 'pending';
create index alert_answered_last on alert (answered_at desc, alert_id desc) where state = 'answered';
