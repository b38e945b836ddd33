-- The policy files as they were last adopted, to the letter: what stays in force when a file has a fault.
set local search_path = referral;

create table policy (
  name    text primary key,
  sha256  text not null,
  text    text not null
);

grant select, insert, update, delete, truncate on policy to canaliza_referral;
