-- What came in a run whose kind the mass-change guard held: the run, until one that is believed has seen it. Nothing is
-- built on it, and where it is not seen again it counts as never having been there.
alter table account add held_run uuid;
alter table entitlement add held_run uuid;
alter table access_grant add held_run uuid;
create index account_held on account (tenant_id, connection_id, kind) where held_run is not null;
create index entitlement_held on entitlement (tenant_id, connection_id, kind) where held_run is not null;
create index access_grant_held on access_grant (tenant_id, connection_id, kind) where held_run is not null;
