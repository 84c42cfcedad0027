-- A grant belongs to the session or key that asked for it, and dies with it: whoever signs out a lost device stops what
-- plays there, while what plays elsewhere goes on.
delete from stream.playback_grants;
alter table stream.playback_grants
  add column credential_id uuid not null,
  drop constraint playback_grants_video_id_user_id_key,
  add unique (video_id, user_id, credential_id);

create or replace function stream.grant_holds(asked_video uuid, asked_secret text) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select from stream.playback_grants g
    join stream.videos v on v.id = g.video_id and v.deleted_at is null
    join commons.workspace_members m on m.workspace_id = g.workspace_id and m.user_id = g.user_id
    where g.video_id = asked_video and g.secret = asked_secret and g.expires_at > now()
      and commons.credential_holds(g.credential_id, g.user_id)
  )
$$;
