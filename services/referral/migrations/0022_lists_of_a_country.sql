-- expand
-- What waits for a decision, what is frozen and what is contested are few of a country's referrals.
set local search_path = referral;

create index referral_asked_for on referral (reason) where state = 'blocked_consent';
create index referral_frozen on referral (referral_id) where after_sending ->> 'frozen_at' is not null;
create index referral_contested on referral (referral_id) where after_sending ->> 'contest' is not null;

-- Without these the planner takes it that most referrals are frozen and contested, and reads every row.
create statistics referral_frozen_at on (after_sending ->> 'frozen_at') from referral;
create statistics referral_contest on (after_sending ->> 'contest') from referral;
