-- A chunk with a checksum whose place was promised before its bytes were there; see
-- docs/decisions/0015-the-next-offset-as-an-intent.md. The upload stands at pending_bytes when the bytes from offset_bytes
-- up to there have this checksum, and at offset_bytes when they do not. Whoever moves the offset takes the intent away.
alter table platform.uploads
  add column pending_bytes bigint check (pending_bytes > offset_bytes and pending_bytes <= coalesce(length_bytes, max_bytes)),
  -- As in Upload-Checksum: the algorithm, a space, the digest in base64.
  add column pending_checksum text check ((pending_checksum is null) = (pending_bytes is null)),
  add check (pending_bytes is null or state = 'receiving');
