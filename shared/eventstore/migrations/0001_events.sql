-- The record of one service. Forward only: a change is a new file, never an edit of this one.
-- {app} is the role the service logs in with; the owner of these tables is another role.
create schema es;

create table es.events (
    position    bigint      generated always as identity,          -- unique, rising, may have holes
    tx_id       xid8        not null default pg_current_xact_id(),  -- safe order = (tx_id, position)
    stream_id   uuid        not null,
    version     int         not null,                              -- 1, 2, 3 … without holes
    event_id    uuid        not null,                              -- also the id of the NATS message
    name        text        not null,
    recorded_at timestamptz not null,                              -- clock of the database
    leaf        bytea       not null,                              -- 32 bytes
    body        json        not null,                              -- json, not jsonb: the hashed text
    constraint one_writer primary key (stream_id, version)
) with (fillfactor = 100, autovacuum_vacuum_insert_scale_factor = 0.05);
create unique index read_order on es.events (tx_id, position);
create index events_shreddings on es.events (stream_id) where name = 'SubjectKeysDestroyed';

-- What has had its effect. One row for an HTTP request or a NATS message, written with the events.
create table es.handled (
    handler     text        not null,
    message_id  text        not null,
    fingerprint bytea       not null,                              -- of the request, to tell a reused key
    at          timestamptz not null default clock_timestamp(),
    constraint handled_once primary key (handler, message_id)
);

-- The order in which everybody reads: gapless, from 0, given by the sequencer. Correlation and actor
-- are taken from the body here and not in es.events, where every writer would wait for it (ADR 15).
create table es.log (
    index       bigint      primary key,
    stream_id   uuid        not null,
    version     int         not null,
    event_id    uuid        not null unique,
    leaf        bytea       not null,
    name        text        not null,
    correlation uuid        not null,
    actor       text        not null,
    recorded_at timestamptz not null,
    foreign key (stream_id, version) references es.events
);
create index log_correlation on es.log (correlation, index);
create index log_stream on es.log (stream_id, index);
create index log_actor on es.log (actor, index);
create index log_accesses on es.log (index) where name = 'PersonalDataAccessed';

-- Whose key is which, for ever, also when it is destroyed: published in the bodies, by commitment.
create table es.keys (
    key_id      uuid        primary key,
    subject     uuid        not null,                              -- a person, or a stream: its story
    commitment  bytea       not null,
    index       bigint      not null references es.log
);
create index keys_subject on es.keys (subject, index);

create table es.sequencer (
    only_row    boolean     primary key default true check (only_row),
    next_index  bigint      not null default 0,
    tx_id       xid8        not null default '0',
    position    bigint      not null default 0
);
insert into es.sequencer default values;

create table es.bookmarks (
    reader      text        primary key,
    next_index  bigint      not null,
    state       json        not null default '{}'                  -- what the reader must know to go on
);

-- Append-only: by privilege for the service, by trigger for everybody else, superusers included.
create function es.refuse() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only (% refused)', tg_table_name, tg_op using errcode = 'ES009';
end $$;
create trigger no_change   before update or delete on es.events for each statement execute function es.refuse();
create trigger no_truncate before truncate         on es.events for each statement execute function es.refuse();
create trigger no_change   before update or delete on es.log    for each statement execute function es.refuse();
create trigger no_truncate before truncate         on es.log    for each statement execute function es.refuse();
create trigger no_change   before update or delete on es.keys   for each statement execute function es.refuse();
create trigger no_truncate before truncate         on es.keys   for each statement execute function es.refuse();
alter table es.keys   enable always trigger no_change;
alter table es.keys   enable always trigger no_truncate;
alter table es.events enable always trigger no_change;
alter table es.events enable always trigger no_truncate;
alter table es.log    enable always trigger no_change;
alter table es.log    enable always trigger no_truncate;

-- architecture §4: eight lines, and the leaf hash of RFC 6962 over them.
create function es.leaf_hash(
    p_event_id uuid, p_stream uuid, p_version int, p_name text, p_at timestamptz, p_previous bytea, p_body text
) returns bytea language sql stable parallel safe  -- not immutable (to_char), or it is not inlined
return sha256('\x00'::bytea || convert_to(
    'ppa-event/v1' || chr(10) || p_event_id || chr(10) || p_stream || chr(10) || p_version || chr(10)
    || p_name || chr(10) || to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || chr(10)
    || coalesce(encode(p_previous, 'base64'), '-') || chr(10)
    || encode(sha256(convert_to(p_body, 'UTF8')), 'base64') || chr(10), 'UTF8'));

-- Only called where es.append must refuse: an error in the middle of a statement, which says no values.
create function es.stale() returns bytea language plpgsql as $$
begin
    raise exception 'stale' using errcode = 'ES001';
end $$;

-- One event, in one statement: once only, optimistic concurrency, hash, insert. Returns the leaf hash.
-- A single statement whose names were bound when it was made is twice as fast as the same in PL/pgSQL.
--   handled_once violated   the cause is known (of several events only the first says a cause)
--   one_writer violated     somebody else was faster
--   ES001                   the version before is not there, or was committed after this transaction
--                           began to write, and then this event would be read before it
create function es.append(
    p_stream uuid, p_version int, p_event_id uuid, p_name text, p_body text,
    p_handler text, p_message text, p_fingerprint bytea
) returns bytea language sql security definer
begin atomic
    with cause as (
        insert into es.handled (handler, message_id, fingerprint)
        select p_handler, p_message, p_fingerprint where p_handler is not null
    )
    insert into es.events (stream_id, version, event_id, name, recorded_at, leaf, body)
    select p_stream, p_version, p_event_id, p_name, clock.at,
           case when p_version = 1 or previous.leaf is not null
                then es.leaf_hash(p_event_id, p_stream, p_version, p_name, clock.at, previous.leaf, p_body)
                else es.stale() end,
           p_body::json
    from (select clock_timestamp() as at) clock
    left join es.events previous
           on p_version > 1 and previous.stream_id = p_stream and previous.version = p_version - 1
          and previous.tx_id <= pg_current_xact_id()
    returning leaf;
end;

-- Give the next events their index. Nothing below the oldest open transaction can still appear, so
-- what is below it is in its final order. Returns how many there were.
create function es.sequence(p_limit int) returns int
language plpgsql security definer set search_path = es, pg_temp as $$
declare
    v_last es.sequencer; v_count int;
begin
    select * into v_last from es.sequencer;
    if not exists (select from es.events where (tx_id, position) > (v_last.tx_id, v_last.position)) then
        return 0;                                                  -- idle: write nothing
    end if;
    select * into v_last from es.sequencer for update;
    with fresh as (
        select e.*, row_number() over (order by e.tx_id, e.position) - 1 as n from (
            select * from es.events
            where (tx_id, position) > (v_last.tx_id, v_last.position)
              and tx_id < pg_snapshot_xmin(pg_current_snapshot())
            order by tx_id, position limit p_limit
        ) e
    ), indexed as (
        insert into es.log (index, stream_id, version, event_id, leaf, name, correlation, actor, recorded_at)
        select v_last.next_index + n, stream_id, version, event_id, leaf, name,
               (body ->> 'correlation')::uuid, body ->> 'actor', recorded_at
        from fresh
    ), published as (
        insert into es.keys (key_id, subject, commitment, index)
        select k.key::uuid, (k.value ->> 'subject')::uuid, decode(k.value ->> 'commitment', 'base64'),
               v_last.next_index + n
        from fresh, json_each(body -> 'keys') k
    )
    select count(*) into v_count from fresh;
    if v_count > 0 then
        update es.sequencer s set next_index = s.next_index + v_count, tx_id = l.tx_id, position = l.position
        from (
            select e.tx_id, e.position from es.log g join es.events e using (stream_id, version)
            where g.index = v_last.next_index + v_count - 1
        ) l;
    end if;
    return v_count;
end $$;

revoke all on all tables in schema es from public;
revoke all on all functions in schema es from public;
grant usage on schema es to {app};
grant select on es.events, es.log, es.keys, es.handled, es.bookmarks, es.sequencer to {app};
grant insert, update on es.bookmarks to {app};
grant insert (handler, message_id, fingerprint) on es.handled to {app};  -- a cause that changed nothing
grant execute on function es.append, es.sequence to {app};
