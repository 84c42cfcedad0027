-- What was run and has not ended is looked for by the reconciler, which sees whose it is and no word of it: what stands in
-- the row is worked on in the name of its person alone.
create policy unfinished on planner.workflow_executions for select to airdate_system
  using (state in ('queued', 'running'));
grant select (id, workspace_id, user_id, round, state) on planner.workflow_executions to airdate_system;
create index workflow_executions_unfinished on planner.workflow_executions (id) where state in ('queued', 'running');
