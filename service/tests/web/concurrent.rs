//! Many at once.

use std::collections::BTreeSet;

use migration::testing::TestDb;
use serde_json::json;
use tokio::task::JoinSet;

use crate::running::{Running, client};

const MANY: usize = 40;

migration::both_backends! {
    threads(2) async fn many_at_once_lose_nothing_and_mix_nothing_up(test: TestDb) {
        let running = Running::start(test).await;
        let (ada, _) = running.owner("ada@example.com", "bakery").await;
        let (eve, _) = running.owner("eve@example.com", "brewery").await;
        let mut making = JoinSet::new();
        for number in 0..MANY {
            for (owner, whose) in [(&ada, "ada"), (&eve, "eve")] {
                let mut owner = owner.clone();
                making.spawn(async move {
                    client(&mut owner, &format!("{whose} {number}")).await;
                    let list = owner.get("/api/clients?limit=200").await;
                    assert_eq!(list.status, 200, "{list:?}");
                    for name in crate::running::names(&list.json()) {
                        assert!(name.starts_with(whose), "{name}");
                    }
                });
            }
        }
        while let Some(made) = making.join_next().await {
            made.expect("made");
        }
        for mut owner in [ada, eve] {
            let (mut seen, mut path) = (BTreeSet::new(), "/api/clients?limit=7".to_owned());
            loop {
                let page = owner.get(&path).await.json();
                seen.extend(crate::running::names(&page).into_iter().map(ToOwned::to_owned));
                match page["next"].as_str() {
                    Some(next) => path = format!("/api/clients?limit=7&cursor={next}"),
                    None => break,
                }
            }
            assert_eq!(seen.len(), MANY);
        }
    }

    threads(2) async fn of_many_who_take_an_address_one_gets_it(test: TestDb) {
        let running = Running::start(test).await;
        let ada = running.person("ada@example.com").await;
        let mut making = JoinSet::new();
        for number in 0..8 {
            let mut ada = ada.clone();
            let new = json!({ "name": format!("Bakery {number}"), "slug": "bakery" });
            making.spawn(async move { ada.post("/api/applications", new).await.status });
        }
        let mut answers = making.join_all().await;
        answers.sort_unstable();
        assert_eq!(answers, [201, 409, 409, 409, 409, 409, 409, 409]);
    }
}
