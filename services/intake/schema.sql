create table complaints (
    id              uuid        primary key,
    registration_no text        not null unique,
    channel         text        not null,
    sub_channel     text,
    reporter_role   text        not null,
    in_danger       boolean     not null,
    locus_code      text,
    received_at     timestamptz not null,
    status          text        not null,
    case_id         uuid,
    officer_id      text,
    version         int         not null,
    handed_over     boolean     not null default true,
    is_minimal      boolean     not null default false,
    withdrawn_at    timestamptz,
    decided_at      timestamptz                     -- since when it goes another way than at first
);
create index complaints_case on complaints (case_id);

create table standings (
    case_id         uuid        primary key,
    counselor_id    uuid        not null
);

-- Whose case a complaint is: for shared/access/forgetting.py.
create function cases_of(journey uuid) returns uuid[] stable language sql
return array(select case_id from complaints where id = journey);

-- See shared/access/standing.sql.
create or replace function known_as(variadic about uuid[]) returns uuid[] stable language sql
security definer
return about || array(
    select unnest(array[case_id, id]) from complaints
    where case_id = any(about || array(select case_id from complaints where id = any(about)))
);

-- The second wall: see shared/access/standing.sql.
alter table standings enable row level security;
create policy service on standings using (sees_everything());
create policy reader on standings for select using (counselor_id::text = my_id());

alter table complaints enable row level security;
create policy service on complaints using (sees_everything());
create policy reader on complaints for select using (
    not array[complaints.case_id, complaints.id] && (select related_to_me())
    and (
        i_am('operator', 'identification_officer', 'supervisor')
        or i_am('counselor') and exists (
            select from standings
            where standings.case_id = complaints.case_id and counselor_id::text = my_id()
        )
        or i_broke_the_glass(complaints.case_id)
    )
);

-- Who counsels a case: its clocks are there for her too (shared/clocks/clocks.sql).
create function counselor_of(about uuid) returns text stable language sql
return (select counselor_id::text from standings where case_id = about);
create policy counselor on clocks for select using (
    i_am('counselor') and is_told_to_counselors(clocks.rule)
    and (counselor_of(clocks.case_id) = my_id() or i_broke_the_glass(clocks.case_id))
);
