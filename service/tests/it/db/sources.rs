//! Time and randomness.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use service::{Clock, Random};

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).expect("in range")
}

#[test]
fn a_manual_clock_stands_but_for_the_microsecond_that_tells_two_answers_apart() {
    let clock = Clock::manual(start());
    assert_eq!(clock.now(), start());
    assert_eq!(clock.now(), start() + TimeDelta::microseconds(1));
    clock.advance(TimeDelta::hours(1));
    assert_eq!(clock.now(), start() + TimeDelta::hours(1));
}

#[test]
fn clones_share_what_was_given() {
    let clock = Clock::manual(start());
    let clone = clock.clone();
    assert!(clone.now() < clock.now());
    clone.advance(TimeDelta::days(1));
    assert!(clock.now() >= start() + TimeDelta::days(1));
}

#[test]
fn threads_never_get_the_same_instant() {
    let clock = Clock::system();
    let mut all: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| (0..2000).map(|_| clock.now()).collect::<Vec<_>>()))
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| {
                let own = thread.join().expect("no panic");
                assert!(own.is_sorted_by(|one, next| one < next));
                own
            })
            .collect()
    });
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 16_000);
}

proptest! {
    #[test]
    fn a_clock_never_goes_back_whatever_it_is_moved_by(moves in prop::collection::vec(any::<i64>(), 1..20)) {
        let clock = Clock::manual(start());
        let mut last = clock.now();
        for micros in moves {
            clock.advance(TimeDelta::microseconds(micros));
            let now = clock.now();
            prop_assert!(now > last || now == DateTime::<Utc>::MAX_UTC);
            prop_assert!(now.timestamp_subsec_nanos().is_multiple_of(1000) || now == DateTime::<Utc>::MAX_UTC);
            last = now;
        }
    }

    #[test]
    fn a_number_below_a_bound_is_below_it(seed: u64, bound in 1_usize..1000) {
        let random = Random::seeded(seed);
        prop_assert!((0..50).all(|_| random.below(bound) < bound));
    }
}

#[test]
fn below_reaches_every_number_about_equally_often() {
    let random = Random::seeded(1);
    let mut hits = [0_u32; 62];
    for _ in 0..62_000 {
        hits[random.below(62)] += 1;
    }
    assert!(
        hits.iter().all(|hits| (850..1150).contains(hits)),
        "{hits:?}"
    );
    assert_eq!(random.below(0), 0);
}

#[test]
fn the_same_seed_gives_the_same_and_the_system_never_does() {
    assert_eq!(
        Random::seeded(7).bytes::<32>(),
        Random::seeded(7).bytes::<32>()
    );
    assert_ne!(
        Random::seeded(7).bytes::<32>(),
        Random::seeded(8).bytes::<32>()
    );
    assert_ne!(
        Random::system().bytes::<32>(),
        Random::system().bytes::<32>()
    );
    let random = Random::system();
    assert_ne!(random.bytes::<32>(), random.clone().bytes::<32>());
    assert_eq!(format!("{random:?}"), "Random");
}
