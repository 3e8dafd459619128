create table counselors (
    id              uuid        primary key,
    skills          text[]      not null,
    sex             text        not null,
    capacity        int         not null,
    is_coordinator  boolean     not null,
    available       boolean     not null,                        -- or she has left
    absent_until    date,                                        -- the last day she is away
    load            int         not null default 0
);

create table casework (
    case_id         uuid        primary key,
    stream_id       uuid        not null unique,
    complaint_id    uuid        not null,
    needs           text[]      not null,
    urgency         text        not null,
    child           boolean,
    opened_at       timestamptz not null,
    followed        uuid[]      not null default '{}',           -- complaints that hold it
    linked          uuid[]      not null default '{}',           -- complaints about it as an old case
    accepted        uuid[]      not null default '{}',           -- of those that hold it
    withdrawn       uuid[]      not null default '{}',
    officer_ids     text[]      not null default '{}',           -- who identify those that are linked
    counselor_id    uuid,
    handled_by      uuid,
    reasons         text[]      not null default '{}',
    assigned_at     timestamptz,
    accepted_at     timestamptz,
    accept_by       timestamptz,
    changed_at      timestamptz,
    moot            text,
    ended_at        timestamptz,
    version         int         not null,
    status          text        not null generated always as (
        case when ended_at is not null then 'ended'
             when moot is not null then 'moot'
             when counselor_id is null then 'unassigned'
             when accepted @> followed then 'accepted'
             else 'assigned' end
    ) stored
);
create index casework_counselor on casework (counselor_id);
create index casework_status on casework (status, opened_at);
create index casework_complaints on casework using gin ((followed || linked));

-- What we heard of complaints, also of those whose case is not known yet.
create table complaints (
    complaint_id        uuid        primary key,
    officer_id          text,
    withdrawn_by        text,
    withdrawn_at        timestamptz
);

-- Whose case a complaint is: for shared/access/forgetting.py.
create function cases_of(journey uuid) returns uuid[] stable language sql
return array(select case_id from casework where complaint_id = journey);

-- See shared/access/standing.sql.
create or replace function known_as(variadic about uuid[]) returns uuid[] stable language sql
security definer
return about || array(
    select unnest(array[case_id, complaint_id] || followed || linked) from casework
    where case_id = any(about) or (followed || linked) && about
);

-- The second wall: see shared/access/standing.sql.
alter table casework enable row level security;
create policy service on casework using (sees_everything());
create policy reader on casework for select using (
    not i_am_related(variadic array[case_id, complaint_id] || followed || linked)
    and (
        i_am('identification_officer', 'supervisor')
        or i_am('counselor') and counselor_id::text = my_id()
        or i_broke_the_glass(casework.case_id)
    )
);

-- A complaint is there for whoever finds a casework of it.
alter table complaints enable row level security;
create policy service on complaints using (sees_everything());
create policy reader on complaints for select using (
    exists (
        select from casework
        where (followed || linked) @> array[complaints.complaint_id]
    )
);

-- Who counsels a case: its clocks are there for her too (shared/clocks/clocks.sql).
create function counselor_of(about uuid) returns text stable language sql
return (select counselor_id::text from casework where case_id = about);
create policy counselor on clocks for select using (
    i_am('counselor') and is_told_to_counselors(clocks.rule)
    and (counselor_of(clocks.case_id) = my_id() or i_broke_the_glass(clocks.case_id))
);
