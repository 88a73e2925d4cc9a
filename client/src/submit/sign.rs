// SPDX-License-Identifier: Apache-2.0
//! Nonce, mortality, signature: a transaction whose bytes are known before it is sent.

use serde::{Deserialize, Serialize};
use subxt::config::DefaultExtrinsicParamsBuilder;

use super::{Call, SubmitError};
use crate::{
    chain::{Chain, ChainError, Config},
    keys::Signer,
    types::{Balance, BlockNumber},
    AccountId, Hash,
};

/// On whose behalf a hot key signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyFor {
    /// The account that acts.
    pub real: AccountId,
    /// The kind of proxy to use, such as `Worker`; `None` for the first one that allows the call.
    pub kind: Option<String>,
}

/// How a transaction is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionOptions {
    /// The signer's nonce. `None` to take the next one, those of the node's pool counted.
    pub nonce: Option<u64>,
    /// Blocks for which the transaction can be included, from the last finalised one; rounded up to a power of two
    /// between 4 and 65 536. `None` for ever.
    pub mortality: Option<u32>,
    /// Paid to whoever includes it.
    pub tip: Balance,
    /// Sign as a proxy.
    pub proxy: Option<ProxyFor>,
}

impl Default for TransactionOptions {
    /// 64 blocks, no tip, on one's own behalf.
    fn default() -> Self {
        Self {
            nonce: None,
            mortality: Some(64),
            tip: 0,
            proxy: None,
        }
    }
}

/// A signed transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedTransaction {
    /// Its bytes, as they are sent.
    #[serde(with = "hexadecimal")]
    pub bytes: Vec<u8>,
    /// BLAKE2-256 of the bytes.
    pub hash: Hash,
    /// Who signed.
    pub signer: AccountId,
    /// Which of the signer's transactions it is.
    pub nonce: u64,
    /// The finalised block from which it is valid.
    pub born: BlockNumber,
    /// The first block that can't include it; `None` if every block can.
    pub dies: Option<BlockNumber>,
}

mod hexadecimal {
    use serde::{de::Error, Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        hex::decode(String::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// The period of a mortality: a power of two, as `sp_runtime::generic::Era` has it.
fn period(blocks: u32) -> u32 {
    blocks.clamp(4, 1 << 16).next_power_of_two()
}

/// The first block that can't include a transaction with this period, born at this block.
///
/// An era of more than 4096 blocks begins at a multiple of `period / 4096`, so it may have begun before the block that
/// it was made for.
fn death(born: BlockNumber, period: u32) -> BlockNumber {
    let quantum = (period >> 12).max(1);
    let begin = born - (born % period) % quantum;
    begin.saturating_add(period)
}

impl Chain {
    /// Makes and signs a transaction. It is not sent. It is valid from the last *finalised* block on, so that no
    /// reorganisation can make it invalid.
    ///
    /// # Errors
    ///
    /// [`SubmitError::Encode`] and [`SubmitError::Chain`].
    pub async fn sign(
        &self,
        signer: &Signer,
        call: &Call,
        options: &TransactionOptions,
    ) -> Result<SignedTransaction, SubmitError> {
        let at = self.finalised().await?;
        let nonce = match options.nonce {
            Some(nonce) => nonce,
            None => self.next_nonce(&signer.account()).await?,
        };
        let mut call = call.encode(&at.client)?;
        if let Some(proxy) = &options.proxy {
            call = call.proxied(proxy.real, proxy.kind.as_deref(), &at.client)?;
        }
        let born = at.number();
        let parameters = DefaultExtrinsicParamsBuilder::<Config>::new()
            .nonce(nonce)
            .tip(options.tip);
        let period = options.mortality.map(period);
        let parameters = match period {
            Some(period) => parameters.mortal_from_unchecked(period.into(), born.into(), at.hash()),
            None => parameters.immortal(),
        };
        let chain_error =
            |error: subxt::error::ExtrinsicError| SubmitError::Chain(ChainError::from_subxt(error));
        let transactions = at.client.tx();
        let signed = transactions
            .create_signable_offline(&call, parameters.build())
            .map_err(chain_error)?
            .sign(signer)
            .map_err(chain_error)?;
        Ok(SignedTransaction {
            hash: signed.hash(),
            bytes: signed.into_encoded(),
            signer: signer.account(),
            nonce,
            born,
            dies: period.map(|period| death(born, period)),
        })
    }
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn round_periods_up_to_powers_of_two() {
        let periods = [
            (0, 4),
            (4, 4),
            (5, 8),
            (64, 64),
            (65, 128),
            (u32::MAX, 65_536),
        ];
        for (blocks, expected) in periods {
            assert_eq!(period(blocks), expected);
        }
    }

    /// Against subxt's own arithmetic of eras.
    #[test]
    fn know_when_a_transaction_dies() {
        for born in [0u32, 1, 63, 64, 100_001, 4_294_000_000] {
            for period in [4u32, 64, 4096, 8192, 65_536] {
                let subxt::utils::Era::Mortal {
                    period: length,
                    phase,
                } = subxt::utils::Era::mortal(period.into(), born.into())
                else {
                    panic!("mortal");
                };
                // `sp_runtime::generic::Era::birth` and `death`.
                let current = u64::from(born);
                let birth = (current.max(phase) - phase) / length * length + phase;
                assert_eq!(
                    u64::from(death(born, period)),
                    birth + length,
                    "{born} {period}"
                );
            }
        }
    }

    #[test]
    fn keep_its_bytes() {
        let transaction = SignedTransaction {
            bytes: vec![0, 255, 16],
            hash: Hash::repeat_byte(3),
            signer: AccountId::from([1; 32]),
            nonce: u64::MAX,
            born: 7,
            dies: None,
        };
        let json = serde_json::to_string(&transaction).unwrap();
        assert!(json.contains("\"00ff10\""), "{json}");
        assert_eq!(
            serde_json::from_str::<SignedTransaction>(&json).unwrap(),
            transaction
        );
    }
}
