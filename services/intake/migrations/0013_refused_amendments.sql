-- An amendment looks for harm by staff in those of its case that were refused.
set local search_path = intake;

create index on refusal (case_id) where amends;
