-- What waits for a decision, by shelter and reason.
set local search_path = referral;

create index referral_waiting on referral (shelter, reason) where state = 'blocked_consent';
