-- Since when an agency must delete what it was told: its desk is reminded, and others hear of an overdue one.
set local search_path = referral;

alter table referral add column deletion_from timestamptz;
update referral set deletion_from = since where deletion_due is not null;
