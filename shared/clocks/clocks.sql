-- What the views of every service have: the clocks that run or ran in it (shared/clocks).
create table clocks (
    id              uuid        primary key,
    rule            text        not null,
    rule_version    text        not null,
    about           uuid        not null,
    complaint_id    uuid,
    case_id         uuid,
    staff_id        text,
    started_at      timestamptz not null,
    warn_at         timestamptz,
    due_at          timestamptz not null,
    breached        boolean     not null default false,
    stopped_at      timestamptz,
    explained       boolean     not null default false,
    warned          boolean     not null default false
);
create index clocks_running on clocks (due_at) where stopped_at is null;
create index clocks_about on clocks (about);
create index clocks_case on clocks (case_id);

-- Whoever is related to a party sees none of them, by whichever policy she would.
alter table clocks enable row level security;
create policy service on clocks using (sees_everything());
create policy unrelated on clocks as restrictive for select using (
    sees_everything()
    or not array[case_id, complaint_id] && (select related_to_me())
);
create policy reader on clocks for select using (i_am('supervisor') or staff_id = my_id());

-- Its counselor sees them too: each service says in its own schema.sql who that is (counselor_of). But
-- only how soon something must be done: that somebody broke the glass may be because of her. A rule that is
-- not named here she is not told of.
create function is_told_to_counselors(rule text) returns boolean immutable language sql
return rule in (
    'counter', 'identification', 'first_response', 'first_response_high',
    'response_high', 'response_medium', 'response_low', 'tpks_police_report', 'promise',
    'referral_answer_high', 'referral_answer', 'assignment_high', 'assignment'
);

-- Each run of a clock by itself, for reports: a clock that runs again forgets here nothing of before.
create table clock_runs (
    clock_id        uuid        not null,
    began           int         not null,               -- the version of the clock that began it
    started_at      timestamptz not null,
    rule            text        not null,
    rule_version    text        not null,
    complaint_id    uuid,
    case_id         uuid,
    staff_id        text,
    due_at          timestamptz not null,
    breached        boolean     not null default false,
    stopped_at      timestamptz,
    primary key (clock_id, began)
);
create index clock_runs_started on clock_runs (started_at);
create index clock_runs_running on clock_runs (clock_id) where stopped_at is null;

alter table clock_runs enable row level security;
create policy service on clock_runs using (sees_everything());
create policy reader on clock_runs for select using (
    not array[case_id, complaint_id] && (select related_to_me())
    and (i_am('supervisor') or staff_id = my_id())
);
