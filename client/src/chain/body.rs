// SPDX-License-Identifier: Apache-2.0
//! Transactions and events of a block.

use subxt::{
    config::Hasher,
    error::DispatchError,
    events::{DecodeAsEvent, Phase},
    ext::scale_decode::DecodeAsType,
};

use super::{At, BlockRef, ChainError, Config};
use crate::{
    runtime::api::{
        inference_market::events as market, model_registry::events as registry,
        verification::events as staking,
    },
    submit::{DispatchFailure, Inclusion},
    types::{Balance, Event},
    Hash,
};

/// One of subxt's events.
type Raw<'a> = subxt::events::Event<'a, Config>;

/// What transactions say of their fees.
#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "::subxt::ext::scale_decode")]
struct FeePaid {
    actual_fee: Balance,
}

impl At {
    /// All events of the block, in order.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn events(&self) -> Result<Vec<Event>, ChainError> {
        let events = self.client.events().fetch().await;
        let events = events.map_err(ChainError::from_subxt)?;
        events
            .iter()
            .map(|event| plain(&event.map_err(ChainError::from_subxt)?))
            .collect()
    }

    /// A transaction of this block by its hash, with what became of it.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub async fn find_transaction(&self, hash: Hash) -> Result<Option<Inclusion>, ChainError> {
        let Some(index) = self.index_of(hash).await? else {
            return Ok(None);
        };
        let header = self.client.block_header().await;
        let header = header.map_err(ChainError::from_subxt)?;
        let events = self.client.events().fetch().await;
        let events = events.map_err(ChainError::from_subxt)?;
        let mut inclusion = Inclusion {
            block: BlockRef {
                number: self.number(),
                hash: self.hash(),
                parent: header.parent_hash,
            },
            index,
            outcome: Ok(()),
            events: Vec::new(),
            fee: None,
        };
        for event in events.iter() {
            let event = event.map_err(ChainError::from_subxt)?;
            if event.phase() != Phase::ApplyExtrinsic(index) {
                continue;
            }
            if let Some(failure) = self.failure(&event)? {
                inclusion.outcome = Err(failure);
            }
            if (event.pallet_name(), event.event_name())
                == ("TransactionPayment", "TransactionFeePaid")
            {
                let paid = event.decode_fields_unchecked_as::<FeePaid>();
                inclusion.fee = Some(paid.map_err(ChainError::from_subxt)?.actual_fee);
            }
            inclusion.events.push(plain(&event)?);
        }
        Ok(Some(inclusion))
    }

    /// The index of a transaction in this block.
    async fn index_of(&self, hash: Hash) -> Result<Option<u32>, ChainError> {
        let hasher = self.client.hasher();
        let block = self.client.extrinsics().fetch().await;
        let block = block.map_err(ChainError::from_subxt)?;
        // Whatever else is in the block, that it can't be decoded by this program's subxt must not hide the transaction:
        // only those that can are looked at, and ours can.
        let index = block
            .iter()
            .flatten()
            .find(|extrinsic| hasher.hash(extrinsic.bytes()) == hash)
            .map(|extrinsic| extrinsic.index());
        index
            .map(|index| {
                u32::try_from(index)
                    .map_err(|_| ChainError::Malformed(format!("extrinsic index {index}")))
            })
            .transpose()
    }

    /// The failure that an event reports: of a transaction, or of the call that it made as a proxy.
    fn failure(&self, event: &Raw<'_>) -> Result<Option<DispatchFailure>, ChainError> {
        let error = match (event.pallet_name(), event.event_name()) {
            ("System", "ExtrinsicFailed") => event.field_bytes(),
            // A `Result<(), DispatchError>`.
            ("Proxy", "ProxyExecuted") => match event.field_bytes().split_first() {
                Some((1, error)) => error,
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        dispatch_error(error, self.client.metadata())
            .map(Some)
            .map_err(ChainError::Malformed)
    }
}

/// A dispatch error in the runtime's words. `bytes` may go on behind it.
pub(crate) fn dispatch_error(
    bytes: &[u8],
    metadata: subxt::ArcMetadata,
) -> Result<DispatchFailure, String> {
    // subxt takes all that is left for the bytes of a pallet's error, so give it what belongs to it.
    const MODULE: u8 = 3;
    let bytes = match bytes.first() {
        Some(&MODULE) => bytes.get(..6).unwrap_or(bytes),
        _ => bytes,
    };
    let error = DispatchError::decode_from(bytes.to_vec(), metadata);
    let error = error.map_err(|error| error.to_string())?;
    if let DispatchError::Module(module) = &error {
        if let Ok(details) = module.details() {
            return Ok(DispatchFailure {
                pallet: details.pallet.name().to_owned(),
                name: details.variant.name.clone(),
                docs: details.variant.docs.join(" ").trim().to_owned(),
            });
        }
    }
    Ok(DispatchFailure {
        pallet: "System".into(),
        name: "DispatchError".into(),
        docs: error.to_string(),
    })
}

/// An event in plain types.
fn plain(event: &Raw<'_>) -> Result<Event, ChainError> {
    fn fields<E: DecodeAsEvent>(event: &Raw<'_>) -> Result<Option<E>, ChainError> {
        let fields = event.decode_fields_as::<E>();
        fields.transpose().map_err(ChainError::from_subxt)
    }
    macro_rules! translate {
        ($($event:path as $name:ident { $($field:ident),* };)*) => {
            $(
                if let Some($event { $($field,)* .. }) = fields::<$event>(event)? {
                    return Ok(Event::$name { $($field),* });
                }
            )*
        };
    }
    translate! {
        market::Posted as Posted { job, model, requester, input_hash };
        market::Accepted as Accepted { job, provider, price, last };
        market::EarlyResultPublished as EarlyResultPublished { job, digest };
        market::ProofChecked as ProofChecked { provider, first, jobs, outcome };
        market::Settled as Settled { job, provider, price, bounty };
        market::Failed as Failed { job, provider, fault, outcome };
        market::Reopened as Reopened { job, bounty, auctions_left };
        market::Ended as Ended { job, reason };
        market::ReceiptPruned as ReceiptPruned { job };
        staking::Slashed as Slashed { job, provider, fault, outcome };
        registry::Registered as ModelRegistered { model, owner, digest, royalty };
    }
    Ok(Event::Other {
        pallet: event.pallet_name().to_owned(),
        name: event.event_name().to_owned(),
    })
}

#[cfg(test)]
mod should {
    use super::*;
    use subxt::ext::codec::Decode;

    /// Index of the market's pallet in the runtime.
    const MARKET: u8 = 53;

    fn decode(bytes: &[u8]) -> Result<DispatchFailure, String> {
        let metadata = include_bytes!("../metadata/assay.scale");
        let metadata = subxt::Metadata::decode(&mut &metadata[..]).unwrap();
        dispatch_error(bytes, std::sync::Arc::new(metadata))
    }

    #[test]
    fn name_the_error_of_a_pallet() {
        let failure = decode(&[3, MARKET, 0, 0, 0, 0]).unwrap();
        assert_eq!(
            (failure.pallet.as_str(), failure.name.as_str()),
            ("InferenceMarket", "UnknownJob")
        );
        // As in the events of failed transactions, where the weight follows.
        assert_eq!(decode(&[3, MARKET, 0, 0, 0, 0, 9, 9, 9]).unwrap(), failure);
    }

    #[test]
    fn name_the_errors_of_no_pallet() {
        let text = |bytes: &[u8]| decode(bytes).unwrap().to_string();
        assert!(text(&[2]).contains("origin"));
        assert!(text(&[7, 0]).contains("Funds are unavailable"));
        assert!(text(&[3, 250, 0, 0, 0, 0]).contains("Unknown pallet error"));
    }

    #[test]
    fn refuse_what_is_no_error() {
        for bytes in [&[][..], &[200], &[3, MARKET], &[3]] {
            assert!(decode(bytes).is_err(), "{bytes:?}");
        }
    }
}
