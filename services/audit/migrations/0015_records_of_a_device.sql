-- expand
-- The records of a device in the order of their numbers; of a number that came more than once the first.
set local search_path = audit;

create index counted_case_of_device on counted_case (shelter, device, device_sequence, recorded_at) include (day);
