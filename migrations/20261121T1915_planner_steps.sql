-- What is next is looked for among steps first, the most urgent before others.
create index tasks_steps on planner.tasks (workspace_id, priority desc, due_by, id)
  where level = 6 and deleted_at is null and status in ('inbox', 'next', 'doing');
