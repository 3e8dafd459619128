-- What intake must remember and what is not derived from events.
create schema desk;
create sequence desk.registration_no;                        -- PPA-YYYY-NNNNNN; a gap is a request that failed or came again
create table desk.wrong_pins (
    registration_no text        not null,
    at              timestamptz not null
);
create index wrong_pins_recent on desk.wrong_pins (registration_no, at);
grant usage on schema desk to {app};
grant usage on sequence desk.registration_no to {app};
grant select, insert, delete on desk.wrong_pins to {app};
