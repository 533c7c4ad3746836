//! The rows of the plan. Each follows from the seed and its number alone.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::Value;
use service::STANDARD_ROLES;
use uuid::Uuid;

use super::columns::{
    APPLICATIONS, ASSIGNED, CLIENTS, HELD, MEMBERSHIPS, PERMISSIONS, ROLES, USERS,
};
use super::dice::Dice;
use super::names::Names;
use super::plan::{Kind, Member, Plan, Rank, has_support, owner, owns};
use super::write::Rows;

/// From 2022 to 2026, in microseconds.
const START: i64 = 1_640_995_200_000_000;
const SPAN: i64 = 126_230_400_000_000;
const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
/// When the last had joined; then some left, and then some were deleted.
const JOINED: i64 = START + SPAN + 40 * DAY;
const LEFT: i64 = JOINED + 60 * DAY;

const SEGMENTS: [&str; 4] = ["retail", "wholesale", "public", "trial"];

/// A deletion: when, and by which id.
type Deletion = Option<(i64, Uuid)>;

/// What other rows need to know of a user.
struct Person {
    id: Uuid,
    created: i64,
    deleted: Deletion,
}

/// What other rows need to know of an application.
pub(super) struct Place {
    pub(super) id: Uuid,
    created: i64,
    deleted: Deletion,
}

/// Makes the rows.
pub(super) struct Maker {
    pub(super) plan: Plan,
    names: Names,
}

impl Maker {
    pub(super) fn new(plan: Plan) -> Self {
        Self {
            names: Names::new(plan.numbers.seed),
            plan,
        }
    }

    fn dice(&self, kind: Kind, number: u64) -> Dice {
        Dice::of(self.plan.numbers.seed, kind as u64, number)
    }

    /// Users come ever faster: as many by then as the square of the time that has passed.
    fn person(&self, number: u64) -> Person {
        let mut dice = self.dice(Kind::User, number);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "a part of the span: nobody counts on its last digit, and it is the same everywhere"
        )]
        let passed = {
            let part = (number as f64 + 0.5) / self.plan.numbers.users as f64;
            (part.sqrt() * SPAN as f64) as i64
        };
        let created = START + passed + later(&mut dice, HOUR);
        let id = id(created, &mut dice);
        let deleted = dice.happens(15) && !owns(self.plan.numbers, number);
        let deleted = deleted.then(|| self.deletion(id));
        Person {
            id,
            created,
            deleted,
        }
    }

    pub(super) fn place(&self, number: u64) -> Place {
        let owner = self.person(owner(self.plan.numbers, number));
        let mut dice = self.dice(Kind::Application, number);
        // Who founds one comes for that: so ids go up with numbers, nearly, which keeps indexes small.
        let created = owner.created + 60_000_000 + later(&mut dice, HOUR);
        let id = id(created, &mut dice);
        // The first is what one looks at first.
        let deleted = number > 1 && dice.happens(10);
        let deleted = deleted.then(|| self.deletion(id));
        Place {
            id,
            created,
            deleted,
        }
    }

    fn deletion(&self, of: Uuid) -> (i64, Uuid) {
        let (high, low) = of.as_u64_pair();
        let mut dice = self.dice(Kind::Deletion, high ^ low);
        let at = LEFT + later(&mut dice, 120 * DAY);
        (at, id(at, &mut dice))
    }

    /// When the member came, and went.
    fn stay(&self, member: Member, person: &Person, place: &Place) -> (i64, Deletion) {
        let number = member.user.rotate_left(32) ^ member.application;
        let mut dice = self.dice(Kind::Membership, number);
        if member.rank == Rank::Owner {
            return (place.created, place.deleted);
        }
        let joined = person.created.max(place.created) + later(&mut dice, 30 * DAY);
        let left = dice.happens(25).then(|| {
            let at = JOINED + later(&mut dice, 50 * DAY);
            (at, id(at, &mut dice))
        });
        // What goes first takes it.
        let first = [person.deleted, place.deleted].into_iter().flatten().min();
        (joined, left.or(first))
    }

    pub(super) fn user_id(&self, number: u64) -> Uuid {
        self.person(number).id
    }

    pub(super) fn users(&self, numbers: Range<u64>) -> Rows {
        let mut rows = Rows::of("users", USERS);
        let people = numbers.map(|number| (number, self.person(number)));
        for (number, person) in ordered(people, |(_, person)| person.id) {
            let mut dice = Dice::of(!self.plan.numbers.seed, Kind::User as u64, number);
            let (given, family, local) = self.names.person(number);
            let domains = ["example.org", "example.net", "mail.example", "post.example"];
            let domain = domains[dice.place(domains.len())];
            let verified = person.created + 60_000_000 + later(&mut dice, 2 * DAY);
            let verified = dice.happens(850).then_some(verified);
            let username = dice.happens(300).then(|| local.replace('.', "_"));
            let changed = last(verified.unwrap_or(person.created), person.deleted);
            rows.push([
                person.id.into(),
                format!("{local}@{domain}").into(),
                username.into(),
                format!("{given} {family}").into(),
                given.into(),
                family.into(),
                optional(verified),
                instant(person.created),
                instant(changed),
                optional(person.deleted.map(|(at, _)| at)),
                person.deleted.map(|(_, id)| id).into(),
            ]);
        }
        rows
    }

    /// The applications with all that is in them, in the order in which it stands under each other.
    pub(super) fn applications(&self, numbers: Range<u64>, record: &str) -> [Rows; 7] {
        let mut made = Made::new();
        let places = numbers.map(|number| (number, self.place(number)));
        for (number, place) in ordered(places, |(_, place)| place.id) {
            self.application(number, &place, record, &mut made);
        }
        made.0
    }

    fn application(&self, number: u64, place: &Place, record: &str, made: &mut Made) {
        let [applications, .., clients, assigned] = &mut made.0;
        let creator = self.user_id(owner(self.plan.numbers, number));
        let (name, slug, description) = if number == 0 {
            let (name, slug) = ("Seed data", "seed-data");
            (name.to_owned(), slug.to_owned(), Some(record.to_owned()))
        } else {
            let (name, slug) = self.names.application(number - 1);
            (name, slug, None)
        };
        applications.push([
            place.id.into(),
            public_id(number).into(),
            slug.into(),
            name.into(),
            description.into(),
            creator.into(),
            instant(place.created),
            instant(last(place.created, place.deleted)),
            optional(place.deleted.map(|(at, _)| at)),
            place.deleted.map(|(_, id)| id).into(),
        ]);
        let members = self.plan.members(number).iter();
        let people = members.map(|member| (*member, self.person(member.user)));
        let people = ordered(people, |(_, person)| person.id);
        self.clients(number, place, &people, clients, assigned);
        let roles = self.roles(number, place, made);
        let [_, _, _, memberships, held, ..] = &mut made.0;
        for (member, person) in &people {
            let (joined, gone) = self.stay(*member, person, place);
            memberships.push([
                place.id.into(),
                person.id.into(),
                instant(joined),
                instant(last(joined, gone)),
                optional(gone.map(|(at, _)| at)),
                gone.map(|(_, id)| id).into(),
            ]);
            let by = (member.rank != Rank::Owner).then_some(creator);
            held.push([
                place.id.into(),
                person.id.into(),
                roles[member.rank as usize].into(),
                by.into(),
                instant(joined),
                instant(joined),
            ]);
        }
    }

    /// In the order of their ranks.
    fn roles(&self, number: u64, place: &Place, made: &mut Made) -> [Uuid; 4] {
        let [_, roles, permissions, ..] = &mut made.0;
        let mut ids = [Uuid::nil(); 4];
        let standard =
            STANDARD_ROLES.map(|role| (role.key, role.name, role.description, role.permissions));
        let support: (_, _, _, &[&str]) = (
            "support",
            "Support",
            "Answers clients",
            &["clients.read", "emails.*"],
        );
        let support = has_support(self.plan.numbers, number).then_some(support);
        let all = standard.into_iter().chain(support);
        for (at, (key, name, description, allowed)) in all.enumerate() {
            let mut dice = self.dice(Kind::Role, number << 3 | (at as u64 + 1));
            ids[at] = id(place.created, &mut dice);
            roles.push([
                place.id.into(),
                ids[at].into(),
                key.into(),
                name.into(),
                description.into(),
                instant(place.created),
                instant(last(place.created, place.deleted)),
                optional(place.deleted.map(|(at, _)| at)),
                place.deleted.map(|(_, id)| id).into(),
            ]);
            for permission in allowed {
                permissions.push([
                    place.id.into(),
                    ids[at].into(),
                    (*permission).into(),
                    instant(place.created),
                    instant(place.created),
                ]);
            }
        }
        ids
    }

    fn clients(
        &self,
        number: u64,
        place: &Place,
        people: &[(Member, Person)],
        clients: &mut Rows,
        assigned: &mut Rows,
    ) {
        let all = self.plan.clients(number).map(|client| {
            let mut dice = self.dice(Kind::Client, client);
            let created = place.created + later(&mut dice, JOINED - place.created);
            (id(created, &mut dice), created, dice)
        });
        for (client_id, created, mut dice) in ordered(all, |(id, ..)| *id) {
            let (name, domain) = self.names.client(dice.next());
            let (_, by) = &people[dice.place(people.len())];
            let own = dice.happens(30).then(|| self.deletion(client_id));
            let gone = own.into_iter().chain(place.deleted).min();
            let mailbox = ["info", "office", "hello"][dice.place(3)];
            let segment = SEGMENTS[dice.place(SEGMENTS.len())];
            // Numbers that are kept for fiction.
            let phone = format!("+1 {} 555 01{:02}", 201 + dice.below(700), dice.below(100));
            clients.push([
                place.id.into(),
                client_id.into(),
                name.into(),
                format!("{mailbox}@{domain}").into(),
                phone.into(),
                format!(r#"{{"segment":"{segment}"}}"#).into(),
                by.id.into(),
                instant(created),
                instant(last(created, gone)),
                optional(gone.map(|(at, _)| at)),
                gone.map(|(_, id)| id).into(),
            ]);
            if dice.happens(700) {
                let (_, who) = &people[dice.place(people.len())];
                let since = created.max(who.created);
                assigned.push([
                    place.id.into(),
                    client_id.into(),
                    who.id.into(),
                    instant(since),
                    instant(since),
                ]);
            }
        }
    }
}

/// Applications, roles, permissions, memberships, the roles of members, clients, and who looks after them.
struct Made([Rows; 7]);

impl Made {
    fn new() -> Self {
        Self([
            Rows::of("applications", APPLICATIONS),
            Rows::of("roles", ROLES),
            Rows::of("role_permissions", PERMISSIONS),
            Rows::of("application_memberships", MEMBERSHIPS),
            Rows::of("membership_roles", HELD),
            Rows::of("clients", CLIENTS),
            Rows::of("client_users", ASSIGNED),
        ])
    }
}

/// The record has the same whatever the seed: there is one in a database.
pub(super) fn public_id(application: u64) -> String {
    format!("Seed{application:08}")
}

/// By their ids: what is written in the order of its keys is appended to an index, and leaves its pages full.
fn ordered<T>(rows: impl Iterator<Item = T>, id: impl Fn(&T) -> Uuid) -> Vec<T> {
    let mut rows: Vec<_> = rows.collect();
    rows.sort_unstable_by_key(id);
    rows
}

fn later(dice: &mut Dice, within: i64) -> i64 {
    let within = u64::try_from(within).unwrap_or_default();
    i64::try_from(dice.below(within)).unwrap_or_default()
}

fn last(created: i64, gone: Deletion) -> i64 {
    gone.map_or(created, |(at, _)| at)
}

/// A UUID of version 7.
fn id(micros: i64, dice: &mut Dice) -> Uuid {
    let millis = u64::try_from(micros / 1000).unwrap_or_default();
    let mut random = [0; 10];
    random[..8].copy_from_slice(&dice.next().to_be_bytes());
    let [high, low, ..] = dice.next().to_be_bytes();
    [random[8], random[9]] = [high, low];
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

fn at(micros: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::microseconds(micros)
}

fn instant(micros: i64) -> Value {
    at(micros).into()
}

fn optional(micros: Option<i64>) -> Value {
    micros.map(at).into()
}

/// When the set was complete, as the record has it.
pub(super) fn concluded() -> DateTime<Utc> {
    at(JOINED)
}
