//! The types and the CHECKs of the schema agree.

use std::collections::HashSet;
use std::str::FromStr;

use migration::testing::TestDb;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement, Value};
use service::value::Name;
use service::{
    DomainName, Email, Error, FamilyName, GivenName, Metadata, Phone, Picture, PublicId, RoleKey,
    Slug, Text, Username,
};
use uuid::Uuid;

migration::both_backends!(
    what_a_type_accepts_the_database_takes,
    what_the_database_takes_the_exact_types_accept,
    metadata_that_is_accepted_is_stored,
);

/// Samples of what the regular expression describes, each once.
fn samples(regex: &str, count: usize) -> Vec<String> {
    let strategy = proptest::string::string_regex(regex).expect("a regular expression");
    let mut runner = TestRunner::deterministic();
    let mut seen = HashSet::new();
    (0..count)
        .map(|_| strategy.new_tree(&mut runner).expect("a sample").current())
        .filter(|text| seen.insert(text.clone()))
        .collect()
}

/// A place for a value of each kind: a table with what its other columns need.
struct Column {
    sql: &'static str,
}

const APPLICATION: Uuid = Uuid::from_u128(7);

const EMAIL: Column = Column {
    sql: "INSERT INTO users (id, email) VALUES ($1, $2)",
};
const USERNAME: Column = Column {
    sql: "INSERT INTO users (id, email, username) VALUES ($1, $3, $2)",
};
const NAME: Column = Column {
    sql: "INSERT INTO users (id, email, name) VALUES ($1, $3, $2)",
};
const GIVEN_NAME: Column = Column {
    sql: "INSERT INTO users (id, email, given_name) VALUES ($1, $3, $2)",
};
const FAMILY_NAME: Column = Column {
    sql: "INSERT INTO users (id, email, family_name) VALUES ($1, $3, $2)",
};
const PICTURE: Column = Column {
    sql: "INSERT INTO users (id, email, picture) VALUES ($1, $3, $2)",
};
const SLUG: Column = Column {
    sql: "INSERT INTO applications (id, public_id, slug, name) VALUES ($1, $4, $2, 'a')",
};
const PUBLIC_ID: Column = Column {
    sql: "INSERT INTO applications (id, public_id, slug, name) VALUES ($1, $2, $5, 'a')",
};
const DESCRIPTION: Column = Column {
    sql: "INSERT INTO applications (id, public_id, slug, name, description) VALUES ($1, $4, $5, 'a', $2)",
};
const ROLE_KEY: Column = Column {
    sql: "INSERT INTO roles (application_id, id, key, name) VALUES ($6, $1, $2, 'a')",
};
const PHONE: Column = Column {
    sql: "INSERT INTO clients (application_id, id, name, phone) VALUES ($6, $1, 'a', $2)",
};
const DOMAIN: Column = Column {
    sql: "INSERT INTO domains (application_id, id, name, challenge) VALUES ($6, $1, $2, '0123456789abcdef0123456789abcdef')",
};

impl Column {
    async fn takes(&self, connection: &DatabaseConnection, text: &str) -> Result<(), String> {
        let id = Uuid::new_v4();
        let hex = id.simple().to_string();
        let all: [Value; 6] = [
            id.into(),
            text.into(),
            format!("{hex}@x.io").into(),
            hex[..20].into(),
            hex.clone().into(),
            APPLICATION.into(),
        ];
        // Only the parameters that it names: `PostgreSQL` cannot tell the type of others.
        let mut sql = String::new();
        let mut values = Vec::new();
        let mut parts = self.sql.split('$');
        sql.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let (number, rest) = part.split_at(1);
            values.push(all[number.parse::<usize>().expect("a digit") - 1].clone());
            sql.push('$');
            sql.push_str(&values.len().to_string());
            sql.push_str(rest);
        }
        let backend = connection.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, sql, values);
        connection
            .execute_raw(statement)
            .await
            .map(|_| ())
            .map_err(|error| error.to_string())
    }

    async fn takes_what_is_accepted<T>(&self, connection: &DatabaseConnection, texts: Vec<String>)
    where
        T: FromStr<Err = Error> + Into<String>,
    {
        let accepted: HashSet<String> = texts
            .iter()
            .filter_map(|text| text.parse::<T>().ok())
            .map(Into::into)
            .collect();
        assert!(accepted.len() > 10, "{}: too few to tell", self.sql);
        for text in accepted {
            let taken = self.takes(connection, &text).await;
            assert_eq!(taken, Ok(()), "{} {text:?}", self.sql);
        }
    }

    async fn takes_only_what_is_accepted<T>(&self, connection: &DatabaseConnection, regex: &str)
    where
        T: FromStr<Err = Error> + Into<String>,
    {
        let (mut taken, mut refused) = (0, 0);
        for text in samples(regex, 120) {
            let canonical = text
                .parse::<T>()
                .is_ok_and(|value| Into::<String>::into(value) == text);
            let stored = self.takes(connection, &text).await;
            assert_eq!(
                stored.is_ok(),
                canonical,
                "{} {text:?}: {stored:?}",
                self.sql
            );
            *(if canonical { &mut taken } else { &mut refused }) += 1;
        }
        assert!(taken > 5 && refused > 5, "{}: {taken} {refused}", self.sql);
    }
}

async fn open(db: &TestDb) -> DatabaseConnection {
    let connection = db.connect().await;
    let application = Statement::from_sql_and_values(
        connection.get_database_backend(),
        "INSERT INTO applications (id, public_id, slug, name) VALUES ($1, 'application7', 'application7', 'a')",
        [APPLICATION.into()],
    );
    connection
        .execute_raw(application)
        .await
        .expect("an application");
    connection
}

const ANY_LINE: &str = "\\PC{1,20}";

async fn what_a_type_accepts_the_database_takes(db: TestDb) {
    let connection = open(&db).await;
    let mut addresses = samples(
        "[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~äÖßİΣΩﬁ\u{308}-]{1,12}@[a-zA-Z0-9äÖßΣ\u{308}。.-]{1,24}\\.?",
        400,
    );
    addresses.extend(samples("\\PC{1,6}@\\PC{1,8}", 200));
    addresses.push(format!("{}@{}.io", "ü".repeat(32), "a".repeat(63)));
    EMAIL
        .takes_what_is_accepted::<Email>(&connection, addresses)
        .await;
    let domains = samples("[a-zA-Z0-9äÖßΣ\u{308}。.-]{1,30}\\.[a-zéA-Z]{1,8}\\.?", 300);
    DOMAIN
        .takes_what_is_accepted::<DomainName>(&connection, domains)
        .await;
    let mut names = samples(ANY_LINE, 60);
    names.extend(["é".repeat(200), "😀".repeat(200)]);
    NAME.takes_what_is_accepted::<Name>(&connection, names.clone())
        .await;
    GIVEN_NAME
        .takes_what_is_accepted::<GivenName>(&connection, names.clone())
        .await;
    FAMILY_NAME
        .takes_what_is_accepted::<FamilyName>(&connection, names.clone())
        .await;
    PHONE
        .takes_what_is_accepted::<Phone>(&connection, names.clone())
        .await;
    names.extend(["a\r\n\tb".into(), "é".repeat(2000)]);
    DESCRIPTION
        .takes_what_is_accepted::<Text<2000>>(&connection, names)
        .await;
    let mut pictures = samples("https?://[a-zé0-9]{1,9}\\PC{0,30}", 60);
    pictures.push(format!("https://{}", "é".repeat(2040)));
    PICTURE
        .takes_what_is_accepted::<Picture>(&connection, pictures)
        .await;
}

async fn what_the_database_takes_the_exact_types_accept(db: TestDb) {
    let connection = open(&db).await;
    USERNAME
        .takes_only_what_is_accepted::<Username>(&connection, "[a-z0-9._A-]{1,5}|[a-z]{62,66}")
        .await;
    SLUG.takes_only_what_is_accepted::<Slug>(&connection, "[a-z0-9A-]{1,5}|[a-z]{61,65}")
        .await;
    ROLE_KEY
        .takes_only_what_is_accepted::<RoleKey>(&connection, "[a-z0-9_A-]{1,4}|[a-z]{61,65}")
        .await;
    PUBLIC_ID
        .takes_only_what_is_accepted::<PublicId>(&connection, "[a-zA-Z0-9]{9,21}[a-zé-]?")
        .await;
}

async fn metadata_that_is_accepted_is_stored(db: TestDb) {
    let connection = open(&db).await;
    let backend = connection.get_database_backend();
    for json in [
        "{}",
        r#"{"a":[1,2.5,-0.0,1e300,null,true,"ä😀\u0001\\\"'"],"":{"":[]}}"#,
        r#"{"n":18446744073709551615,"m":-9223372036854775808}"#,
    ] {
        let metadata: Metadata = json.parse().expect("valid");
        let insert = Statement::from_sql_and_values(
            backend,
            "INSERT INTO clients (application_id, id, name, metadata) VALUES ($1, $2, 'a', $3)",
            [
                APPLICATION.into(),
                Uuid::new_v4().into(),
                serde_json::Value::from(metadata).into(),
            ],
        );
        connection.execute_raw(insert).await.expect("stored");
    }
}
