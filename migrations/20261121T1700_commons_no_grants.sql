-- Providers are asked who somebody is, and nothing else: what they grant is not kept, by no mistake either.
alter table commons.accounts add constraint accounts_keep_no_grants
  check (num_nonnulls(access_token, refresh_token, id_token) = 0);
