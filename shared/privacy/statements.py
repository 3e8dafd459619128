"""What the keyring says to its database (migrations/0001_keys.sql)."""

INSERT = """
    insert into keys.keys (id, commitment, epoch, wrapped)
    select id, commitment, $4, wrapped
    from unnest($1::uuid[], $2::bytea[], $3::bytea[]) as made (id, commitment, wrapped)"""
INSERT_ONCE = INSERT + " on conflict (id) do nothing"
READ = "select id, commitment, epoch, wrapped, restricted from keys.keys where id = any($1)"
LOCK = """
    select id, held, destroyed_at is not null as destroyed
    from keys.keys where id = any($1) order by id for update"""
RESTRICT = "update keys.keys set restricted = $2 where id = any($1) and destroyed_at is null"
HOLD = "update keys.keys set held = $2 where id = any($1) and destroyed_at is null"
ALIGN = """
    update keys.keys set restricted = id = any($1::uuid[]), held = id = any($2::uuid[])
    where destroyed_at is null and (restricted or held or id = any($1) or id = any($2))
      and (restricted <> (id = any($1)) or held <> (id = any($2)))
    returning id"""
DESTROY = """
    insert into keys.keys as k (id, epoch, destroyed_at, destroyed_by)
    select distinct id, 0, $2::timestamptz, $3::uuid from unnest($1::uuid[]) as gone (id)
    on conflict (id) do update set wrapped = null, held = false,
        destroyed_at = excluded.destroyed_at, destroyed_by = excluded.destroyed_by
    where k.destroyed_at is null"""
OLDER = """
    select id, epoch, wrapped from keys.keys
    where wrapped is not null and epoch < $1 order by epoch limit $2"""
REWRAP = """
    update keys.keys k set epoch = $4, wrapped = new.wrapped
    from unnest($1::uuid[], $2::bytea[], $3::bytea[]) as new (id, before, wrapped)
    where k.id = new.id and k.wrapped = new.before"""
INDEX = """
    with live as (
        select id from keys.keys where id = $3 and destroyed_at is null for share
    ), put as (
        insert into keys.blind_index (kind, tag, key_id) select $1, $2, id from live
        on conflict do nothing
    )
    select exists (select from live)"""
FIND = """
    select k.id from keys.blind_index b join keys.keys k on k.id = b.key_id
    where b.kind = $1 and b.tag = $2 and k.destroyed_at is null and not k.restricted
    order by k.id"""
