//! How often the network is crossed for what is done most.

use std::time::Duration;

use migration::testing::{Backend, Proxy, TestDb};
use service::{Config, Db, Error, Intent, NewClient, NewSession, NewUser, Tenant};

use crate::people::{QUICK, Team, team};

struct Line {
    db: Db,
    team: Team,
    proxy: Proxy,
    _test: TestDb,
}

impl Line {
    async fn new(audit: bool) -> Self {
        let test = TestDb::new(Backend::Postgres).await;
        let proxy = Proxy::start(test.url()).await;
        let config = Config::new(proxy.url())
            .max_connections(1)
            .hashing(QUICK)
            .audit(audit);
        let db = crate::rules::connect(config).await.expect("connects");
        let team = team(&db, "acme").await;
        Self {
            db,
            team,
            proxy,
            _test: test,
        }
    }

    async fn owner(&self) -> Tenant {
        let owner = self.db.tenant(self.team.owner, self.team.application.id);
        owner.await.expect("its owner")
    }

    /// The round trips of `work` on what `prepare` made for it, the third time: statements are known by then.
    async fn trips<T, U>(
        &self,
        mut prepare: impl AsyncFnMut(usize) -> T,
        mut work: impl AsyncFnMut(T) -> Result<U, Error>,
    ) -> u64 {
        let mut trips = 0;
        for time in 0..3 {
            let thing = prepare(time).await;
            // What is done after an answer, behind the caller's back, counts too.
            tokio::time::sleep(Duration::from_millis(20)).await;
            let before = self.proxy.round_trips();
            work(thing).await.expect("done");
            tokio::time::sleep(Duration::from_millis(20)).await;
            trips = self.proxy.round_trips() - before;
        }
        trips
    }

    /// Each with its name.
    async fn all(&self) -> Vec<(&'static str, u64)> {
        let (db, tenant, member) = (&self.db, self.owner().await, self.team.member);
        let address = |time: usize| NewUser::new(format!("{time}@x.io").parse().expect("valid"));
        let tokens = db.verification_tokens();
        let token = async |intent: Intent| {
            let issued = tokens.issue(intent, member, None).await;
            issued.expect("a token").token
        };
        let client = async |()| {
            let new = NewClient::new("Café".parse().expect("a name"));
            tenant.clients().create(new).await
        };
        vec![
            (
                "a new user",
                self.trips(
                    async |time| address(time),
                    async |new| db.users().create(new).await,
                )
                .await,
            ),
            (
                "a sign-up",
                self.trips(
                    async |time| address(time + 10),
                    async |new| {
                        let members = tenant.admin()?.members();
                        members.sign_up(new, &["member"]).await
                    },
                )
                .await,
            ),
            (
                "an address proved",
                self.trips(
                    async |_| token(Intent::VerifyEmail).await,
                    async |token| tokens.verify_email(token.reveal()).await,
                )
                .await,
            ),
            (
                "a magic link",
                self.trips(
                    async |_| token(Intent::SignIn).await,
                    async |token| tokens.sign_in(token.reveal()).await,
                )
                .await,
            ),
            (
                "a session",
                self.trips(
                    async |_| NewSession::default(),
                    async |new| db.sessions().open(member, new).await,
                )
                .await,
            ),
            ("a new client", self.trips(async |_| (), client).await),
            (
                "a client deleted",
                self.trips(
                    async |_| client(()).await.expect("a client").id,
                    async |id| tenant.clients().delete(id).await,
                )
                .await,
            ),
        ]
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_most_is_one_round_trip() {
    migration::not_on_citus!(
        "what a row stands under is looked at again there, by a statement of its own"
    );
    let line = Line::new(false).await;
    for (what, trips) in line.all().await {
        assert_eq!(trips, 1, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_it_is_with_its_events() {
    migration::not_on_citus!(
        "what a row stands under is looked at again there, by a statement of its own"
    );
    let line = Line::new(true).await;
    for (what, trips) in line.all().await {
        let expected = match what {
            // BEGIN, both changes, two events of two chains, COMMIT. The third time there is one event.
            "an address proved" => 4,
            // A look first: whose it is stands in the event.
            "a magic link" => 2,
            _ => 1,
        };
        assert_eq!(trips, expected, "{what}");
    }
    let verified = line.db.audit().verify(&[]).await.expect("verified");
    assert_eq!(verified.broken, None);
    assert_eq!(verified.erased, 0);
}
