//! An application passes to another owner.

use uuid::Uuid;

use super::{grant, owners};
use crate::error::{Error, Result};
use crate::scope::{ADMIN, OWNER, Owner};

impl Owner<'_> {
    /// Makes the member `to` an owner, and the acting user an admin who owns no more.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where `to` is no live member, or nobody acts (the system); [`Error::Forbidden`] where the
    /// acting user is no owner any more; [`Error::Database`].
    pub async fn transfer_ownership(&self, to: Uuid) -> Result<()> {
        let from = self.0.user_id().ok_or(Error::NotFound)?;
        if from == to {
            return Ok(());
        }
        self.0
            .transaction(async |tenant| {
                owners::begin(tenant.scope(), &[from, to]).await?;
                grant::change(tenant, to, |mut keys| {
                    keys.push(OWNER.to_owned());
                    Ok(keys)
                })
                .await?;
                // Whoever has been demoted since the tenant was made has nothing to hand over.
                grant::change(tenant, from, |mut keys| {
                    if !keys.iter().any(|key| key == OWNER) {
                        return Err(Error::forbidden("the role `owner`"));
                    }
                    keys.retain(|key| key != OWNER);
                    keys.push(ADMIN.to_owned());
                    Ok(keys)
                })
                .await?;
                Ok(())
            })
            .await
    }
}
