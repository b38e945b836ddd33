-- With which authority a person wished for contact is sealed here, too; what was said in clear before stays as it was said.
set local search_path = intake;

alter table restricted_contact add column wish jsonb;
alter table restricted_contact alter column recipient drop not null, alter column purpose drop not null;
