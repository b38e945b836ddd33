-- Who may sign in. Every service reads it at each request, so that a revoked token ends within one.
create table accounts.token (
  hash       bytea primary key check (octet_length(hash) = 32),
  role       text not null,
  org        text not null,
  label      text not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz
);
grant usage on schema accounts to canaliza_intake, canaliza_referral, canaliza_notifications, canaliza_audit;
grant select on accounts.token to canaliza_intake, canaliza_referral, canaliza_notifications, canaliza_audit;
