-- expand
-- The lists of cases of a country: the newest, and what changed last, without putting every case in order.
set local search_path = intake;

create index submission_held on submission (coalesce(held_by, shelter), recorded_at desc, case_id desc);
create index submission_newest on submission (recorded_at desc, case_id desc);
create index submission_changed on submission (changed_at);
create index referral_status_changed on referral_status (changed_at, case_id);
