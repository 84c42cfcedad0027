-- Counts the changes of a connection, by which whoever read it knows whether it is still so.
alter table commons.ai_connections add column version integer not null default 1;
grant update (version) on commons.ai_connections to airdate_app;
