-- What waits in a person's name ends with their sessions: then the value is their id. Others are longer, or no ids.
create index verifications_person on commons.verifications (value) where length(value) = 36;
