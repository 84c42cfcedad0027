-- A video that was made of a film in the storage and not uploaded: what it was made for, as a key. There is one of a
-- source; a failed or deleted one loses it to the next.
alter table stream.videos add column source text check (length(source) between 1 and 200);
create unique index videos_source on stream.videos (workspace_id, source) where source is not null;

-- The language (BCP 47) of the captions that lie beside the original; null when there are none.
alter table stream.videos add column captions_language text check (captions_language ~ '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$');
