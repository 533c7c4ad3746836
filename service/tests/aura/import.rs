//! `aura import users`.

use std::fmt::Write as _;

use chrono::DateTime;
use entity::{user_passwords, users};
use migration::testing::TestDb;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use service::{Config, Db, User};

use crate::stage::{Said, fed, on};

/// Each is a hash of this, made by the library that the system uses: bcrypt, argon2-cffi, passlib and Django's hashers of
/// Python, `OpenSSL` by hashlib.
const PASSWORD: &str = "correct horse battery staple";
const BCRYPT_2A: &str = "$2a$04$ksduGFjeWPbQ.V3MdNJCluM3pQvvkhFWC7.bCdbw28wbb5n3zCgAu";
const BCRYPT_2B: &str = "$2b$04$Rnw3ZYsWXoRaYq7CfGLGcuU5cWq.vq4C.vR2fNwt0LFW5GdthdLvC";
const DJANGO: [&str; 4] = [
    "pbkdf2_sha256$1000$GkaRGiHkQMvVZqZoTqSkQL$xlDlgNEyS8IiaRPm7wC7wF7jjJnbUsX8KyN4HUXo7YU=",
    "bcrypt_sha256$$2b$04$fBPBVMy6ttKWLhzVZTM7D.7LOPFsYv1hp.Z.SGvcQoKq5JupOsaBi",
    "argon2$argon2id$v=19$m=1024,t=2,p=2$R2thUkdpSGtRTXZWWnFab1RxU2tRTA$UJ8jOqtx6lW+QPGhM4vVwX6kYsulorIDF2+Ekif1Q68",
    "scrypt$1024$GkaRGiHkQMvVZqZoTqSkQL$8$5$C0oA1RgnenMQf9YnEM3TwzWGq7PuAWQa0NR95rbCVMAYUitXmlYiAn1+mEIiJpsyOV3tgCgHsIud2sE5SV44IA==",
];
const PBKDF2: &str = "$pbkdf2-sha512$i=1000,l=64$c2FsdHNhbHRzYWx0c2FsdA$ORxvnPF08mmTltUf/WSLS8FZ3yYanqBrD+km4rpMr07F2ze7/s1VLAjm+ry9RrSLc7aA5i7XxlkTGvDGO5vcpw";
const ARGON2: &str = "$argon2id$v=19$m=1024,t=2,p=1$1boBFXjnNnxeQkKImJsr3A$qUb8M/nmU1Y2mSv4UX1/B5ZVldLPnwZ4XBXuL3Jcwjk";
const SCRYPT_HEX: &str = "5073317841f162288ce0f627cdb49b94a9cdcfc2f941a175ac84fb24297b3f0a4439ad35f98edf7e6df0bf91c47e37707ce9024c7d89b233e38de892c3d4fd8c";
const ID: &str = "3f6c1a52-6f2b-4b8e-9d3e-0c7a5c1d2e4f";

fn import(db: &TestDb, arguments: &[&str], input: &str) -> Said {
    let arguments = [&["import", "users", "-"], arguments].concat();
    fed(&mut on(db.url(), &arguments), input)
}

/// Who is there after an import that went well.
async fn imported(db: &TestDb, arguments: &[&str], input: &str) -> Vec<users::Model> {
    let ran = import(db, arguments, input);
    assert!(ran.is_done(), "{} {}", ran.out, ran.err);
    let mut all = users::Entity::find()
        .all(&db.connect().await)
        .await
        .expect("rows");
    all.sort_by(|one, other| one.email.cmp(&other.email));
    all
}

/// Everybody signs in with the old password, and has a hash of ours then.
async fn all_sign_in(test: &TestDb, emails: &[&str]) {
    let db = Db::connect(Config::new(test.url()))
        .await
        .expect("connects");
    let connection = test.connect().await;
    for email in emails {
        let address = email.parse().expect("valid");
        let right = PASSWORD.parse().expect("valid");
        let user: User = match db.passwords().authenticate(&address, &right, None).await {
            Ok(user) => user,
            Err(error) => panic!("{email}: {error}"),
        };
        let row = user_passwords::Entity::find_by_id(user.id)
            .one(&connection)
            .await;
        let hash = row.expect("a read").expect("a password").password_hash;
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{email}"
        );
        let wrong = "correct horse battery stapler".parse().expect("valid");
        assert!(
            db.passwords()
                .authenticate(&address, &wrong, None)
                .await
                .is_err(),
            "{email}"
        );
    }
    db.close().await.expect("closes");
}

async fn nobody(db: &TestDb) {
    let connection = db.connect().await;
    assert_eq!(users::Entity::find().count(&connection).await, Ok(0));
    assert_eq!(
        user_passwords::Entity::find().count(&connection).await,
        Ok(0)
    );
}

fn micros(text: &str) -> i64 {
    DateTime::parse_from_rfc3339(text)
        .expect("an instant")
        .timestamp_micros()
}

migration::both_backends! {
    async fn from_supabase(db: TestDb) {
        let csv = format!(
            "instance_id,id,email,encrypted_password,email_confirmed_at,created_at,banned_until,raw_user_meta_data,phone\n\
             00000000-0000-0000-0000-000000000000,{ID},Ada@Example.com,{BCRYPT_2A},2024-05-01 12:00:00.123456+00,\
             2023-01-02 03:04:05.5+00,,\"{{\"\"full_name\"\": \"\"Ada Lindqvist\"\", \"\"avatar_url\"\": \"\"https://cdn.example/a.png\"\"}}\",\n\
             00000000-0000-0000-0000-000000000000,{other},bob@example.com,,,2023-01-03 00:00:00+00,2999-01-01 00:00:00+00,{{}},\n",
            other = ID.replace('3', "4")
        );
        let all = imported(&db, &["--format", "csv", "--from", "supabase"], &csv).await;
        let [ada, bob] = &all[..] else { panic!("{all:?}") };
        assert_eq!((ada.id.to_string().as_str(), ada.email.as_str()), (ID, "ada@example.com"));
        assert_eq!(ada.name.as_deref(), Some("Ada Lindqvist"));
        assert_eq!(ada.picture.as_deref(), Some("https://cdn.example/a.png"));
        let verified = ada.email_verified_at.expect("proved").timestamp_micros();
        assert_eq!(verified, micros("2024-05-01T12:00:00.123456Z"));
        assert_eq!(ada.created_at.timestamp_micros(), micros("2023-01-02T03:04:05.5Z"));
        assert!(ada.deleted_at.is_none());
        assert!(bob.deleted_at.is_some() && bob.email_verified_at.is_none(), "banned");
        all_sign_in(&db, &["ada@example.com"]).await;

        // The same once more: everybody is there already, deleted or not.
        let again = import(&db, &["--format", "csv", "--from", "supabase"], &csv);
        assert!(!again.is_done(), "{}", again.out);
        assert!(again.err.contains("line 2, email: is that of a user who is there already"), "{}", again.err);
        assert!(again.err.contains("line 3, id: is that of a user who is there already"), "{}", again.err);
        let skipped = import(&db, &["--format", "csv", "--from", "supabase", "--skip-existing"], &csv);
        assert!(skipped.is_done() && skipped.out.contains("imported 0 users"), "{}", skipped.out);
        assert!(skipped.out.contains("2 left out: there already"), "{}", skipped.out);
    }

    async fn from_auth0(db: TestDb) {
        let custom = |email: &str, hash: Value| {
            json!({ "email": email, "email_verified": true, "created_at": "2022-02-02T02:02:02.000Z",
                    "name": email, "custom_password_hash": hash })
        };
        let lines = [
            json!({ "user_id": "auth0|5f7c8ec7c33c6c004bbafe82", "email": "a@example.com", "email_verified": false,
                    "passwordHash": BCRYPT_2B, "given_name": "Ada", "family_name": "Lindqvist", "nickname": "a",
                    "name": "Ada Lindqvist", "picture": "https://s.gravatar.com/avatar/1.png",
                    "created_at": { "$date": "2022-02-02T02:02:02.000Z" } }),
            custom("b@example.com", json!({ "algorithm": "bcrypt", "hash": { "value": BCRYPT_2A } })),
            custom("c@example.com", json!({ "algorithm": "pbkdf2", "hash": { "value": PBKDF2 } })),
            custom("d@example.com", json!({ "algorithm": "argon2", "hash": { "value": ARGON2 } })),
            custom("e@example.com", json!({ "algorithm": "scrypt", "hash": { "value": SCRYPT_HEX, "encoding": "hex" },
                    "salt": { "value": "a salt in text", "encoding": "utf8" }, "keylen": 64, "cost": 1024,
                    "blockSize": 8, "parallelization": 1 })),
        ];
        let lines = lines.map(|line| line.to_string()).join("\n");
        let all = imported(&db, &["--format", "jsonl", "--from", "auth0"], &lines).await;
        assert_eq!(all.len(), 5);
        assert_eq!(all[0].given_name.as_deref(), Some("Ada"));
        assert_eq!(all[0].created_at.timestamp_micros(), micros("2022-02-02T02:02:02Z"));
        assert!(all[0].email_verified_at.is_none() && all[1].email_verified_at.is_some());
        assert_eq!(all[1].name, None, "that is the address once more");
        let emails = ["a@example.com", "b@example.com", "c@example.com", "d@example.com", "e@example.com"];
        all_sign_in(&db, &emails).await;

        let old = custom("f@example.com", json!({ "algorithm": "md5", "hash": { "value": "5f4dcc3b5aa765d61d8327deb882cf99" } }));
        let refused = import(&db, &["--format", "jsonl", "--from", "auth0"], &old.to_string());
        assert!(!refused.is_done() && refused.err.contains("line 1, custom_password_hash: is of an algorithm"), "{}", refused.err);
        assert!(!refused.err.contains("5f4dcc"), "{}", refused.err);
        let without = ["--format", "jsonl", "--from", "auth0", "--without", "password"];
        assert!(import(&db, &without, &old.to_string()).is_done());
    }

    async fn from_django(db: TestDb) {
        let mut csv = "id,password,last_login,is_superuser,username,first_name,last_name,email,is_staff,is_active,date_joined\n".to_owned();
        for (at, hash) in DJANGO.iter().enumerate() {
            let _ = writeln!(
                csv,
                "{at},\"{hash}\",,f,User{at},Ada,Lindqvist,user{at}@example.com,f,t,2020-01-01 00:00:00+00"
            );
        }
        csv += "8,!kXl2,,f,nobody@example.com,,,,f,f,2020-01-01 00:00:00+00\n";
        let all = imported(&db, &["--format", "csv", "--from", "django"], &csv).await;
        assert_eq!(all.len(), 5);
        assert!(all[0].email == "nobody@example.com" && all[0].deleted_at.is_some());
        assert_eq!(all[1].username.as_deref(), Some("user0"));
        assert_eq!(all[1].name.as_deref(), Some("Ada Lindqvist"));
        let emails = ["user0@example.com", "user1@example.com", "user2@example.com", "user3@example.com"];
        all_sign_in(&db, &emails).await;
    }

    async fn from_dumpdata(db: TestDb) {
        let dump = json!([
            { "model": "contenttypes.contenttype", "pk": 1, "fields": { "app_label": "auth" } },
            { "model": "auth.user", "pk": 1, "fields": { "username": "ada", "email": "ada@example.com",
              "password": DJANGO[0], "first_name": "Ada", "last_name": "", "is_active": true,
              "date_joined": "2020-01-01T00:00:00.123Z", "groups": [] } },
            { "model": "auth.user", "pk": 2, "fields": { "username": "bea", "email": "", "password": "" } },
        ]);
        let pretty = serde_json::to_string_pretty(&dump).expect("JSON");
        let line = pretty.lines().position(|line| line.contains("\"fields\": {")).expect("a line");
        assert!(line > 0);
        let refused = import(&db, &["--format", "json", "--from", "django", "--json"], &pretty);
        assert!(!refused.is_done());
        let report: Value = serde_json::from_str(&refused.out).expect("JSON");
        assert_eq!((&report["written"], &report["imported"]), (&json!(false), &json!(0)));
        let problems = report["problems"].as_array().expect("a list");
        let columns: Vec<_> = problems.iter().map(|one| one["column"].as_str().unwrap_or_default()).collect();
        assert_eq!(columns, ["email"], "{report}");
        let begins = problems[0]["line"].as_u64().expect("a line");
        let line = pretty.lines().nth(usize::try_from(begins).expect("small") - 1);
        assert_eq!(line.map(str::trim), Some("{"), "the line where the object begins");
        nobody(&db).await;
        let arguments = ["--format", "json", "--from", "django", "--skip-invalid"];
        let all = imported(&db, &arguments, &pretty).await;
        assert_eq!(all.len(), 1);
        all_sign_in(&db, &["ada@example.com"]).await;
    }

    async fn from_prisma(db: TestDb) {
        let csv = format!(
            "id,name,email,emailVerified,image,password,createdAt\n\
             clh3x1,Ada,ada@example.com,2024-05-01T12:00:00.000Z,,{BCRYPT_2B},1714564800000\n\
             {ID},,bob@example.com,,https://cdn.example/b.png,,2024-05-01 12:00:00.000\n"
        );
        let all = imported(&db, &["--format", "csv", "--from", "prisma"], &csv).await;
        assert_eq!(all[0].created_at.timestamp(), 1_714_564_800);
        assert!(all[0].email_verified_at.is_some());
        assert_eq!(all[0].id.get_version_num(), 7, "a cuid is not kept");
        assert_eq!(all[1].id.to_string(), ID);
        all_sign_in(&db, &["ada@example.com"]).await;
    }

    async fn our_own_columns(db: TestDb) {
        let csv = format!(
            "\u{feff}email,id,username,name,given_name,family_name,picture,email_verified_at,created_at,password_hash,deleted\n\
             ada@example.com,{ID},Ada,\"Lindqvist, Ada\",Ada,Lindqvist,https://cdn.example/a.png,2024-05-01T12:00:00Z,2024-05-01,{BCRYPT_2B},false\n"
        );
        let trial = import(&db, &["--format", "csv", "--from", "plain", "--dry-run"], &csv);
        assert!(trial.is_done() && trial.out.starts_with("would import 1 user, 1 with a password"), "{} {}", trial.out, trial.err);
        nobody(&db).await;
        let all = imported(&db, &["--format", "csv", "--from", "plain", "--new-ids"], &csv).await;
        assert_ne!(all[0].id.to_string(), ID);
        assert_eq!(all[0].username.as_deref(), Some("ada"));
        assert_eq!(all[0].name.as_deref(), Some("Lindqvist, Ada"));
        all_sign_in(&db, &["ada@example.com"]).await;
        let db = Db::connect(Config::new(db.url())).await.expect("connects");
        let verified = db.audit().verify(&[]).await.expect("verified");
        assert_eq!(verified.broken, None);
        db.close().await.expect("closes");
    }

    async fn every_problem_is_told_and_nothing_is_written(db: TestDb) {
        let secret = "pbkdf2_sha1$x$SECRETSALT$SECRETHASH";
        let csv = format!(
            "email,username,created_at,password_hash,deleted,picture\n\
             good@example.com,,,,,\n\
             no-at-sign,,,,,\n\
             a@example.com,x,,,,\n\
             b@example.com,,yesterday,,,\n\
             c@example.com,,,{secret},,\n\
             d@example.com,,,,perhaps,javascript:alert(1)\n\
             Good@Example.com,,,,,\n\
             e@example.com,too,many,columns,are,in,this\n\
             \"two\nlines@example.com\",,,,,\n\
             ,,,,,\n"
        );
        let ran = import(&db, &["--format", "csv", "--from", "plain"], &csv);
        assert!(!ran.is_done());
        for told in [
            "line 3, email: has no @",
            "line 4, username: is shorter than 2 characters",
            "line 5, created_at: is no instant",
            "line 6, password_hash: has a parameter that is no number",
            "line 7, deleted: is neither true nor false",
            "line 7, picture: is no URL of a picture",
            "line 8, email: is that of line 2",
            "line 9: has 7 columns, the first line has 6",
            "line 10, email: has a character before the @",
            "line 12, email: is missing",
        ] {
            assert!(ran.err.contains(told), "{told} is not in {}", ran.err);
        }
        assert_eq!(ran.err.lines().count(), 11, "{}", ran.err);
        assert_eq!(ran.out, "nothing was imported: 10 problems\n");
        assert!(!ran.err.contains("SECRET") && !ran.err.contains("javascript"), "{}", ran.err);
        nobody(&db).await;

        let few = import(&db, &["--format", "csv", "--from", "plain", "--max-errors", "3", "--skip-invalid"], &csv);
        assert!(!few.is_done() && few.err.contains("stopped after 3 problems"), "{}", few.err);
        nobody(&db).await;
        let good = import(&db, &["--format", "csv", "--from", "plain", "--skip-invalid"], &csv);
        assert!(good.is_done() && good.out.starts_with("imported 1 user, 0 with a password"), "{}", good.out);
    }

    async fn a_problem_at_the_end_undoes_what_was_written_at_the_beginning(db: TestDb) {
        let mut csv = "email\n".to_owned();
        for number in 0..3000 {
            let _ = writeln!(csv, "user{number}@example.com");
        }
        let ran = import(&db, &["--format", "csv", "--from", "plain"], &(csv.clone() + "nobody\n"));
        assert!(!ran.is_done() && ran.err.contains("line 3002, email: has no @"), "{}", ran.err);
        nobody(&db).await;
        assert_eq!(imported(&db, &["--format", "csv", "--from", "plain"], &csv).await.len(), 3000);
    }

    async fn what_is_no_export_is_told_and_not_quoted(db: TestDb) {
        for (format, input, told) in [
            ("csv", "ada@example.com,SECRET\n", "line 1: names no column `email`"),
            ("csv", "", "line 1: names no column `email`"),
            ("jsonl", "{\"email\": \"a@example.com\"}\nSECRET\n", "line 2: is no JSON object"),
            ("jsonl", "[\"SECRET\"]", "line 1: is no JSON object"),
            ("json", "[{\"email\": \"a@example.com\"},\n\"SECRET\"]", "line 2: is not what follows"),
            ("json", "[{\"email\": \"a@example.com\"}", "is not what follows"),
            ("json", "{\"email\": \"a@example.com\"}", "is not what follows"),
        ] {
            let ran = import(&db, &["--format", format, "--from", "plain"], input);
            assert!(!ran.is_done() && ran.err.contains(told), "{told} is not in {}", ran.err);
            assert!(!ran.err.contains("SECRET"), "{}", ran.err);
        }
        nobody(&db).await;
    }
}
