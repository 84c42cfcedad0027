-- How many lines the film that is asked for has.
alter table planner.production_requests
  add column height integer not null default 720 check (height in (360, 540, 720));
