//! On passwords.

use service::{NewSession, NewUser};

use super::{Operation, operations};
use crate::access::cell::{changed, counted, ok};
use crate::access::secrets::password;

/// The bcrypt hash of some password, as others store it.
const ELSEWHERE: &str = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";

pub(super) fn operations() -> Vec<Operation> {
    [setting(), proving()].concat()
}

fn setting() -> Vec<Operation> {
    operations! { Everything:
        "Passwords::sign_up" on "address": |cell| {
            let new = NewUser::new(cell.signs_in_as().0.parse()?);
            ok(cell.db.passwords().sign_up(new, &password()).await)
        },
        "Passwords::set" on "user": |cell| {
            ok(cell.db.passwords().set(cell.user(), &password()).await)
        },
        "Passwords::import" on "user": |cell| {
            let hash = ELSEWHERE.parse()?;
            ok(cell.db.passwords().import(cell.user(), hash).await)
        },
        "Passwords::remove" on "user": |cell| {
            changed(cell.db.passwords().remove(cell.user()).await)
        },
        "Passwords::is_set" on "user": |cell| {
            changed(cell.db.passwords().is_set(cell.user()).await)
        },
    }
}

fn proving() -> Vec<Operation> {
    operations! { Everything:
        "Passwords::authenticate" on "user": |cell| {
            let email = cell.signs_in_as().0.parse()?;
            ok(cell.db.passwords().authenticate(&email, &password(), None).await)
        },
        "Passwords::sign_in" on "user": |cell| {
            let email = cell.signs_in_as().0.parse()?;
            let new = NewSession::default();
            ok(cell.db.passwords().sign_in(&email, &password(), None, new).await)
        },
        "Passwords::change" on "user": |cell| {
            let new = "another horse, the same staple".parse()?;
            let passwords = cell.db.passwords();
            ok(passwords.change(cell.user(), &password(), &new, None, None).await)
        },
        "Passwords::change" on "session": |cell| {
            let new = "another horse, the same staple".parse()?;
            let user_id = cell.stage.own.members.live.id;
            let keep = Some(cell.session().1);
            let passwords = cell.db.passwords();
            ok(passwords.change(user_id, &password(), &new, keep, None).await)
        },
        "Passwords::unblock" on "user": |cell| {
            let email = cell.signs_in_as().0.parse()?;
            changed(cell.db.passwords().unblock(&email, None).await)
        },
        "Passwords::purge_throttles" of Nothing: |cell| {
            counted(cell.db.passwords().purge_throttles(1000).await)
        },
    }
}
