//! On verification tokens.

use service::{Intent, Purpose};

use super::{Operation, operations};
use crate::access::cell::{counted, ok};
use crate::access::secrets::password;

pub(super) fn operations() -> Vec<Operation> {
    [on_users(), on_tokens()].concat()
}

fn on_users() -> Vec<Operation> {
    operations! { Everything:
        "VerificationTokens::issue" on "user": |cell| {
            let tokens = cell.db.verification_tokens();
            ok(tokens.issue(Intent::ResetPassword, cell.user(), None).await)
        },
        "VerificationTokens::revoke" on "user": |cell| {
            counted(cell.db.verification_tokens().revoke(cell.user(), None).await)
        },
        "VerificationTokens::purge_expired" of Nothing: |cell| {
            counted(cell.db.verification_tokens().purge_expired(1000).await)
        },
    }
}

fn on_tokens() -> Vec<Operation> {
    operations! { Everything:
        "VerificationTokens::peek" on "token": |cell| {
            let purpose = Purpose::MagicLink;
            ok(cell.db.verification_tokens().peek(purpose, cell.token(purpose)).await)
        },
        "VerificationTokens::consume" on "token": |cell| {
            let purpose = Purpose::MagicLink;
            ok(cell.db.verification_tokens().consume(purpose, cell.token(purpose)).await)
        },
        "VerificationTokens::verify_email" on "token": |cell| {
            let token = cell.token(Purpose::EmailVerification);
            ok(cell.db.verification_tokens().verify_email(token).await)
        },
        "VerificationTokens::reset_password" on "token": |cell| {
            let token = cell.token(Purpose::PasswordReset);
            ok(cell.db.verification_tokens().reset_password(token, &password()).await)
        },
        "VerificationTokens::sign_in" on "token": |cell| {
            let token = cell.token(Purpose::MagicLink);
            ok(cell.db.verification_tokens().sign_in(token).await)
        },
        "VerificationTokens::change_email" on "token": |cell| {
            let token = cell.token(Purpose::EmailChange);
            ok(cell.db.verification_tokens().change_email(token).await)
        },
    }
}
