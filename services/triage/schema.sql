create table identifications (
    complaint_id    uuid        primary key,
    registration_no text        not null,
    channel         text        not null,
    reporter_role   text        not null,
    in_danger       boolean     not null,
    locus_code      text,
    received_at     timestamptz not null,
    status          text        not null,
    officer_id      text,
    taken_at        timestamptz,
    due_at          timestamptz,
    completed_at    timestamptz,
    route           text[]      not null default '{}',
    case_id         uuid,
    case_kind       text,
    version         int         not null,
    stream_id       uuid        not null unique,
    handed_over     boolean     not null default true,
    amended_at      timestamptz,
    withdrawn_by    text
);
create index identifications_queue on identifications (status, in_danger desc, received_at);
create index identifications_case on identifications (case_id);

create table cases (
    id              uuid        primary key,
    registration_no text        not null,
    opened_at       timestamptz not null,
    vawc            boolean,
    locus           text,
    locus_code      text,
    urgency         text,
    tpks            boolean,
    child           boolean,
    violence        text[]      not null default '{}',
    needs           text[]      not null default '{}',
    route           text[]      not null default '{}',
    classified_at   timestamptz,
    counselor_id    uuid,
    officer_ids     text[]      not null default '{}',  -- who identify it and have not handed it on
    linked_ids      text[]      not null default '{}',  -- who identify a further complaint about it
    referral_ids    uuid[]      not null default '{}',
    complaint_ids   uuid[]      not null,
    version         int         not null,
    reclassified_at timestamptz,
    accepted_at     timestamptz,
    special         text[]      not null default '{}',
    withdrawn       boolean     not null default false,
    decided         text[]      not null default '{}',  -- what a supervisor has decided about it
    police          text,                               -- reported, not_reported
    police_due      boolean     not null default false, -- the clock of the report runs
    was_high        boolean     not null default false, -- at any time
    men_only        boolean     not null default false, -- by the form every victim is a grown man
    ended_for       uuid,                               -- opened for now, and is this case
    children        uuid[]      not null default '{}'   -- among the victims in its form
);

-- How far it is to forget somebody (codes and staff ids only), and what persons asked for.
create table erasures (
    person_id       uuid        primary key,
    case_id         uuid,                               -- null: the complaint has no case yet
    complaint_id    uuid,                               -- of which alone she is known
    role            text        not null,
    status          text        not null default 'filed',
    ground          text,
    requested_by    text,
    approved_by     text,
    due_at          timestamptz,
    hold            text,
    blocked_by      text,                               -- what stands against it though it is due
    erased_at       timestamptz,
    requested_at    timestamptz,
    persons         uuid[]      not null default '{}',  -- who goes with her, herself first
    complaint_ids   uuid[]      not null default '{}',
    story           boolean     not null default false
);
create index erasures_due on erasures (due_at) where status = 'approved';
create index erasures_complaint on erasures (complaint_id);
create table forgotten (
    person_id       uuid        not null,
    service         text        not null,
    keys            int         not null,
    primary key (person_id, service)
);
create table refusals (
    person_id       uuid        not null,
    service         text        not null,
    primary key (person_id, service)
);
create table privacy_requests (
    id              uuid        primary key,
    kind            text        not null,
    case_id         uuid,                               -- null: the complaint has no case yet
    person_id       uuid,
    filed_at        timestamptz not null,
    due_at          timestamptz not null,
    outcome         text,
    answered_at     timestamptz,
    complaint_id    uuid                                -- of which alone she is known
);

-- Everybody in a case, by role; whoever told of it, and the victim nobody wrote a form of, by complaint.
create table parties (
    person_id       uuid        primary key,
    case_id         uuid        not null,
    complaint_id    uuid,
    role            text        not null
);
alter table parties enable row level security;
create policy service on parties using (sees_everything());

-- Whose case a complaint is: for shared/access/forgetting.py.
create function cases_of(journey uuid) returns uuid[] stable language sql
return array(
    select case_id from identifications where complaint_id = journey
    union select id from cases where journey = any(complaint_ids)
);

-- See shared/access/standing.sql.
create or replace function known_as(variadic about uuid[]) returns uuid[] stable language sql
security definer
return about || array(
    select unnest(id || complaint_ids) from cases
    where id = any(
        about || array(select case_id from identifications where complaint_id = any(about))
    )
);

-- The second wall: see shared/access/standing.sql.
alter table identifications enable row level security;
create policy service on identifications using (sees_everything());
create policy reader on identifications for select using (
    not array[identifications.case_id, identifications.complaint_id] && (select related_to_me())
    and i_am('identification_officer', 'supervisor')
);

alter table cases enable row level security;
create policy service on cases using (sees_everything());
create policy reader on cases for select using (
    not i_am_related(variadic array[cases.id] || cases.complaint_ids)
    and (
        i_am('identification_officer', 'supervisor')
        or i_am('counselor') and counselor_id::text = my_id()
        or i_broke_the_glass(cases.id)
    )
);

alter table erasures enable row level security;
create policy service on erasures using (sees_everything());
create policy reader on erasures for select using (
    i_am('privacy_officer', 'supervisor')
    and not array[erasures.case_id, erasures.complaint_id] && (select related_to_me())
);

alter table privacy_requests enable row level security;
create policy service on privacy_requests using (sees_everything());
create policy reader on privacy_requests for select using (
    i_am('privacy_officer')
    and not array[privacy_requests.case_id, privacy_requests.complaint_id] && (select related_to_me())
);

-- Who counsels a case: its clocks are there for her too (shared/clocks/clocks.sql).
create function counselor_of(about uuid) returns text stable language sql
return (select counselor_id::text from cases where id = about);
create policy counselor on clocks for select using (
    i_am('counselor') and is_told_to_counselors(clocks.rule)
    and (counselor_of(clocks.case_id) = my_id() or i_broke_the_glass(clocks.case_id))
);
