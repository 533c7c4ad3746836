//! Lists of clients: filters, orders, pages.

use chrono::TimeDelta;
use service::{
    Client, ClientFilter, ClientOrder, Clock, Config, Cursor, Db, Error, NewClient, Tenant,
};

use super::create;
use crate::people::{People, team, with_people};

with_people!(
    text_is_found_in_names_and_addresses_as_it_stands,
    what_was_made_in_a_time_is_found,
    pages_have_every_client_once_in_either_order,
    a_cursor_belongs_to_its_list,
    limits_that_cannot_be_are_refused,
);

async fn names(tenant: &Tenant, filter: &ClientFilter) -> Vec<String> {
    let page = tenant
        .clients()
        .list(filter, ClientOrder::Name, 200, None)
        .await;
    let names: Vec<_> = page
        .expect("a page")
        .items
        .into_iter()
        .map(|client| client.name)
        .collect();
    let count = tenant.clients().count(filter).await.expect("a count");
    assert_eq!(count, names.len() as u64);
    names
}

fn text(text: &str) -> ClientFilter {
    ClientFilter {
        text: Some(text.into()),
        ..ClientFilter::default()
    }
}

async fn text_is_found_in_names_and_addresses_as_it_stands(people: People) {
    let tenant = people.as_member().await;
    for (name, email) in [
        ("100% Acme_Corp", Some("Sales@EXÄMPLE.com")),
        ("1000 Acme-Corp", None),
        (r"Back\slash", Some("b@x.io")),
        ("Müller's \"Café\"", None),
    ] {
        let mut new = NewClient::new(name.parse().expect("a name"));
        new.email = email.map(|email| email.parse().expect("an address"));
        tenant.clients().create(new).await.expect("a client");
    }
    let gone = create(&tenant, "Acme, gone").await;
    let owner = people.as_owner().await;
    owner.clients().delete(gone.id).await.expect("a deletion");
    let other = team(&people.db, "other").await;
    let other = people.db.tenant(other.owner, other.application.id).await;
    create(&other.expect("its owner"), "Acme, theirs").await;

    for (needle, found) in [
        ("acme", vec!["100% Acme_Corp", "1000 Acme-Corp"]),
        ("ACME_", vec!["100% Acme_Corp"]),
        ("100%", vec!["100% Acme_Corp"]),
        ("%", vec!["100% Acme_Corp"]),
        ("_", vec!["100% Acme_Corp"]),
        ("\\", vec![r"Back\slash"]),
        ("sales@", vec!["100% Acme_Corp"]),
        ("XN--", vec!["100% Acme_Corp"]),
        (" @x.IO ", vec![r"Back\slash"]),
        ("müller's \"c", vec!["Müller's \"Café\""]),
        ("' OR 1=1 --", vec![]),
        ("*", vec![]),
    ] {
        assert_eq!(names(&tenant, &text(needle)).await, found, "{needle:?}");
    }
    for blank in ["", "  "] {
        assert_eq!(names(&tenant, &text(blank)).await.len(), 4);
    }
}

async fn what_was_made_in_a_time_is_found(people: People) {
    // A clock that stands, so that instants are known; on a connection of its own.
    let start = people.db.clock().now();
    let clock = Clock::manual(start);
    let db = crate::rules::connect(Config::new(people.test.url()).clock(clock.clone()))
        .await
        .expect("connects");
    let tenant = db
        .tenant(people.team.owner, people.team.application.id)
        .await
        .expect("its owner");
    let mut made = Vec::new();
    for n in 0..4 {
        clock.advance(TimeDelta::minutes(1));
        made.push(
            create(&tenant, &format!("Client {n}"))
                .await
                .created_at
                .to_utc(),
        );
    }
    for (from, until, found) in [
        (None, None, 4),
        (Some(made[1]), None, 3),
        (None, Some(made[1]), 1),
        (Some(made[1]), Some(made[3]), 2),
        (Some(made[1] + TimeDelta::microseconds(1)), Some(made[3]), 1),
        (Some(made[3]), Some(made[1]), 0),
    ] {
        let filter = ClientFilter {
            created_from: from,
            created_until: until,
            ..ClientFilter::default()
        };
        assert_eq!(names(&tenant, &filter).await.len(), found);
    }
}

async fn pages(tenant: &Tenant, order: ClientOrder, limit: u64) -> Vec<Client> {
    let (mut seen, mut cursor): (Vec<Client>, Option<Cursor>) = (Vec::new(), None);
    loop {
        let page = tenant
            .clients()
            .list(&ClientFilter::default(), order, limit, cursor.as_ref())
            .await
            .expect("a page");
        assert!(page.items.len() as u64 <= limit);
        seen.extend(page.items);
        // A cursor goes out and comes back as text.
        cursor = page
            .next
            .map(|next| next.to_string().parse().expect("a cursor"));
        if cursor.is_none() {
            return seen;
        }
    }
}

async fn pages_have_every_client_once_in_either_order(people: People) {
    let tenant = people.as_owner().await;
    let mut made = Vec::new();
    for name in ["b", "a", "b", "ä", "B", "a", "z'\"\\", "b", "10", "9"] {
        made.push(create(&tenant, name).await);
    }
    let gone = made.remove(4);
    tenant.clients().delete(gone.id).await.expect("a deletion");
    for limit in [1, 2, 3, 200] {
        assert_eq!(pages(&tenant, ClientOrder::Id, limit).await, made);
        let by_name = pages(&tenant, ClientOrder::Name, limit).await;
        assert_eq!(by_name, pages(&tenant, ClientOrder::Name, 200).await);
        let mut ids: Vec<_> = by_name.iter().map(|client| client.id).collect();
        ids.sort_unstable();
        let mut all: Vec<_> = made.iter().map(|client| client.id).collect();
        all.sort_unstable();
        assert_eq!(ids, all);
        let equal: Vec<_> = by_name.iter().filter(|client| client.name == "b").collect();
        assert!(equal.is_sorted_by_key(|client| client.id));
    }
}

async fn a_cursor_belongs_to_its_list(people: People) {
    let tenant = people.as_owner().await;
    let other = team(&people.db, "other").await;
    let other = people.db.tenant(other.owner, other.application.id).await;
    let other = other.expect("its owner");
    for n in 0..3 {
        create(&tenant, &format!("Client {n}")).await;
        create(&other, &format!("Client {n}")).await;
    }
    let all = ClientFilter::default();
    let page = tenant.clients().list(&all, ClientOrder::Id, 1, None).await;
    let cursor = page.expect("a page").next.expect("more");
    let refused = [
        other
            .clients()
            .list(&all, ClientOrder::Id, 1, Some(&cursor))
            .await,
        tenant
            .clients()
            .list(&all, ClientOrder::Name, 1, Some(&cursor))
            .await,
        tenant
            .clients()
            .list(&text("client"), ClientOrder::Id, 1, Some(&cursor))
            .await,
    ];
    for refused in refused {
        assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "cursor"));
    }
}

async fn limits_that_cannot_be_are_refused(people: People) {
    let tenant = people.as_member().await;
    for limit in [0, 201, 1_000_000, u64::MAX] {
        let page = tenant
            .clients()
            .list(&ClientFilter::default(), ClientOrder::Id, limit, None)
            .await;
        assert!(matches!(page, Err(Error::Invalid { field, .. }) if field == "limit"));
    }
}
