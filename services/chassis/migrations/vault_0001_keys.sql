-- Keys by person and class. Each class is wrapped by an epoch key of its own, which is not in here.
-- Intake may open both classes, referral the screening class only, nobody else any.
create table vault.key (
  id         uuid primary key,
  subject    uuid not null,
  class      text not null check (class in ('identity', 'screening')),
  epoch      integer not null,
  wrapped    bytea not null,
  created_at timestamptz not null
);
create index on vault.key (subject);
alter table vault.key enable row level security;
alter table vault.key force row level security;
create policy intake_both on vault.key to canaliza_intake using (true) with check (true);
create policy referral_screening on vault.key for select to canaliza_referral using (class = 'screening');

grant usage on schema vault to canaliza_intake, canaliza_referral;
grant select, insert on vault.key to canaliza_intake;
grant select on vault.key to canaliza_referral;
