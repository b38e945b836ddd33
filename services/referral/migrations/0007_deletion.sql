-- Since when an agency must delete what it was told: its desk is reminded, and others hear of an overdue one.
set local search_path = referral;
set local canaliza.role = 'system';  -- row-level security holds for whoever migrates, too

alter table referral add column deletion_from timestamptz;
update referral set deletion_from = since where deletion_due is not null;
