-- Keys about to be destroyed: from now on nothing is sealed with them. Whoever destroys waits until all
-- are gone that began to write before (shared/access/forgetting.py).
create table es.doomed (
    key_id      uuid        primary key,
    at          timestamptz not null default clock_timestamp()
);

-- One event, unless a text in it is sealed with such a key: then null. Two statements, because each sees
-- what was committed before it began, and the first gives this transaction the id that is waited for.
create function es.append_unless_doomed(
    p_stream uuid, p_version int, p_event_id uuid, p_name text, p_body text,
    p_handler text, p_message text, p_fingerprint bytea, p_keys uuid[]
) returns bytea language sql security definer
begin atomic
    select pg_current_xact_id();
    select es.append(p_stream, p_version, p_event_id, p_name, p_body, p_handler, p_message, p_fingerprint)
    where not exists (select from es.doomed where key_id = any(p_keys));
end;

revoke all on es.doomed from public;
revoke all on function es.append_unless_doomed from public;
grant select, insert (key_id) on es.doomed to {app};
grant execute on function es.append_unless_doomed to {app};
