// SPDX-License-Identifier: Apache-2.0

//! What the XCM tests share.

use assay_runtime::{
    constants::currency::ASY,
    xcm_config::{LocationToAccountId, XcmConfig},
    AccountId, Balance, Balances, RuntimeCall, RuntimeEvent, RuntimeOrigin, XcmpQueue,
};
use codec::Encode;
use cumulus_primitives_core::{ParaId, XcmpMessageFormat, XcmpMessageHandler};
use frame_support::{assert_ok, weights::Weight};
use sp_keyring::Sr25519Keyring::Ferdie;
use sp_runtime::MultiAddress;
use xcm::{latest::prelude::*, VersionedXcm};
use xcm_executor::{traits::ConvertLocation, XcmExecutor};

use crate::chain::{account, events, PARA_ID, SIBLING};

/// The sibling parachain as seen from here.
pub(crate) fn sibling() -> Location {
    Location::new(1, [Parachain(SIBLING)])
}

/// The relay chain as seen from here.
pub(crate) fn relay() -> Location {
    Location::parent()
}

/// ASY as seen from another parachain.
pub(crate) fn asy_abroad() -> AssetId {
    AssetId(Location::new(1, [Parachain(PARA_ID)]))
}

/// An account as a location on this chain.
pub(crate) fn local(who: &AccountId) -> Location {
    AccountId32 {
        network: None,
        id: who.clone().into(),
    }
    .into()
}

/// An amount of ASY.
pub(crate) fn asy(amount: Balance) -> Asset {
    (Location::here(), amount).into()
}

/// The account that a location owns here.
pub(crate) fn account_of(location: &Location) -> AccountId {
    LocationToAccountId::convert_location(location).expect("location has an account")
}

/// Gives a location's account some ASY and returns the account.
pub(crate) fn fund(location: &Location, amount: Balance) -> AccountId {
    let who = account_of(location);
    assert_ok!(Balances::transfer_allow_death(
        RuntimeOrigin::signed(account(Ferdie)),
        MultiAddress::Id(who.clone()),
        amount,
    ));
    who
}

/// A program that pays for itself with `fee` of the sender's ASY, runs `then`, and returns what is
/// left.
pub(crate) fn paid(
    fee: Balance,
    then: Vec<Instruction<RuntimeCall>>,
    refund: &AccountId,
) -> Xcm<RuntimeCall> {
    let mut program = vec![
        WithdrawAsset(asy(fee).into()),
        BuyExecution {
            fees: asy(fee),
            weight_limit: Unlimited,
        },
    ];
    program.extend(then);
    program.extend([
        RefundSurplus,
        DepositAsset {
            assets: AllCounted(1).into(),
            beneficiary: local(refund),
        },
    ]);
    Xcm(program)
}

/// Executes a message as if it had arrived from `origin`.
pub(crate) fn receive(origin: Location, message: Xcm<RuntimeCall>) -> Outcome {
    let mut id = message.using_encoded(sp_io::hashing::blake2_256);
    XcmExecutor::<XcmConfig>::prepare_and_execute(
        origin,
        message,
        &mut id,
        Weight::MAX,
        Weight::zero(),
    )
}

/// The reason why a message failed, wherever it did.
pub(crate) fn failure(outcome: Outcome) -> XcmError {
    match outcome {
        Outcome::Complete { .. } => panic!("the message succeeded"),
        Outcome::Incomplete { error, .. } | Outcome::Error(error) => error.error,
    }
}

/// Puts a message from the sibling into the queue, as the channel delivers it; the next block
/// executes it.
pub(crate) fn deliver(message: Xcm<RuntimeCall>) {
    let mut data = XcmpMessageFormat::ConcatenatedVersionedXcm.encode();
    data.extend(VersionedXcm::from(message).encode());
    let batch = [(ParaId::from(SIBLING), 1, data.as_slice())];
    XcmpQueue::handle_xcmp_messages(batch.into_iter(), Weight::MAX);
}

/// Whether the messages that the queue processed in the last block succeeded.
pub(crate) fn processed() -> Vec<bool> {
    events()
        .into_iter()
        .filter_map(|event| match event {
            RuntimeEvent::MessageQueue(pallet_message_queue::Event::Processed {
                success, ..
            }) => Some(success),
            RuntimeEvent::MessageQueue(pallet_message_queue::Event::ProcessingFailed {
                ..
            }) => Some(false),
            _ => None,
        })
        .collect()
}

/// More than any message of these tests costs.
pub(crate) const AMPLE_FEE: Balance = ASY;
