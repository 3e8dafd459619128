create table counselors (
    id              uuid        primary key,
    skills          text[]      not null,
    sex             text        not null,
    capacity        int         not null,
    is_coordinator  boolean     not null
);

create table casework (
    case_id         uuid        primary key,
    stream_id       uuid        not null unique,
    complaint_id    uuid        not null,
    needs           text[]      not null,
    urgency         text        not null,
    child           boolean,
    opened_at       timestamptz not null,
    status          text        not null,
    counselor_id    uuid,
    reasons         text[]      not null default '{}',
    assigned_at     timestamptz,
    version         int         not null
);
create index casework_counselor on casework (counselor_id);

-- Whose case a complaint is: for shared/access/forgetting.py.
create function cases_of(journey uuid) returns uuid[] stable language sql
return array(select case_id from casework where complaint_id = journey);

-- The second wall: see shared/access/standing.sql.
alter table casework enable row level security;
create policy service on casework using (sees_everything());
create policy reader on casework for select using (
    not i_am_related(casework.case_id)
    and (
        i_am('identification_officer', 'supervisor')
        or i_am('counselor') and counselor_id::text = my_id()
        or i_broke_the_glass(casework.case_id)
    )
);
