//! Nothing of an erased user is left, and all of everybody else's.

use entity::{application_memberships, audit_events, clients, emails, mailboxes, sessions, users};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use service::lifecycle::Erased;
use service::{Error, NewUser};

use super::leftovers::{dump, found};
use super::somebody::{Others, TRACES, proved, somebody};
use crate::people::{People, new_application, with_people};

with_people!(
    nothing_is_left_in_any_column,
    what_is_others_stays_as_it_was,
    the_row_stays_and_never_comes_back,
    the_audit_still_holds,
    erasing_twice_is_erasing_once,
    the_only_owner_is_refused_by_name,
    a_user_who_was_deleted_is_erased_too,
    an_address_that_another_has_by_now_stays,
    begun_and_broken_off_it_is_finished,
    a_reason_that_names_the_person_is_refused,
    whoever_is_not_there_is_not_found,
);

async fn nothing_is_left_in_any_column(people: People) {
    let person = somebody(&people).await;
    let before = found(&people.db, &TRACES).await;
    for trace in TRACES {
        let is_there = before.iter().any(|place| place.starts_with(trace));
        assert!(is_there, "{trace} is looked for where it is not");
    }
    let erased = people.db.lifecycle().erase_user(person.user.id).await;
    assert_eq!(erased.expect("erased"), Erased::Now);
    let after = found(&people.db, &TRACES).await;
    assert!(
        after.is_empty(),
        "{} traces\n{}",
        after.len(),
        after.join("\n")
    );
}

async fn what_is_others_stays_as_it_was(people: People) {
    let person = somebody(&people).await;
    let Others {
        client,
        email,
        to_somebody,
        quoting,
        about,
    } = person.others;
    let db = &people.db;
    let read_email = async |id| {
        let row = emails::Entity::find()
            .filter(emails::Column::Id.eq(id))
            .one(db)
            .await;
        row.expect("a query").expect("an email")
    };
    let read_client = async |id| {
        let row = clients::Entity::find()
            .filter(clients::Column::Id.eq(id))
            .one(db)
            .await;
        row.expect("a query").expect("a client")
    };
    let before = (read_email(email).await, read_client(client).await);
    let count = emails::Entity::find().count(db).await.expect("a count");
    db.lifecycle()
        .erase_user(person.user.id)
        .await
        .expect("erased");
    assert_eq!((read_email(email).await, read_client(client).await), before);
    assert_eq!(
        emails::Entity::find().count(db).await.expect("a count"),
        count
    );

    let gone = format!("erased-{}@erased.invalid", person.user.id);
    let row = read_email(to_somebody).await;
    assert_eq!(row.body, "Dear [erased], dear Bob");
    assert_eq!(row.from_address, "ada@bakery.test");
    let message = person
        .tenant
        .emails()
        .get(to_somebody)
        .await
        .expect("a query");
    let to = message.expect("there").recipients.to;
    assert_eq!(to, ["bob@x.test", &gone]);
    let row = read_email(quoting).await;
    assert_eq!(
        row.body,
        format!("She is Zephyrina <a href='?to={gone}'>{gone}</a>, Bob"),
        "names stay in mail between others"
    );
    let row = read_client(about).await;
    assert_eq!(
        (row.name.as_str(), row.email, row.phone),
        ("[erased]", None, None)
    );
    assert_eq!(
        row.metadata,
        serde_json::json!({"cc": [gone], "n": 7, "who": "[erased]"})
    );
    let shared = mailboxes::Entity::find().filter(mailboxes::Column::Id.eq(person.shared.id));
    let shared = shared.one(db).await.expect("a query").expect("a mailbox");
    assert_eq!(
        (shared.email.as_str(), shared.user_id),
        ("support@mail.test", None)
    );
}

async fn the_row_stays_and_never_comes_back(people: People) {
    let person = somebody(&people).await;
    let (db, id) = (&people.db, person.user.id);
    db.lifecycle().erase_user(id).await.expect("erased");
    let row = users::Entity::find_by_id(id).one(db).await;
    let row = row.expect("a query").expect("a user");
    assert_eq!(row.email, format!("erased-{id}@erased.invalid"));
    assert!(row.deleted_at.is_some() && row.email_verified_at.is_none());
    let live = application_memberships::Entity::find()
        .filter(application_memberships::Column::UserId.eq(id))
        .filter(application_memberships::Column::DeletedAt.is_null());
    assert_eq!(live.count(db).await.expect("a count"), 0);
    let restored = db.users().restore(id).await;
    assert!(matches!(restored, Err(Error::NotFound)), "{restored:?}");
    // Whoever has the address again is somebody new.
    let new = NewUser::new("zephyrine@quill.test".parse().expect("an address"));
    assert_ne!(db.users().create(new).await.expect("made").id, id);
}

async fn the_audit_still_holds(people: People) {
    let person = somebody(&people).await;
    let db = &people.db;
    let anchors = db.audit().verify(&[]).await.expect("verified").anchors;
    let events = audit_events::Entity::find()
        .count(db)
        .await
        .expect("a count");
    db.lifecycle()
        .erase_user(person.user.id)
        .await
        .expect("erased");
    let verified = db.audit().verify(&anchors).await.expect("verified");
    assert_eq!(verified.broken, None);
    assert!(verified.erased > 5, "{} details", verified.erased);
    assert!(verified.events > events, "the erasing itself is recorded");
    let told = audit_events::Entity::find().filter(audit_events::Column::Action.eq("user.erase"));
    let told = told.all(db).await.expect("a query");
    assert!(told.iter().all(|event| event.subject_id == person.user.id));
    let within = |application_id| {
        let told = told.iter();
        told.filter(|event| event.application_id == application_id)
            .count()
    };
    assert_eq!(within(uuid::Uuid::nil()), 1);
    assert!(
        within(person.tenant.application_id()) >= 3,
        "mail, clients, mailboxes"
    );
    assert_eq!(
        told.len(),
        within(uuid::Uuid::nil()) + within(person.tenant.application_id())
    );
}

async fn erasing_twice_is_erasing_once(people: People) {
    let person = somebody(&people).await;
    let lifecycle = people.db.lifecycle();
    lifecycle.erase_user(person.user.id).await.expect("erased");
    let before = dump(&people.db).await;
    let again = lifecycle.erase_user(person.user.id).await;
    assert_eq!(again.expect("nothing to do"), Erased::Already);
    assert_eq!(dump(&people.db).await, before);
}

async fn the_only_owner_is_refused_by_name(people: People) {
    let db = &people.db;
    let second = db
        .applications()
        .create(people.team.owner, new_application("second"))
        .await;
    let second = second.expect("made");
    let before = dump(db).await;
    let refused = db.lifecycle().erase_user(people.team.owner).await;
    let Err(Error::StillOwner { applications }) = refused else {
        panic!("{refused:?}")
    };
    let acme = people.team.application.id;
    assert_eq!(
        applications,
        [(acme, "acme".to_owned()), (second.id, "second".to_owned())]
    );
    assert_eq!(dump(db).await, before);
    db.applications().delete(second.id).await.expect("deleted");
    let owner = people.as_owner().await;
    let members = owner.admin().expect("an admin").members();
    members
        .set_roles(people.team.admin, &["owner"])
        .await
        .expect("an owner");
    let erased = db.lifecycle().erase_user(people.team.owner).await;
    assert_eq!(erased.expect("erased"), Erased::Now);
}

async fn a_user_who_was_deleted_is_erased_too(people: People) {
    let person = somebody(&people).await;
    people
        .db
        .users()
        .delete(person.user.id)
        .await
        .expect("deleted");
    let erased = people.db.lifecycle().erase_user(person.user.id).await;
    assert_eq!(erased.expect("erased"), Erased::Now);
    let after = found(&people.db, &TRACES).await;
    assert!(after.is_empty(), "{}", after.join("\n"));
}

async fn an_address_that_another_has_by_now_stays(people: People) {
    let (db, address) = (&people.db, "ada@shared.test");
    let user = async || {
        let new = NewUser::new(address.parse().expect("an address"));
        db.users().create(new).await.expect("a user").id
    };
    let former = user().await;
    db.users().delete(former).await.expect("deleted");
    let now = user().await;
    db.lifecycle().erase_user(former).await.expect("erased");
    let live = db.users().get(now).await.expect("a query").expect("live");
    assert_eq!(live.email, address);
    let rows = users::Entity::find().filter(users::Column::Email.eq(address));
    assert_eq!(rows.count(db).await.expect("a count"), 1);
    // And the other way round: what is left of the former user with the address goes with it.
    let again = user_after(&people, now, address).await;
    proved(db, again).await;
    db.lifecycle().erase_user(again).await.expect("erased");
    assert!(found(db, &[address]).await.is_empty());
}

async fn user_after(people: &People, former: uuid::Uuid, address: &str) -> uuid::Uuid {
    people.db.users().delete(former).await.expect("deleted");
    let new = NewUser::new(address.parse().expect("an address"));
    people.db.users().create(new).await.expect("a user").id
}

async fn begun_and_broken_off_it_is_finished(people: People) {
    let person = somebody(&people).await;
    let (db, id) = (&people.db, person.user.id);
    // Whoever waits no longer than so many milliseconds breaks it off somewhere.
    let mut broken_off = 0;
    for millis in [1, 5, 10, 20, 40, 80, 160] {
        let erase = db.lifecycle();
        let erase = erase.erase_user(id);
        let limit = std::time::Duration::from_millis(millis);
        match tokio::time::timeout(limit, erase).await {
            Err(_) => broken_off += 1,
            Ok(erased) => {
                erased.expect("erased");
            }
        }
    }
    assert!(broken_off > 0);
    db.lifecycle().erase_user(id).await.expect("erased");
    let after = found(db, &TRACES).await;
    assert!(after.is_empty(), "{}", after.join("\n"));
    let left = sessions::Entity::find().filter(sessions::Column::UserId.eq(id));
    assert_eq!(left.count(db).await.expect("a count"), 0);
}

async fn a_reason_that_names_the_person_is_refused(people: People) {
    let person = somebody(&people).await;
    let as_system = people
        .db
        .as_system("asked for by Zephyrine@quill.test")
        .expect("a reason");
    let refused = as_system.lifecycle().erase_user(person.user.id).await;
    assert!(
        matches!(&refused, Err(Error::Invalid { field, .. }) if field == "reason"),
        "{refused:?}"
    );
    let as_system = people.db.as_system("request 4711").expect("a reason");
    as_system
        .lifecycle()
        .erase_user(person.user.id)
        .await
        .expect("erased");
    let after = found(&people.db, &TRACES).await;
    assert!(after.is_empty(), "{}", after.join("\n"));
}

async fn whoever_is_not_there_is_not_found(people: People) {
    let unknown = people.db.new_id();
    let refused = people.db.lifecycle().erase_user(unknown).await;
    assert!(matches!(refused, Err(Error::NotFound)));
}
