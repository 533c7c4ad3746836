//! From claim to owner, and back.

use std::sync::Arc;

use service::{ChallengeRecord, Domain, Error, LocalPart, NewMailbox, Tenant};

use super::{claim, is_conflict, is_invalid, other, own, verify};
use crate::people::{People, with_people};

with_people!(
    only_the_own_record_proves_a_claim,
    of_two_who_claim_a_name_one_is_its_owner,
    of_many_who_verify_at_once_one_wins,
    a_release_rotates_the_challenge_and_frees_the_name,
    a_domain_races_with_its_release,
);

async fn only_the_own_record_proves_a_claim(people: People) {
    let tenant = people.as_owner().await;
    let other = other(&people, "other").await;
    let ours = claim(&tenant, "acme.test").await;
    let theirs = claim(&other, "acme.test").await;
    let theirs = ChallengeRecord::of(&theirs).value;
    let bare = ours.challenge.as_str();
    let cut = &ChallengeRecord::of(&ours).value[..60];
    let quoted = format!("\"{}", ChallengeRecord::of(&ours).value);
    let huge = "x".repeat(1 << 20);
    for records in [
        vec![],
        vec![""],
        vec![theirs.as_str()],
        vec![bare],
        vec![cut],
        vec![quoted.as_str()],
        vec![
            huge.as_str(),
            "v=spf1 -all",
            "aura-domain-verification=",
            "a\0b",
            "ü",
        ],
    ] {
        let refused = tenant.domains().verify(ours.id, &records).await;
        assert!(
            is_invalid(&refused, "challenge"),
            "{records:?}: {refused:?}"
        );
    }
    let many: Vec<_> = (0..200)
        .map(|n| format!("aura-domain-verification={n:043}"))
        .collect();
    let refused = tenant.domains().verify(ours.id, &many).await;
    assert!(is_invalid(&refused, "challenge"));

    // Among those of others, with space around it.
    let mine = format!(" {}\n", ChallengeRecord::of(&ours).value);
    let records = ["v=spf1 -all", theirs.as_str(), mine.as_str()];
    let verified = tenant.domains().verify(ours.id, &records).await;
    let verified = verified.expect("verified");
    assert!(verified.verified_at.is_some());
    // Proved again it stays as it is; not proved, it is refused and stays too.
    let again = tenant.domains().verify(ours.id, &records).await;
    assert_eq!(again.expect("verified"), verified);
    let refused = tenant.domains().verify(ours.id, &[theirs]).await;
    assert!(is_invalid(&refused, "challenge"));
    let stored = tenant.domains().get(ours.id).await.expect("a look-up");
    assert_eq!(stored, Some(verified));
}

async fn of_two_who_claim_a_name_one_is_its_owner(people: People) {
    let tenant = people.as_owner().await;
    let other = other(&people, "other").await;
    let ours = claim(&tenant, "acme.test").await;
    let theirs = claim(&other, "acme.test").await;
    assert_ne!(ours.challenge, theirs.challenge);
    verify(&other, &theirs).await.expect("verified");
    let late = verify(&tenant, &ours).await;
    assert!(is_conflict(&late, "name"), "{late:?}");
    let stored = tenant.domains().get(ours.id).await.expect("a look-up");
    assert_eq!(stored, Some(ours.clone()), "nothing changed");
    // Once they are gone it is free.
    other.domains().delete(theirs.id).await.expect("deleted");
    verify(&tenant, &ours).await.expect("verified");
}

async fn of_many_who_verify_at_once_one_wins(people: People) {
    for round in 0..3 {
        let mut claims: Vec<(Tenant, Domain)> = Vec::new();
        for n in 0..8 {
            let tenant = other(&people, &format!("claimant-{round}-{n}")).await;
            let domain = claim(&tenant, &format!("round-{round}.test")).await;
            claims.push((tenant, domain));
        }
        let start = Arc::new(tokio::sync::Barrier::new(claims.len()));
        let racing: Vec<_> = claims
            .into_iter()
            .map(|(tenant, domain)| {
                let start = Arc::clone(&start);
                tokio::spawn(async move {
                    start.wait().await;
                    let result = verify(&tenant, &domain).await;
                    assert!(
                        result.is_ok() || is_conflict(&result, "name"),
                        "the same as for who comes later: {result:?}"
                    );
                    let stored = tenant.domains().get(domain.id).await;
                    let stored = stored.expect("a look-up").expect("there");
                    assert_eq!(stored.verified_at.is_some(), result.is_ok());
                    u32::from(result.is_ok())
                })
            })
            .collect();
        let mut owners = 0;
        for one in racing {
            owners += one.await.expect("no panic");
        }
        assert_eq!(owners, 1, "round {round}");
    }
}

async fn a_release_rotates_the_challenge_and_frees_the_name(people: People) {
    let tenant = people.as_owner().await;
    let domain = own(&tenant, "acme.test").await;
    let sales = NewMailbox::new(domain.id, "sales".parse().expect("a local part"));
    let sales = tenant.mailboxes().create(sales).await.expect("a mailbox");
    let released = tenant.domains().release(domain.id).await.expect("released");
    assert_eq!(released.verified_at, None);
    assert_ne!(released.challenge, domain.challenge);
    // The record is still in the DNS.
    let old = verify(&tenant, &domain).await;
    assert!(is_invalid(&old, "challenge"), "{old:?}");

    // Mailboxes stay, none is made, and no mail is routed: it may be somebody else's by now.
    let other = other(&people, "other").await;
    own(&other, "acme.test").await;
    let address = sales.email.parse().expect("an address");
    let mailboxes = tenant.mailboxes();
    let found = mailboxes
        .find_by_address(&address)
        .await
        .expect("a look-up");
    assert_eq!(found.map(|mailbox| mailbox.id), Some(sales.id));
    let routed = mailboxes.resolve_address(&address).await;
    assert_eq!(routed.expect("a look-up"), None);
    // Whoever takes mail in is led to the application that has proved the domain.
    let arriving = async || {
        people
            .db
            .resolve_address(&address)
            .await
            .expect("a look-up")
    };
    assert_eq!(arriving().await, None);
    let (their_mailboxes, theirs) = (other.mailboxes(), "acme.test".parse().expect("a domain"));
    let theirs = other.domains().find_by_name(&theirs).await;
    let theirs = theirs.expect("a look-up").expect("there");
    let rest = NewMailbox::new(theirs.id, LocalPart::catch_all());
    let rest = their_mailboxes.create(rest).await.expect("a mailbox");
    assert_eq!(arriving().await, Some(rest));
    let new = NewMailbox::new(domain.id, "new".parse().expect("a local part"));
    let refused = mailboxes.create(new.clone()).await;
    assert!(is_invalid(&refused, "domain_id"), "{refused:?}");
    let taken = verify(&tenant, &released).await;
    assert!(is_conflict(&taken, "name"), "{taken:?}");

    let name = released.name.parse().expect("a domain");
    let theirs = other.domains().find_by_name(&name).await;
    let theirs = theirs.expect("a look-up").expect("there");
    other.domains().release(theirs.id).await.expect("released");
    verify(&tenant, &released).await.expect("verified again");
    let routed = mailboxes.resolve_address(&address).await;
    assert_eq!(routed.expect("a look-up").map(|row| row.id), Some(sales.id));
    assert_eq!(arriving().await.map(|row| row.id), Some(sales.id));
    mailboxes.create(new).await.expect("made again");
}

async fn a_domain_races_with_its_release(people: People) {
    for round in 0..10 {
        let tenant = people.as_owner().await;
        let domain = own(&tenant, &format!("r{round}.test")).await;
        let start = Arc::new(tokio::sync::Barrier::new(9));
        let makers: Vec<_> = (0..8)
            .map(|n| {
                let (tenant, start, id) = (tenant.clone(), Arc::clone(&start), domain.id);
                tokio::spawn(async move {
                    let name = format!("m{n}").parse().expect("a local part");
                    start.wait().await;
                    let made = tenant.mailboxes().create(NewMailbox::new(id, name)).await;
                    match made {
                        Ok(mailbox) => Some(mailbox.created_at),
                        Err(Error::Invalid { .. }) => None,
                        Err(error) => panic!("{error}"),
                    }
                })
            })
            .collect();
        start.wait().await;
        let released = tenant.domains().release(domain.id).await.expect("released");
        // What is asked for after the answer is refused, whatever was under way before it.
        let late = NewMailbox::new(domain.id, "late".parse().expect("a local part"));
        assert!(is_invalid(
            &tenant.mailboxes().create(late).await,
            "domain_id"
        ));
        for maker in makers {
            maker.await.expect("no panic");
        }
        let again = verify(&tenant, &released).await;
        assert!(again.is_ok(), "{again:?}");
    }
}
