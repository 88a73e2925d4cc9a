// SPDX-License-Identifier: Apache-2.0
//! Providers, delegations and balances.

use subxt::ext::scale_decode::DecodeAsType;

use super::At;
use crate::{
    chain::ChainError,
    runtime::api,
    types::{AccountBalance, Balance, DelegationStatus, Provider, ProviderStatus},
    AccountId,
};

impl At {
    /// A provider's record.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn provider(&self, provider: &AccountId) -> Result<Option<Provider>, ChainError> {
        self.value(api::storage().verification().providers(), (*provider,))
            .await
    }

    /// At most `limit` providers, in no particular order.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn providers(&self, limit: usize) -> Result<Vec<(AccountId, Provider)>, ChainError> {
        let address = api::storage().verification().providers();
        let select = |(account,): (AccountId,), provider| Some((account, provider));
        self.entries(address, limit, select).await
    }

    /// A provider's state, with pending slashes applied.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn provider_status(
        &self,
        provider: &AccountId,
    ) -> Result<Option<ProviderStatus>, ChainError> {
        let question = api::runtime_apis().staking_api().provider_status(*provider);
        self.ask(question).await
    }

    /// A delegation's state, with pending slashes applied.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn delegation_status(
        &self,
        provider: &AccountId,
        delegator: &AccountId,
    ) -> Result<Option<DelegationStatus>, ChainError> {
        let apis = api::runtime_apis();
        let question = apis.staking_api().delegation_status(*provider, *delegator);
        self.ask(question).await
    }

    /// At most `limit` providers to which `delegator` has delegated.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn delegations_of(
        &self,
        delegator: &AccountId,
        limit: usize,
    ) -> Result<Vec<AccountId>, ChainError> {
        let address = api::storage().verification().delegations();
        let select =
            |(provider, who): (AccountId, AccountId), _| (who == *delegator).then_some(provider);
        self.entries(address, limit, select).await
    }

    /// The collateral that a job at this price needs, and the part of it that must be the provider's own.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn collateral(
        &self,
        price: Balance,
        min_collateral: Balance,
    ) -> Result<(Balance, Balance), ChainError> {
        let apis = api::runtime_apis();
        self.ask(apis.staking_api().collateral(price, min_collateral))
            .await
    }

    /// An account's balance.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn balance(&self, account: &AccountId) -> Result<AccountBalance, ChainError> {
        let address = subxt::dynamic::storage::<(AccountId,), AccountInfo>("System", "Account");
        let info = self.value(address, (*account,)).await?;
        Ok(info.map(AccountBalance::from).unwrap_or_default())
    }

    /// The balances of at most `limit` accounts, in no particular order.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn balances(
        &self,
        limit: usize,
    ) -> Result<Vec<(AccountId, AccountBalance)>, ChainError> {
        let address = subxt::dynamic::storage::<(AccountId,), AccountInfo>("System", "Account");
        let select = |(account,): (AccountId,), info| Some((account, AccountBalance::from(info)));
        self.entries(address, limit, select).await
    }

    /// All tokens that exist.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn total_issuance(&self) -> Result<Balance, ChainError> {
        let address = subxt::dynamic::storage::<(), Balance>("Balances", "TotalIssuance");
        Ok(self.value(address, ()).await?.unwrap_or_default())
    }
}

/// The part of `frame_system::AccountInfo` that clients need. The system's pallet is not among the generated ones: it would
/// bring the types of every other pallet with it.
#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "::subxt::ext::scale_decode")]
struct AccountInfo {
    nonce: u32,
    data: AccountData,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "::subxt::ext::scale_decode")]
struct AccountData {
    free: Balance,
    reserved: Balance,
    frozen: Balance,
}

impl From<AccountInfo> for AccountBalance {
    fn from(info: AccountInfo) -> Self {
        Self {
            nonce: info.nonce,
            free: info.data.free,
            reserved: info.data.reserved,
            frozen: info.data.frozen,
        }
    }
}
