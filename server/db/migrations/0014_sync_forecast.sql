-- What a run was expected to take (server/sync): the connector's forecast, made at its start.
-- {kinds: [{kind, route, requests, atMost, why}], requests, atMost, buckets: [{bucket, requests, minutes}], minutes,
--  plan: {label, assumed}, reserve, countedAt}
alter table sync_run add column forecast jsonb check (forecast is null or jsonb_typeof(forecast) = 'object');
