-- Facts that a reader set aside. The copies people look at lie in NATS (ADR 8), which may lose them: then
-- they are fetched from their publisher and set aside again (ADR 23).
create table es.parked (
    reader      text        not null,                              -- the durable: triage-intake-07
    index       bigint      not null,                              -- in the log of the publisher
    kept_in     text        not null,                              -- since when that stream is there
    primary key (reader, index)
);
revoke all on es.parked from public;
grant select, insert, update (kept_in), delete on es.parked to {app};
