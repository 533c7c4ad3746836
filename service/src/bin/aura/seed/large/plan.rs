//! Who belongs where: all that is decided before the first row is written.

use std::ops::Range;

use super::dice::Dice;

/// How much is asked for, and by which seed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::seed) struct Numbers {
    pub(in crate::seed) users: u64,
    pub(in crate::seed) applications: u64,
    pub(in crate::seed) clients_per_application: u64,
    pub(in crate::seed) seed: u64,
}

/// What is thrown dice for.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    User = 1,
    Application,
    Membership,
    Role,
    Client,
    Deletion,
}

/// What a member is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Rank {
    Owner,
    Admin,
    Member,
    Support,
}

/// A user in an application.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) application: u64,
    pub(super) user: u64,
    pub(super) rank: Rank,
}

/// The plan. Application 0 is the record of the seed itself; those that were asked for are counted from 1.
pub(super) struct Plan {
    pub(super) numbers: Numbers,
    /// By application, then by user.
    members: Vec<Member>,
    /// Where the members of each application begin.
    first_member: Vec<usize>,
    /// Where the clients of each application begin.
    first_client: Vec<u64>,
}

impl Plan {
    pub(super) fn new(numbers: Numbers) -> Self {
        let sizes = Sizes::new(numbers);
        let mut members: Vec<_> = (0..numbers.users)
            .flat_map(|user| memberships(numbers, &sizes, user))
            .collect();
        members.sort_unstable_by_key(|member| (member.application, member.user));
        let applications = 0..=numbers.applications;
        let first_member: Vec<_> = applications
            .map(|number| members.partition_point(|member| member.application < number))
            .chain([members.len()])
            .collect();
        let mut first_client = vec![0, 0];
        let mut clients = 0;
        for pair in first_member[1..].windows(2) {
            clients += share(numbers, pair[1] - pair[0], members.len());
            first_client.push(clients);
        }
        Self {
            numbers,
            members,
            first_member,
            first_client,
        }
    }

    pub(super) fn members(&self, application: u64) -> &[Member] {
        let at = index(application);
        &self.members[self.first_member[at]..self.first_member[at + 1]]
    }

    /// The numbers of the application's clients, which count through all applications.
    pub(super) fn clients(&self, application: u64) -> Range<u64> {
        let at = index(application);
        self.first_client[at]..self.first_client[at + 1]
    }

    /// The applications in pieces of about so many rows.
    pub(super) fn pieces(&self, rows: usize) -> Vec<Range<u64>> {
        let mut pieces = Vec::new();
        let (mut from, mut size) = (1, 0);
        for number in 1..=self.numbers.applications {
            let clients = self.clients(number);
            size += 24 + 2 * self.members(number).len() + 2 * index(clients.end - clients.start);
            if size >= rows {
                pieces.push(from..number + 1);
                (from, size) = (number + 1, 0);
            }
        }
        if from <= self.numbers.applications {
            pieces.push(from..self.numbers.applications + 1);
        }
        pieces
    }

    /// About how many rows it comes to.
    pub(super) fn rows(&self) -> u64 {
        let clients = self.first_client.last().copied().unwrap_or_default();
        let members = self.members.len() as u64;
        self.numbers.users + 24 * (self.numbers.applications + 1) + 2 * members + clients * 7 / 4
    }
}

/// Whether the user owns an application, who then is neither deleted nor leaves.
pub(super) fn owns(numbers: Numbers, user: u64) -> bool {
    user == 0 || !owned(numbers, user).is_empty()
}

/// The applications that the user made: they are spread evenly over the users, and so over the years.
fn owned(numbers: Numbers, user: u64) -> Range<u64> {
    let from = |user: u64| {
        let all = u128::from(numbers.applications);
        let first = (u128::from(user) * all).div_ceil(u128::from(numbers.users));
        u64::try_from(first).unwrap_or_default() + 1
    };
    from(user)..from(user + 1)
}

/// The application's owner.
pub(super) fn owner(numbers: Numbers, application: u64) -> u64 {
    let place = u128::from(application.saturating_sub(1)) * u128::from(numbers.users);
    u64::try_from(place / u128::from(numbers.applications)).unwrap_or_default()
}

/// Whether the application has a fourth role.
pub(super) fn has_support(numbers: Numbers, application: u64) -> bool {
    application > 0 && Dice::of(numbers.seed, Kind::Role as u64, application << 3).happens(250)
}

/// Among how many applications, the last ones that were made by then, a user's first one is.
const NEAR: u64 = 300;

/// Where the user's first application is looked for: people come with an application that was made lately. It also keeps
/// together what the database looks up together: who is in one piece of applications stands in few pages.
fn near(numbers: Numbers, user: u64) -> Range<u64> {
    let width = NEAR.min(numbers.applications);
    let made = owned(numbers, user).end;
    // Whoever came before there were so many finds the first ones.
    let from = made.saturating_sub(width).max(1);
    from..from + width
}

/// Most belong to one application, some to two or three, whoever owns more to those.
fn memberships(numbers: Numbers, sizes: &Sizes, user: u64) -> Vec<Member> {
    let everywhere = 1..numbers.applications + 1;
    let mut dice = Dice::of(numbers.seed, Kind::Membership as u64, user);
    let of = |application, rank| Member {
        application,
        user,
        rank,
    };
    let mut all: Vec<_> = owned(numbers, user)
        .map(|application| of(application, Rank::Owner))
        .collect();
    let wanted = match dice.below(100) {
        0..85 => 1,
        85..97 => 2,
        _ => 3,
    };
    for _ in 0..8 {
        if all.len() >= wanted {
            break;
        }
        let among = if all.is_empty() {
            near(numbers, user)
        } else {
            everywhere.clone()
        };
        let application = sizes.throw(among, &mut dice);
        if all.iter().any(|one| one.application == application) {
            continue;
        }
        let rank = match dice.below(100) {
            0..6 => Rank::Admin,
            6..16 if has_support(numbers, application) => Rank::Support,
            _ => Rank::Member,
        };
        all.push(of(application, rank));
    }
    if user == 0 {
        all.push(of(0, Rank::Owner));
    }
    all
}

/// How likely it is that a member is one of each application: few are large, most are small (Zipf's law, the largest ones
/// flattened as Mandelbrot has it).
struct Sizes {
    /// Sums of the weights up to each application.
    sums: Vec<u64>,
}

impl Sizes {
    fn new(numbers: Numbers) -> Self {
        // A prime beyond any number of applications: each has a rank of its own, the oldest not the first, and among those
        // that were made at one time are large and small ones.
        const PRIME: u128 = 2_654_435_761;
        let all = u128::from(numbers.applications);
        let shift = u128::from(numbers.seed % numbers.applications);
        let mut sum = 0;
        let sums = (0..numbers.applications)
            .map(|number| {
                let rank = (u128::from(number) * PRIME + shift) % all;
                sum += (1 << 32) / (u64::try_from(rank).unwrap_or_default() + 4);
                sum
            })
            .collect();
        Self { sums }
    }

    /// One of these applications.
    fn throw(&self, among: Range<u64>, dice: &mut Dice) -> u64 {
        let before = |application| match index(application) {
            0 | 1 => 0,
            number => self.sums[number - 2],
        };
        let (from, to) = (before(among.start), before(among.end));
        let at = from + dice.below(to - from);
        self.sums.partition_point(|sum| *sum <= at) as u64 + 1
    }
}

/// How many clients an application with so many of all members has.
fn share(numbers: Numbers, members: usize, of: usize) -> u64 {
    let all = u128::from(numbers.clients_per_application) * u128::from(numbers.applications);
    let share = (all * members as u128).div_ceil(of.max(1) as u128);
    u64::try_from(share).unwrap_or_default()
}

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(users: u64, applications: u64) -> Plan {
        Plan::new(Numbers {
            users,
            applications,
            clients_per_application: 10,
            seed: 7,
        })
    }

    #[test]
    fn every_application_has_its_owner_and_every_user_an_application() {
        for (users, applications) in [(1, 1), (1, 5), (3, 7), (1000, 20), (999, 1000)] {
            let plan = plan(users, applications);
            let mut found = vec![false; index(users)];
            for number in 0..=applications {
                let members = plan.members(number);
                let owners: Vec<_> = members
                    .iter()
                    .filter(|one| one.rank == Rank::Owner)
                    .collect();
                let [one] = owners[..] else {
                    panic!("{number} has {owners:?}")
                };
                assert_eq!(one.user, owner(plan.numbers, number));
                assert!(owns(plan.numbers, one.user));
                for one in members {
                    found[index(one.user)] = true;
                }
            }
            assert!(
                found.into_iter().all(|found| found),
                "{users} in {applications}"
            );
            let pieces = plan.pieces(100);
            assert_eq!(pieces[0].start, 1);
            assert!(pieces.windows(2).all(|pair| pair[0].end == pair[1].start));
            assert_eq!(pieces.last().map(|last| last.end), Some(applications + 1));
        }
    }

    #[test]
    fn few_applications_are_large_and_most_are_small() {
        let plan = plan(20_000, 400);
        let mut sizes: Vec<_> = (1..=400).map(|number| plan.members(number).len()).collect();
        sizes.sort_unstable();
        let all: usize = sizes.iter().sum();
        let median = sizes[200];
        assert!((22_500..25_500).contains(&all), "{all}");
        assert!(sizes[399] > 12 * median, "{} and {median}", sizes[399]);
        assert!(median < all / 400, "{median}");
        let clients = plan.clients(400).end;
        assert!((4_000..4_500).contains(&clients), "{clients}");
    }
}
