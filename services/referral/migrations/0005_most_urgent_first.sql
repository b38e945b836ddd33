-- What is due of the most urgent is found first.
set local search_path = referral;
set local canaliza.role = 'system';  -- row-level security holds for whoever migrates, too

alter table timer add column urgency text not null default 'U3';
update timer set urgency = referral.urgency from referral where referral.referral_id = timer.referral_id;
create index timer_most_urgent on timer (urgency, next_at);
drop index if exists timer_next_at_idx;
