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
    version         int         not null,
    stream_id       uuid        not null unique
);
create index identifications_queue on identifications (status, in_danger desc, received_at);

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
    referral_ids    uuid[]      not null default '{}',
    complaint_ids   uuid[]      not null,
    version         int         not null
);

-- How people stand to a case (shared/access/standing.py): related to a party; with emergency access.
create table conflicts (
    case_id         uuid        not null,
    staff_id        text        not null,
    primary key (case_id, staff_id)
);
create table glass (
    id              uuid        primary key,
    case_id         uuid        not null,
    staff_id        text        not null,
    broken_at       timestamptz not null,
    until           timestamptz not null,
    reviewer_id     text,
    was_justified   boolean,
    reviewed_at     timestamptz
);
create index glass_case on glass (case_id);

-- How far it is to forget somebody (codes and staff ids only), and what persons asked for.
create table erasures (
    person_id       uuid        primary key,
    case_id         uuid        not null,
    role            text        not null,
    status          text        not null default 'filed',
    ground          text,
    requested_by    text,
    approved_by     text,
    due_at          timestamptz,
    hold            text,
    erased_at       timestamptz
);
create index erasures_due on erasures (due_at) where status = 'approved';
create table forgotten (
    person_id       uuid        not null,
    service         text        not null,
    keys            int         not null,
    primary key (person_id, service)
);
create table privacy_requests (
    id              uuid        primary key,
    kind            text        not null,
    case_id         uuid        not null,
    person_id       uuid,
    filed_at        timestamptz not null,
    due_at          timestamptz not null,
    outcome         text,
    answered_at     timestamptz
);

-- The second wall (ADR 18). Requests read as a subject (shared/access/wall.py); what the service does
-- by itself sees everything, and whoever says neither sees nothing.
create function sees_everything() returns boolean stable language sql as
$$ select coalesce(current_setting('aduan.sees', true) = 'everything', false) $$;
create function my_id() returns text stable language sql as
$$ select current_setting('aduan.id', true) $$;
create function i_am(variadic roles text[]) returns boolean stable language sql as
$$ select string_to_array(current_setting('aduan.roles', true), ',') && roles $$;

alter table conflicts enable row level security;
create policy service on conflicts using (sees_everything());
create policy reader on conflicts for select using (staff_id = my_id() or i_am('supervisor'));

alter table glass enable row level security;
create policy service on glass using (sees_everything());
create policy reader on glass for select using (
    staff_id = my_id()
    or i_am('supervisor') and not exists (
        select from conflicts as k where k.case_id = glass.case_id and k.staff_id = my_id()
    )
);

alter table identifications enable row level security;
create policy service on identifications using (sees_everything());
create policy reader on identifications for select using (
    not exists (
        select from conflicts where conflicts.case_id = identifications.case_id and staff_id = my_id()
    )
    and i_am('identification_officer', 'supervisor')
);

alter table cases enable row level security;
create policy service on cases using (sees_everything());
create policy reader on cases for select using (
    not exists (
        select from conflicts where conflicts.case_id = cases.id and staff_id = my_id()
    )
    and (
        i_am('identification_officer', 'supervisor')
        or i_am('counselor') and counselor_id::text = my_id()
        or exists (
            select from glass
            where glass.case_id = cases.id and staff_id = my_id() and until > now()
        )
    )
);

alter table erasures enable row level security;
create policy service on erasures using (sees_everything());
create policy reader on erasures for select using (
    i_am('privacy_officer', 'supervisor') and not exists (
        select from conflicts as k where k.case_id = erasures.case_id and k.staff_id = my_id()
    )
);

alter table privacy_requests enable row level security;
create policy service on privacy_requests using (sees_everything());
create policy reader on privacy_requests for select using (i_am('privacy_officer'));
