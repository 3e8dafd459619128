create table agencies (
    id                  uuid        primary key,
    name                text        not null,
    kind                text        not null,
    region_code         text        not null,
    serves              text[]      not null,
    answer_within_hours int         not null
);

create table referrals (
    id              uuid        primary key,
    case_id         uuid        not null,
    complaint_id    uuid        not null,
    agency_id       uuid        not null,
    agency_kind     text        not null,
    region_code     text        not null,
    urgency         text        not null,
    purpose         text        not null,
    violence        text[]      not null,
    age_band        text,
    referred_at     timestamptz not null,
    respond_by      timestamptz not null,
    version         int         not null
);
create index referrals_case on referrals (case_id);

create table needs (
    id              uuid        primary key,
    case_id         uuid        not null,
    complaint_id    uuid        not null,
    region_code     text,
    urgency         text        not null,
    reason          text        not null,
    candidates      uuid[]      not null,
    needed_at       timestamptz not null
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
create table standings (
    case_id         uuid        primary key,
    counselor_id    uuid        not null
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

alter table standings enable row level security;
create policy service on standings using (sees_everything());
create policy reader on standings for select using (counselor_id::text = my_id());

alter table referrals enable row level security;
create policy service on referrals using (sees_everything());
create policy reader on referrals for select using (
    not exists (
        select from conflicts where conflicts.case_id = referrals.case_id and staff_id = my_id()
    )
    and (
        i_am('referral_officer', 'supervisor')
        or i_am('agency') and agency_id::text = nullif(current_setting('aduan.agency', true), '')
        or i_am('counselor') and exists (
            select from standings
            where standings.case_id = referrals.case_id and counselor_id::text = my_id()
        )
        or exists (
            select from glass
            where glass.case_id = referrals.case_id and staff_id = my_id() and until > now()
        )
    )
);

alter table needs enable row level security;
create policy service on needs using (sees_everything());
create policy reader on needs for select using (
    not exists (
        select from conflicts where conflicts.case_id = needs.case_id and staff_id = my_id()
    )
    and i_am('referral_officer', 'supervisor')
);
