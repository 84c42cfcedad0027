-- People prove who they are in more ways than one: the password moves to the accounts beside other providers.
alter table commons.users
  add column email_verified boolean not null default false,
  add column image text check (length(image) <= 2000),
  add column two_factor_enabled boolean not null default false,
  add column is_admin boolean not null default false,
  add column banned_at timestamptz,
  add column ban_reason text check (length(ban_reason) between 1 and 500),
  add column ban_ends_at timestamptz;

-- Administrators look people up by how their address or name begins.
create index users_email_prefix on commons.users (lower(email) text_pattern_ops) where deleted_at is null;
create index users_display_name_prefix on commons.users (lower(display_name) text_pattern_ops) where deleted_at is null;

-- A way in that a person has: `credential` is the password, others are named after their provider.
create table commons.accounts (
  id uuid primary key,
  user_id uuid not null references commons.users (id) on delete cascade,
  provider_id text not null check (length(provider_id) between 1 and 100),
  account_id text not null check (length(account_id) between 1 and 500),
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  password text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index accounts_provider on commons.accounts (provider_id, account_id);
create index accounts_user_id on commons.accounts (user_id);

insert into commons.accounts (id, user_id, provider_id, account_id, password)
  select id, id, 'credential', id::text, password_hash from commons.users;
alter table commons.users drop column password_hash;
-- Whoever was there before mails could be sent came in over the command line of the machine.
update commons.users set email_verified = true, email = lower(email);
update commons.users set is_admin = true where id = (select id from commons.users order by id limit 1);

-- What was sent to somebody or is under way with them, for one use: the identifier is a digest.
create table commons.verifications (
  id text primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index verifications_identifier on commons.verifications (identifier);
create index verifications_expires_at on commons.verifications (expires_at);

create table commons.two_factors (
  id uuid primary key,
  user_id uuid not null unique references commons.users (id) on delete cascade,
  secret text not null,
  backup_codes text not null,
  verified boolean not null default true,
  failed_verification_count integer not null default 0,
  locked_until timestamptz,
  created_at timestamptz not null default now()
);

create table commons.passkeys (
  id uuid primary key,
  user_id uuid not null references commons.users (id) on delete cascade,
  name text check (length(name) between 1 and 100),
  public_key text not null,
  credential_id text not null unique,
  counter bigint not null,
  device_type text not null,
  backed_up boolean not null,
  transports text,
  aaguid text,
  created_at timestamptz not null default now()
);
create index passkeys_user_id on commons.passkeys (user_id);

-- Somebody is signed in. Of what the browser or the program holds only a SHA-256 is kept. A session that programs hold
-- lives by its refresh tokens: it is their family.
create table commons.sessions (
  id uuid primary key,
  user_id uuid not null references commons.users (id),
  workspace_id uuid not null references commons.workspaces (id),
  kind text not null check (kind in ('cookie', 'token')),
  secret_hash bytea unique,
  method text not null check (method in ('password', 'oauth', 'passkey', 'impersonation')),
  impersonator_id uuid references commons.users (id),
  address text check (length(address) <= 100),
  user_agent text check (length(user_agent) <= 300),
  created_at timestamptz not null default now(),
  authenticated_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  expires_at timestamptz not null,
  ended_at timestamptz,
  end_reason text,
  check ((kind = 'cookie') = (secret_hash is not null)),
  check ((method = 'impersonation') = (impersonator_id is not null))
);
create index sessions_user_id on commons.sessions (user_id);
create index sessions_workspace_id on commons.sessions (workspace_id);
create index sessions_impersonator_id on commons.sessions (impersonator_id) where impersonator_id is not null;
create index sessions_expires_at on commons.sessions (expires_at);

create table commons.refresh_tokens (
  id uuid primary key,
  session_id uuid not null references commons.sessions (id) on delete cascade,
  secret_hash bytea not null unique,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);
create index refresh_tokens_session_id on commons.refresh_tokens (session_id);

-- Keys that sign access tokens, and the secret of the flows; sealed with the data keys of the installation.
create table commons.identity_keys (
  id uuid primary key,
  purpose text not null check (purpose in ('access-token', 'flows')),
  public_jwk jsonb,
  sealed_secret text not null,
  created_at timestamptz not null default now(),
  retired_at timestamptz
);
create unique index identity_keys_current on commons.identity_keys (purpose) where retired_at is null;

alter table commons.accounts enable row level security;
alter table commons.accounts force row level security;
alter table commons.verifications enable row level security;
alter table commons.verifications force row level security;
alter table commons.two_factors enable row level security;
alter table commons.two_factors force row level security;
alter table commons.passkeys enable row level security;
alter table commons.passkeys force row level security;
alter table commons.sessions enable row level security;
alter table commons.sessions force row level security;
alter table commons.refresh_tokens enable row level security;
alter table commons.refresh_tokens force row level security;
alter table commons.identity_keys enable row level security;
alter table commons.identity_keys force row level security;

-- Identity is asked before there is anybody to ask in the name of: all of it runs in the scope of the system.
create policy all_rows on commons.accounts to airdate_system using (true) with check (true);
create policy all_rows on commons.verifications to airdate_system using (true) with check (true);
create policy all_rows on commons.two_factors to airdate_system using (true) with check (true);
create policy all_rows on commons.passkeys to airdate_system using (true) with check (true);
create policy all_rows on commons.sessions to airdate_system using (true) with check (true);
create policy all_rows on commons.refresh_tokens to airdate_system using (true) with check (true);
create policy all_rows on commons.identity_keys to airdate_system using (true) with check (true);

grant select, insert, update, delete on
  commons.accounts, commons.verifications, commons.two_factors, commons.passkeys, commons.sessions,
  commons.refresh_tokens, commons.identity_keys
  to airdate_system;
grant select (email_verified, image, two_factor_enabled) on commons.users to airdate_app;

-- Whether a session or an API key still lets its person in: for what a credential opened and what outlasts the request.
create function commons.credential_holds(credential uuid, person uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select from commons.users u
    where u.id = person and u.deleted_at is null and (u.banned_at is null or u.ban_ends_at < now())
  ) and (
    exists (
      select from commons.sessions s
      where s.id = credential and s.user_id = person and s.ended_at is null and s.expires_at > now()
        and (s.impersonator_id is null or exists (
          select from commons.users i
          where i.id = s.impersonator_id and i.is_admin and i.deleted_at is null and i.banned_at is null
        ))
    ) or exists (
      select from commons.api_tokens t
      where t.id = credential and t.user_id = person and t.revoked_at is null
        and (t.expires_at is null or t.expires_at > now())
    )
  )
$$;
revoke all on function commons.credential_holds(uuid, uuid) from public;
grant execute on function commons.credential_holds(uuid, uuid) to airdate_app, airdate_system;
