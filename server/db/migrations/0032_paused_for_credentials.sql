-- A run that Owlie itself paused because its credentials were refused: the version of the connection whose credentials
-- these were. A newer one lets the run go on. Null where a person paused it. Why stands in sync_run.failure.
alter table sync_run
  add column paused_version integer,
  add constraint sync_run_paused_version check (paused_version is null or paused_at is not null);
