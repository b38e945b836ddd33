-- What waits, changed, froze, runs out or was asked of a referral; and the ended one that it follows.
set local search_path = referral;
set local canaliza.role = 'system';  -- row-level security holds for whoever migrates, too

alter table referral add column follows uuid;
alter table referral add column after_sending jsonb not null default '{}';
create index on referral (referral_id) where state = 'expired';
