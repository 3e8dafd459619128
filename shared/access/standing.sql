-- What the views of every service have: how people stand to a case (shared/access/standing.py), and the
-- second wall (ADR 18). It comes before a service's own schema.sql, whose policies stand on it.
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

-- Requests read as a subject (shared/access/wall.py); what the service does by itself sees everything,
-- and whoever says neither sees nothing.
create function sees_everything() returns boolean stable language sql as
$$ select coalesce(current_setting('aduan.sees', true) = 'everything', false) $$;
create function my_id() returns text stable language sql as
$$ select current_setting('aduan.id', true) $$;
create function i_am(variadic roles text[]) returns boolean stable language sql as
$$ select string_to_array(current_setting('aduan.roles', true), ',') && roles $$;

alter table conflicts enable row level security;
create policy service on conflicts using (sees_everything());
create policy reader on conflicts for select using (staff_id = my_id() or i_am('supervisor'));

-- Ask about all that a row is known as, its case and its complaint: a conflict may have been declared
-- before there was a case. What is null is not asked.
-- Bound to the tables and not to their names: views are built under another name, and renamed.
create function i_am_related(variadic about uuid[]) returns boolean stable language sql
return exists (select from conflicts where case_id = any(about) and staff_id = my_id());

-- All that these are known as: a case, and all of its complaints. A conflict may have been declared of one of
-- them at the very moment it got its case, so that the others were not told. Each service says in its own
-- schema.sql what it knows. It asks as who owns the views, whom no wall stops (security definer): to whoever is
-- related nothing is there, so nothing would be known of it.
create function known_as(variadic about uuid[]) returns uuid[] stable language sql
return about;

-- All that I am related to. A policy asks in a subselect, which is answered once for all rows:
--     not array[case_id, complaint_id] && (select related_to_me())
create function related_to_me() returns uuid[] stable language sql
return known_as(variadic array(select case_id from conflicts where staff_id = my_id()));

alter table glass enable row level security;
create policy service on glass using (sees_everything());
create policy reader on glass for select using (
    staff_id = my_id()
    or i_am('supervisor') and not array[case_id] && (select related_to_me())
);

-- What is closed and what is held, because of whom (shared/access/keeping.py): persons and journeys.
create table kept (
    person_id       uuid        not null,
    why             text        not null,               -- closed, held
    what            uuid        not null,
    alone           boolean     not null,               -- only what belongs to no other journey
    primary key (person_id, why, what)
);
create index kept_what on kept (what);
alter table kept enable row level security;
create policy service on kept using (sees_everything());

create function i_broke_the_glass(about uuid) returns boolean stable language sql
return exists (select from glass where case_id = about and staff_id = my_id() and until > now());

-- To whom the record of an old case is open, and until when; over is over, also without an event.
create table records (
    case_id         uuid        not null,
    staff_id        text        not null,
    until           timestamptz not null,
    primary key (case_id, staff_id)
);
alter table records enable row level security;
create policy service on records using (sees_everything());
create policy reader on records for select using (
    staff_id = my_id()
    or i_am('supervisor') and not array[case_id] && (select related_to_me())
);
create function i_have_the_record(about uuid) returns boolean stable language sql
return exists (select from records where case_id = about and staff_id = my_id() and until > now());

