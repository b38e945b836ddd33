-- A shelter's list of thousands of cases: whose a referral is was a function's call for each row; said in the policy
-- itself, PostgreSQL looks it up by the case's index, or once for all rows. What may be seen is the same.
set local search_path = intake;

drop policy of_the_shelter on referral_status;
create policy of_the_shelter on referral_status for select
  using (current_setting('canaliza.role', true) in ('shelter_worker', 'shelter_coordinator', 'integrator')
    and agency <> 'PEAS' and exists (select from submission where submission.case_id = referral_status.case_id
      and coalesce(held_by, submission.shelter) = current_setting('canaliza.org', true)));

-- What is counted of a list is open; most referrals are not.
create index referral_status_open on referral_status (case_id)
  where state in ('blocked_consent', 'requested', 'info_requested', 'delivered', 'expired', 'scheduled');
