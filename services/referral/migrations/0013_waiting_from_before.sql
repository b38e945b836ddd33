-- What waits for a decision since before it had a clock gets one: it is asked for a day after it came to wait.
set local search_path = referral;
set local canaliza.role = 'system';

update referral set after_sending = after_sending || jsonb_build_object('ask_by', to_jsonb(since + interval '1 day'))
where state = 'blocked_consent' and after_sending ->> 'ask_by' is null
  and reason in ('consent_not_asked', 'consent_not_valid', 'consent_expired', 'cannot_decide');
