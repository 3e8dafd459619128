-- Which event a fact that was set aside tells of: a publisher restored from a backup gives its index to another.
alter table es.parked add column event_id uuid;                    -- null: set aside before this was kept
