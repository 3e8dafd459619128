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
    version         int         not null,
    moot            text,                           -- why an officer must decide if it goes on
    answer          text,                           -- accepted, declined
    answered_at     timestamptz
);
create index referrals_case on referrals (case_id);
create index referrals_complaint on referrals (complaint_id);

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
create index needs_case on needs (case_id);
create index needs_complaint on needs (complaint_id);

create table standings (
    case_id         uuid        primary key,
    counselor_id    uuid        not null
);

-- Whose case a complaint is: for shared/access/forgetting.py.
create function cases_of(journey uuid) returns uuid[] stable language sql
return array(
    select case_id from referrals where complaint_id = journey
    union select case_id from needs where complaint_id = journey
);

-- See shared/access/standing.sql.
create or replace function known_as(variadic about uuid[]) returns uuid[] stable language sql
security definer
return about || array(
    select unnest(array[case_id, complaint_id])
    from (select case_id, complaint_id from referrals union select case_id, complaint_id from needs) told
    where case_id = any(about || array(
        select case_id from referrals where complaint_id = any(about)
        union select case_id from needs where complaint_id = any(about)
    ))
);

-- The second wall: see shared/access/standing.sql.
alter table standings enable row level security;
create policy service on standings using (sees_everything());
create policy reader on standings for select using (counselor_id::text = my_id());

alter table referrals enable row level security;
create policy service on referrals using (sees_everything());
create policy reader on referrals for select using (
    not array[referrals.case_id, referrals.complaint_id] && (select related_to_me())
    and (
        i_am('referral_officer', 'supervisor')
        or i_am('agency') and agency_id::text = nullif(current_setting('aduan.agency', true), '')
        or i_am('counselor') and exists (
            select from standings
            where standings.case_id = referrals.case_id and counselor_id::text = my_id()
        )
        or i_broke_the_glass(referrals.case_id)
    )
);

alter table needs enable row level security;
create policy service on needs using (sees_everything());
create policy reader on needs for select using (
    not array[needs.case_id, needs.complaint_id] && (select related_to_me())
    and i_am('referral_officer', 'supervisor')
);

-- Who counsels a case: its clocks are there for her too (shared/clocks/clocks.sql).
create function counselor_of(about uuid) returns text stable language sql
return (select counselor_id::text from standings where case_id = about);
create policy counselor on clocks for select using (
    i_am('counselor') and is_told_to_counselors(clocks.rule)
    and (counselor_of(clocks.case_id) = my_id() or i_broke_the_glass(clocks.case_id))
);
