-- The keyring of one service, in a database of its own: it is backed up apart, and not for long.
-- {app} is the role the service logs in with; the owner of these tables is another role.
create schema keys;

create table keys.keys (
    id           uuid        primary key,
    commitment   bytea       check (octet_length(commitment) = 32),     -- public, see sealing.py
    epoch        int         not null,                                  -- which key wraps this one
    wrapped      bytea,                                                 -- null: destroyed
    restricted   boolean     not null default false,                    -- must not be opened for now
    held         boolean     not null default false,                    -- legal hold: must not be destroyed
    destroyed_at timestamptz,
    destroyed_by uuid,                                                  -- the event that asked for it
    made_at      timestamptz not null default clock_timestamp(),
    constraint destroyed_is_empty check ((wrapped is null) = (destroyed_at is not null)),
    constraint live_is_committed  check (wrapped is null or commitment is not null),
    constraint held_is_live       check (not (held and destroyed_at is not null)),
    -- The key of the blind index is a key like the others, but nobody's.
    constraint index_key_stays    check (destroyed_at is null or id <> '00000000-0000-7000-8000-000000000001')
) with (fillfactor = 80);
create index keys_epoch on keys.keys (epoch) where wrapped is not null;

-- Who has this number? A keyed hash of it, and no more; gone with the key.
create table keys.blind_index (
    kind         text        not null,
    tag          bytea       not null check (octet_length(tag) = 16),
    key_id       uuid        not null references keys.keys on delete cascade,
    primary key (kind, tag, key_id)
);
create index blind_index_key on keys.blind_index (key_id);

create table keys.epochs (
    only_row     boolean     primary key default true check (only_row),
    oldest       int         not null default 0                         -- what is before it was destroyed
);
insert into keys.epochs default values;

--   KY001 destroyed stays destroyed   KY002 wrapped in a destroyed epoch   KY003 still in use
create function keys.guard() returns trigger
language plpgsql security definer set search_path = keys, pg_temp as $$
begin
    if tg_op = 'UPDATE' and old.destroyed_at is not null then
        raise exception 'destroyed stays destroyed' using errcode = 'KY001';
    end if;
    -- Wrapped just before the epoch was destroyed, stored just after: it would be lost unnoticed.
    if new.wrapped is not null and new.epoch < (select oldest from keys.epochs) then
        raise exception 'wrapped in a destroyed epoch' using errcode = 'KY002';
    end if;
    if new.destroyed_at is not null then
        delete from keys.blind_index where key_id = new.id;
    end if;
    return new;
end $$;
create trigger guard before insert or update on keys.keys for each row execute function keys.guard();
alter table keys.keys enable always trigger guard;

-- To be called before the epochs before this one are destroyed. Who stores a key waits meanwhile.
create function keys.retire(p_before int) returns void
language plpgsql security definer set search_path = keys, pg_temp as $$
begin
    lock table keys.keys in share row exclusive mode;
    if exists (select from keys.keys where wrapped is not null and epoch < p_before) then
        raise exception 'there are keys in an earlier epoch' using errcode = 'KY003';
    end if;
    if not exists (select from keys.keys where wrapped is not null and epoch >= p_before) then
        raise exception 'that epoch has not begun' using errcode = 'KY003';
    end if;
    update keys.epochs set oldest = greatest(oldest, p_before);
end $$;

create function keys.refuse() returns trigger language plpgsql as $$
begin
    raise exception 'keys are destroyed, not deleted (% refused)', tg_op using errcode = 'KY001';
end $$;
create trigger no_delete   before delete   on keys.keys for each statement execute function keys.refuse();
create trigger no_truncate before truncate on keys.keys for each statement execute function keys.refuse();
alter table keys.keys enable always trigger no_delete;
alter table keys.keys enable always trigger no_truncate;

revoke all on all tables in schema keys from public;
revoke all on all functions in schema keys from public;
grant usage on schema keys to {app};
grant select on keys.keys, keys.blind_index to {app};
grant insert (id, commitment, epoch, wrapped, destroyed_at, destroyed_by) on keys.keys to {app};
grant update (epoch, wrapped, restricted, held, destroyed_at, destroyed_by) on keys.keys to {app};
grant insert on keys.blind_index to {app};
grant execute on function keys.retire to {app};
