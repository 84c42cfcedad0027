-- Mails: what waits, what was sent and what came of it; see server/platform/mail. A row is written in the transaction of
-- its cause. Its two parts carry links with secrets, so they are kept no longer than they are needed.
create table platform.mails (
  id uuid primary key,
  workspace_id uuid,
  user_id uuid,
  kind text not null check (length(kind) between 1 and 100),
  recipient text not null check (length(recipient) between 3 and 254),
  -- The address as limits know it: in lower case, without what follows a plus sign.
  mailbox text not null check (length(mailbox) between 3 and 254),
  essential boolean not null,
  per_hour integer not null check (per_hour > 0),
  dedupe_key text check (length(dedupe_key) between 1 and 200),
  subject text not null check (length(subject) between 1 and 400),
  text_part text check (length(text_part) <= 100000),
  html_part text check (length(html_part) <= 200000),
  state text not null default 'queued' check (state in ('queued', 'sending', 'sent', 'failed', 'bounced', 'held')),
  -- What the server answered, or why it is held.
  note text check (length(note) <= 1000),
  attempts integer not null default 0,
  created_at timestamptz not null default now(),
  -- The first time somebody was about to send it; limits count by this.
  taken_at timestamptz,
  -- Since when it is sent, failed, bounced or held.
  settled_at timestamptz,
  check ((text_part is null) = (html_part is null)),
  check (state not in ('sent', 'failed', 'bounced') or text_part is null)
);
create unique index mails_dedupe_key on platform.mails (workspace_id, kind, dedupe_key) nulls not distinct
  where dedupe_key is not null;
create index mails_mailbox on platform.mails (mailbox, taken_at) where taken_at is not null;
create index mails_created_at on platform.mails (created_at desc, id desc);

-- Addresses that refused a mail for good: only essential mails still go there.
create table platform.mail_suppressions (
  address text primary key check (length(address) between 3 and 254),
  note text not null check (length(note) <= 1000),
  created_at timestamptz not null default now()
);

alter table platform.mails enable row level security;
alter table platform.mails force row level security;
alter table platform.mail_suppressions enable row level security;
alter table platform.mail_suppressions force row level security;

-- A request writes mails and reads none: their links are for who gets them.
create policy own_queued on platform.mails for insert to airdate_app with check (
  state = 'queued' and (workspace_id is null or workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
);
create policy all_rows on platform.mails to airdate_system using (true) with check (true);
create policy all_rows on platform.mail_suppressions to airdate_system using (true) with check (true);

grant insert (id, workspace_id, user_id, kind, recipient, mailbox, essential, per_hour, dedupe_key, subject, text_part,
  html_part) on platform.mails to airdate_app;
grant select, insert, update, delete on platform.mails, platform.mail_suppressions to airdate_system;
