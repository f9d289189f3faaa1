-- A first pass writes some hundred thousand keys and reads them at once. Until statistics are there the planner cannot
-- tell an index on the tenant from one on the account, and reads everything for each account. The product's role owns
-- nothing, so that it may ask for this and for nothing else.
create function owlie_analyze_correlation() returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  analyze correlation_account, correlation_key, identity_account, identity;
end $$;
revoke all on function owlie_analyze_correlation() from public;
grant execute on function owlie_analyze_correlation() to owlie_app;

-- Open ones are walked in the order of their ids.
drop index correlation_account_open;
create index correlation_account_open on correlation_account (tenant_id, account_id) where outcome <> 'linked';
