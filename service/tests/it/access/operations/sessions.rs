//! On sessions.

use service::NewSession;

use super::{Operation, operations};
use crate::access::cell::{changed, counted, ok, rows};

pub(super) fn operations() -> Vec<Operation> {
    [opening(), carrying(), ending()].concat()
}

fn opening() -> Vec<Operation> {
    operations! { Everything:
        "Sessions::open" on "user": |cell| {
            ok(cell.db.sessions().open(cell.user(), NewSession::default()).await)
        },
        "Sessions::open" on "application": |cell| {
            let new = NewSession {
                application_id: Some(cell.application()),
                ..NewSession::default()
            };
            ok(cell.db.sessions().open(cell.stage.own.team.member, new).await)
        },
        "Sessions::open_in_place_of" on "session": |cell| {
            let user_id = cell.stage.stranger;
            let sessions = cell.db.sessions();
            ok(sessions.open_in_place_of(cell.session().0, user_id, NewSession::default()).await)
        },
    }
}

fn carrying() -> Vec<Operation> {
    operations! { Everything:
        "Sessions::resolve" on "session": |cell| {
            ok(cell.db.sessions().resolve(cell.session().0).await)
        },
        "Sessions::switch_application" on "session": |cell| {
            ok(cell.db.sessions().switch_application(cell.session().0, None).await)
        },
        "Sessions::switch_application" on "application": |cell| {
            let token = cell.stage.own.secrets.live.session.as_str();
            let application = Some(cell.application());
            ok(cell.db.sessions().switch_application(token, application).await)
        },
        "Sessions::rotate" on "session": |cell| {
            ok(cell.db.sessions().rotate(cell.session().0).await)
        },
        "Sessions::list" on "user": |cell| {
            rows(cell.db.sessions().list(cell.user(), 200, None).await)
        },
    }
}

fn ending() -> Vec<Operation> {
    operations! { Everything:
        "Sessions::close" on "session": |cell| {
            changed(cell.db.sessions().close(cell.session().0).await)
        },
        "Sessions::revoke" on "session": |cell| {
            let user_id = cell.stage.own.members.live.id;
            ok(cell.db.sessions().revoke(user_id, cell.session().1).await)
        },
        "Sessions::revoke_others" on "session": |cell| {
            let user_id = cell.stage.own.members.live.id;
            counted(cell.db.sessions().revoke_others(user_id, cell.session().1).await)
        },
        "Sessions::revoke_all" on "user": |cell| {
            counted(cell.db.sessions().revoke_all(cell.user()).await)
        },
        "Sessions::purge_expired" of Nothing: |cell| {
            counted(cell.db.sessions().purge_expired(1000).await)
        },
    }
}
