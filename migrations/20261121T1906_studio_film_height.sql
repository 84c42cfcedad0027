-- How many lines a film has: all that is drawn for it has the same size, whenever it is drawn.
alter table studio.projects
  add column height integer not null default 720 check (height in (360, 540, 720));
