-- The tree of hashes over es.log, and what was signed over it (architecture §4; shared/history).
-- Hashes of level 0 are the leaves in es.log; es.nodes has the roots of full tiles of 256 below.
create table es.nodes (
    level       int         not null check (level >= 1),
    n           bigint      not null,
    hash        bytea       not null,
    primary key (level, n)
);

create table es.checkpoints (
    n           bigint      generated always as identity primary key,
    size        bigint      not null,
    root        bytea       not null,
    note        text        not null,                              -- as the log signed it
    signed_at   timestamptz not null default clock_timestamp()
);
create index checkpoints_size on es.checkpoints (size);

create table es.cosignatures (
    size        bigint      not null,
    root        bytea       not null,
    witness     text        not null,
    at          timestamptz not null,                              -- when the witness says it saw it
    line        text        not null,
    primary key (size, witness, at)
);

create trigger no_change   before update or delete on es.nodes        for each statement execute function es.refuse();
create trigger no_truncate before truncate         on es.nodes        for each statement execute function es.refuse();
create trigger no_change   before update or delete on es.checkpoints  for each statement execute function es.refuse();
create trigger no_truncate before truncate         on es.checkpoints  for each statement execute function es.refuse();
create trigger no_change   before update or delete on es.cosignatures for each statement execute function es.refuse();
create trigger no_truncate before truncate         on es.cosignatures for each statement execute function es.refuse();
alter table es.nodes        enable always trigger no_change;
alter table es.nodes        enable always trigger no_truncate;
alter table es.checkpoints  enable always trigger no_change;
alter table es.checkpoints  enable always trigger no_truncate;
alter table es.cosignatures enable always trigger no_change;
alter table es.cosignatures enable always trigger no_truncate;

-- The eight lines that the leaf of an event is the hash of.
create function es.entry(
    p_event_id uuid, p_stream uuid, p_version int, p_name text, p_at timestamptz, p_previous bytea, p_body text
) returns text language sql stable parallel safe
return 'ppa-event/v1' || chr(10) || p_event_id || chr(10) || p_stream || chr(10) || p_version || chr(10)
    || p_name || chr(10) || to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || chr(10)
    || coalesce(encode(p_previous, 'base64'), '-') || chr(10)
    || encode(sha256(convert_to(p_body, 'UTF8')), 'base64') || chr(10);

grant select, insert on es.nodes, es.checkpoints, es.cosignatures to {app};
grant execute on function es.entry to {app};
