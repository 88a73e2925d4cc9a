// SPDX-License-Identifier: Apache-2.0
//! Who may act for an account.

use subxt::ext::scale_decode::DecodeAsType;

use super::{At, ChainError};
use crate::{
    types::{Balance, BlockNumber},
    AccountId,
};

/// Somebody who may make calls for another account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// Who.
    pub delegate: AccountId,
    /// Which calls: the name of the variant of the runtime's `ProxyType`, such as `Worker`.
    pub kind: String,
    /// Blocks between announcing a call and making it; 0 if none is announced.
    pub delay: BlockNumber,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "::subxt::ext::scale_decode")]
struct ProxyDefinition {
    delegate: AccountId,
    proxy_type: subxt::dynamic::Value,
    delay: BlockNumber,
}

impl At {
    /// The proxies of an account. The chain allows a few dozen.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn proxies(&self, real: &AccountId) -> Result<Vec<Proxy>, ChainError> {
        use subxt::ext::scale_value::ValueDef;
        type Stored = (Vec<ProxyDefinition>, Balance);
        let address = subxt::dynamic::storage::<(AccountId,), Stored>("Proxy", "Proxies");
        let stored = self.value(address, (*real,)).await?;
        let definitions = stored.map_or_else(Vec::new, |(definitions, _)| definitions);
        let proxy = |definition: ProxyDefinition| match definition.proxy_type.value {
            ValueDef::Variant(kind) => Ok(Proxy {
                delegate: definition.delegate,
                kind: kind.name,
                delay: definition.delay,
            }),
            _ => Err(ChainError::Malformed("the kind of a proxy".into())),
        };
        definitions.into_iter().map(proxy).collect()
    }
}
