//! What is not deleted but ends: sessions, tokens, invitations, counts of attempts.

use entity::{invitations, sessions, sign_in_throttles, verification_tokens};
use sea_orm::{ColumnTrait, Condition};

use super::{Cutoffs, Run};
use crate::audit::Event;
use crate::error::Result;
use crate::scope::{Across, Life, Scoped, Sees, remove_some};

pub(super) async fn purge(run: &mut Run<'_>, cutoffs: &Cutoffs) -> Result<()> {
    if let Some(before) = cutoffs.throttles {
        let expires_at = sign_in_throttles::Column::ExpiresAt;
        let expired = Condition::all().add(expires_at.lt(before));
        all::<sign_in_throttles::Entity>(run, expired, expires_at).await?;
    }
    if let Some(before) = cutoffs.sessions {
        let expires_at = sessions::Column::ExpiresAt;
        let expired = Condition::all().add(expires_at.lt(before));
        all::<sessions::Entity>(run, expired, expires_at).await?;
        let revoked_at = sessions::Column::RevokedAt;
        let revoked = Condition::all().add(revoked_at.lt(before));
        all::<sessions::Entity>(run, revoked, revoked_at).await?;
    }
    if let Some(before) = cutoffs.tokens {
        let expires_at = verification_tokens::Column::ExpiresAt;
        let expired = Condition::all().add(expires_at.lt(before));
        all::<verification_tokens::Entity>(run, expired, expires_at).await?;
        // Nothing changes a token after it has ended.
        let updated_at = verification_tokens::Column::UpdatedAt;
        let ended = Condition::any()
            .add(verification_tokens::Column::ConsumedAt.is_not_null())
            .add(verification_tokens::Column::RevokedAt.is_not_null());
        let ended = Condition::all().add(ended).add(updated_at.lt(before));
        all::<verification_tokens::Entity>(run, ended, updated_at).await?;
    }
    if let Some(before) = cutoffs.invitations {
        let expires_at = invitations::Column::ExpiresAt;
        let expired = Condition::all().add(expires_at.lt(before));
        all::<invitations::Entity>(run, expired, expires_at).await?;
        let updated_at = invitations::Column::UpdatedAt;
        let ended = Condition::any()
            .add(invitations::Column::AcceptedAt.is_not_null())
            .add(invitations::Column::RevokedAt.is_not_null());
        let ended = Condition::all().add(ended).add(updated_at.lt(before));
        all::<invitations::Entity>(run, ended, updated_at).await?;
    }
    Ok(())
}

async fn all<E: Scoped>(run: &mut Run<'_>, which: Condition, order: E::Column) -> Result<()>
where
    Across: Sees<E::Ownership>,
    E::Column: Copy,
{
    let table = E::default().table_name();
    loop {
        let (batch, id) = (run.batch, run.id);
        let removed = run
            .db
            .transaction(async |db| {
                let across = Across { db: db.clone() };
                let which = which.clone();
                let removed = remove_some::<E, _>(&across, Life::Live, which, order, batch).await?;
                if removed > 0 {
                    let event = Event::on::<E>(&across, "lifecycle.purge", id);
                    db.record(event.with("removed", removed))?;
                }
                Ok::<_, crate::Error>(removed)
            })
            .await?;
        run.removed(table, removed);
        if removed < batch {
            return Ok(());
        }
    }
}
