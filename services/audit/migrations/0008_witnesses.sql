-- What witnesses have cosigned (C2SP tlog-cosignature), verified before it is stored, and how the last attempt went.
set local search_path = audit;

create table cosignature (
  ledger      text not null,
  log         text not null,
  witness     text not null,         -- its public key, as it is written in the policy
  size        bigint not null,
  line        text not null,         -- the signature line
  cosigned_at timestamptz not null,  -- by the witness's clock
  received_at timestamptz not null,
  primary key (ledger, log, witness, size),
  foreign key (ledger, log, size) references checkpoint (ledger, log, size)
);
create trigger append_only before update or delete on cosignature for each row execute function refuse_change();
create trigger append_only_whole before truncate on cosignature for each statement execute function refuse_change();

create table witness_attempt (
  ledger   text not null,
  log      text not null,
  witness  text not null,
  tried_at timestamptz not null,
  fault    text,                     -- null: the last attempt went well
  since    timestamptz,              -- since when it has this fault
  primary key (ledger, log, witness)
);

grant select, insert on cosignature to canaliza_audit;
grant select, insert, update on witness_attempt to canaliza_audit;
